"""The demo operator's catalog, made once for all files here that a process runs; nobody changes it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from plans_operator import snapshot

from catalog.snapshot import Snapshot


@pytest.fixture(scope="session")
def demo() -> Snapshot:
    return snapshot()


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    """A loop for documents that await something."""
    with asyncio.Runner() as found:
        yield found
