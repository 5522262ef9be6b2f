"""One real PostgreSQL for a test session, and a fresh migrated database for each test that asks for one."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import asyncpg
import pytest
from server_support import on_database, run

from sql import embedded
from sql.migrate import migrate
from sql.pool import Database


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[embedded.EmbeddedPostgres]:
    """The embedded server of this session: `dsn`, and `admin_dsn` for what only a superuser may."""
    # Not below pytest's own folder, which is closed to the system user that runs PostgreSQL for root.
    home = Path(tempfile.gettempdir()) / f"jishi-tests-{secrets.token_hex(6)}"
    server = embedded.start(home, durable=False)
    yield server
    server.close()
    embedded.remove(home)
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def postgres_dsn(postgres_server: embedded.EmbeddedPostgres) -> str:
    """The session's server, on its own database, which is empty."""
    return postgres_server.dsn


@pytest.fixture(scope="session")
def template_database(postgres_server: embedded.EmbeddedPostgres) -> str:
    """The name of a migrated database that nobody connects to."""
    name = "jishi_template"
    run(_administer(postgres_server.admin_dsn, f"create database {name} owner jishi"))
    run(migrate(on_database(postgres_server.dsn, name)))
    return name


FreshDatabase = Callable[[str], AbstractContextManager[str]]


@pytest.fixture(scope="session")
def fresh_database(postgres_server: embedded.EmbeddedPostgres) -> FreshDatabase:
    """`with fresh_database(template) as dsn`: a copy of a database that nobody is connected to, dropped at the end."""

    @contextmanager
    def fresh(template: str) -> Iterator[str]:
        name = f"test_{secrets.token_hex(8)}"
        statement = f"create database {name} template {template} strategy file_copy owner jishi"
        run(_administer(postgres_server.admin_dsn, statement))
        yield on_database(postgres_server.dsn, name)
        run(_administer(postgres_server.admin_dsn, f"drop database if exists {name} with (force)"))

    return fresh


@pytest.fixture
def dsn(fresh_database: FreshDatabase, template_database: str) -> Iterator[str]:
    """A fresh migrated database, dropped after the test."""
    with fresh_database(template_database) as name:
        yield name


@pytest.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    """A pool on a fresh migrated database."""
    database = await Database.open(dsn)
    yield database
    await database.close()


@pytest.fixture
async def server_db(postgres_dsn: str) -> AsyncIterator[Database]:
    """A pool on the session's own database, which is empty, for tests that leave nothing behind."""
    database = await Database.open(postgres_dsn)
    yield database
    await database.close()


async def _administer(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
