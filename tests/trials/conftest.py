"""What the trials share: a small operator in the session's database, and a way to write a figure down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from urllib.parse import urlsplit

import pytest
import trial_files
from trial_home import Home

CUSTOMERS = 300

Figure = Callable[[str, str, str], None]


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """`figure(promise, how it was tried, what came out)` is a line of the table that benchmarks/trials.py prints."""
    return lambda promise, how, value: record_property("figure", (promise, how, value))


@pytest.fixture(scope="session")
def trial_database(
    fresh_database: Callable[[str], AbstractContextManager[str]],
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The name of a database with the operator and a model, made once and copied for each trial."""
    with fresh_database(template_database) as dsn:
        asyncio.run(trial_files.bring(dsn, tmp_path_factory.mktemp("operator"), CUSTOMERS, model=True))
        yield urlsplit(dsn).path.removeprefix("/")


@pytest.fixture
def operator_dsn(fresh_database: Callable[[str], AbstractContextManager[str]], trial_database: str) -> Iterator[str]:
    with fresh_database(trial_database) as dsn:
        yield dsn


@pytest.fixture
def home(operator_dsn: str) -> Iterator[Home]:
    """A data directory whose database is a fresh copy of the operator's."""
    made = Home(operator_dsn)
    yield made
    made.remove()


@pytest.fixture
def own_home() -> Iterator[Home]:
    """A data directory with an embedded database of its own, empty."""
    made = Home()
    yield made
    made.remove()
