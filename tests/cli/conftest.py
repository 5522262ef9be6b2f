"""A small demo operator, made once by the command line itself, and commands started on it."""

from __future__ import annotations

import asyncio
import re
import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from cli_support import CODES, FirstStart, Running, ask, new_home, remove

from sql.embedded import EmbeddedPostgres


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirstStart]:
    home = new_home()
    running = Running(tmp_path_factory.mktemp("first"), home, "up", "--customers", 500, "--port", 0)
    try:
        running.ready()
        line = next(line for line in running.err.splitlines() if line.startswith("  curl "))
        pasted = subprocess.run(line, shell=True, capture_output=True, text=True, check=False).stdout
        token = re.findall(r"^  storefront +(\S+)$", running.err, re.MULTILINE)[0]
        codes = ask(running.address, token, CODES)
        exit_code = running.stop()
        yield FirstStart(home, running.out, running.err, pasted, codes, exit_code)
    finally:
        running.end()
        remove(home)


@pytest.fixture
def home() -> Iterator[Path]:
    """A data directory that does not exist yet."""
    place = new_home()
    yield place
    remove(place)


@pytest.fixture
def start(first: FirstStart, tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts a command on the demo operator's data directory; ended with the test whatever happens."""
    begun: list[Running] = []

    def starting(*arguments: object, **more: str) -> Running:
        begun.append(Running(tmp_path, first.home, *arguments, **more))
        return begun[-1]

    yield starting
    for running in begun:
        running.end()


@pytest.fixture
def bare_dsn(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """An empty database, not even migrated."""
    name = f"bare_{secrets.token_hex(8)}"
    asyncio.run(_administer(postgres_server.admin_dsn, f"create database {name} template template0 owner jishi"))
    yield urlunsplit(urlsplit(postgres_server.dsn)._replace(path=f"/{name}"))
    asyncio.run(_administer(postgres_server.admin_dsn, f"drop database {name} with (force)"))


async def _administer(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(statement)
    await connection.close()
