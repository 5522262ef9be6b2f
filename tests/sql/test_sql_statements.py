from __future__ import annotations

import dataclasses
import importlib
from typing import NamedTuple

import asyncpg
import pytest
from server_support import on_database, run

from sql import NamedQuery, embedded, nouns, queries

EVERY_QUERY = [pytest.param(noun, query, id=f"{noun}.{query.name}") for noun in nouns() for query in queries(noun)]


class Prepared(NamedTuple):
    """What PostgreSQL says of a query: the columns of its rows, or why it cannot be prepared."""

    columns: tuple[str, ...]
    error: str | None


@pytest.fixture(scope="module")
def prepared(postgres_server: embedded.EmbeddedPostgres, template_database: str) -> dict[tuple[str, str], Prepared]:
    """Every query, prepared on the migrated database."""
    return run(_prepare_all(on_database(postgres_server.dsn, template_database)))


async def _prepare_all(dsn: str) -> dict[tuple[str, str], Prepared]:
    found = {}
    connection = await asyncpg.connect(dsn)
    for noun in nouns():
        undone = connection.transaction()
        await undone.start()
        if any("staging." in query.text for query in queries(noun)):
            await _stage(connection, noun)
        for query in queries(noun):
            found[noun, query.name] = await _prepare(connection, query)
        await undone.rollback()
    await connection.close()
    return found


async def _stage(connection: asyncpg.Connection[asyncpg.Record], noun: str) -> None:
    """The tables that `staging.rows`, `named` and `keyed` stand for: a file of imports makes its own."""
    makers = {query.name: query.text for query in queries(noun)}
    await connection.execute(makers.get("stage", "create table staging.rows ()"))
    await connection.execute(makers.get("named", "create table staging.named ()"))
    statement = await connection.prepare(makers.get("key", "create table staging.keyed (verdict text)"))
    await statement.fetch(*[None] * len(statement.get_parameters()))


async def _prepare(connection: asyncpg.Connection[asyncpg.Record], query: NamedQuery) -> Prepared:
    try:
        async with connection.transaction():
            statement = await connection.prepare(query.text)
    except asyncpg.PostgresError as error:
        return Prepared((), str(error))
    return Prepared(tuple(attribute.name for attribute in statement.get_attributes()), None)


@pytest.mark.parametrize(("noun", "query"), EVERY_QUERY)
def test_a_query_fits_the_schema(prepared: dict[tuple[str, str], Prepared], noun: str, query: NamedQuery) -> None:
    assert prepared[noun, query.name].error is None


@pytest.mark.parametrize(("noun", "query"), EVERY_QUERY)
def test_a_query_returns_the_fields_of_its_dataclass_and_no_column_twice(
    prepared: dict[tuple[str, str], Prepared], noun: str, query: NamedQuery
) -> None:
    columns = prepared[noun, query.name].columns
    assert len(set(columns)) == len(columns)
    if query.returns is not None:
        assert set(columns) == fields_of(query.returns)


def fields_of(path: str) -> set[str]:
    """The names that the constructor of a dataclass takes."""
    module, _, name = path.rpartition(".")
    return {field.name for field in dataclasses.fields(getattr(importlib.import_module(module), name)) if field.init}
