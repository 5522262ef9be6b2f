"""An endpoint over the stand-in schema, and people who call it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from http_standin import Caller, endpoint, token

from api.graphql.http import GraphQLEndpoint

Call = Callable[..., Caller]


@pytest.fixture
def served(tmp_path: Path) -> GraphQLEndpoint:
    return endpoint(tmp_path)[0]


@pytest.fixture
def caller(served: GraphQLEndpoint, tmp_path: Path) -> Call:
    """`caller(role)` is somebody with that role."""
    issuer = endpoint(tmp_path)[1]
    return lambda role="developer": Caller(served, token(issuer, role))
