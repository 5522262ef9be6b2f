"""One real PostgreSQL for a test session, and a fresh migrated database for each test that asks for one."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from cluster_support import Administrator, place, sweep
from server_support import on_database, run

from sql import embedded
from sql.migrate import migrate
from sql.pool import Database


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[embedded.EmbeddedPostgres]:
    """The embedded server of this session: `dsn`, and `admin_dsn` for what only a superuser may."""
    sweep()
    home = place()
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
def administrator(postgres_server: embedded.EmbeddedPostgres) -> Iterator[Administrator]:
    """Who makes and drops databases of this session's server."""
    superuser = Administrator(postgres_server)
    yield superuser
    superuser.close()


@pytest.fixture(scope="session")
def template_database(postgres_server: embedded.EmbeddedPostgres, administrator: Administrator) -> str:
    """The name of a migrated database that nobody connects to."""
    name = "jishi_template"
    administrator.execute(f"create database {name} owner jishi")
    run(migrate(on_database(postgres_server.dsn, name)))
    return name


FreshDatabase = Callable[[str], AbstractContextManager[str]]


@pytest.fixture(scope="session")
def fresh_database(administrator: Administrator) -> FreshDatabase:
    """`with fresh_database(template) as dsn`: a database like one that nobody is connected to or changes any more."""
    return administrator.copy


@pytest.fixture
def dsn(fresh_database: FreshDatabase, template_database: str) -> Iterator[str]:
    """A migrated database as if nobody had used it."""
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
