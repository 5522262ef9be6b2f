from __future__ import annotations

import dataclasses
import importlib
from typing import NamedTuple

import asyncpg
import pytest
from conftest import on_database, run

from sql import NamedQuery, embedded, nouns, queries

EVERY_QUERY = [pytest.param(noun, query, id=f"{noun}.{query.name}") for noun in nouns() for query in queries(noun)]


class Prepared(NamedTuple):
    """What PostgreSQL says of a query: the columns of its rows, or why it cannot be prepared."""

    columns: tuple[str, ...]
    error: str | None


@pytest.fixture(scope="module")
def prepared(postgres_server: embedded.EmbeddedPostgres, template_database: str) -> dict[tuple[str, str], Prepared]:
    """Every query, prepared on the migrated database."""

    async def prepare_all() -> dict[tuple[str, str], Prepared]:
        connection = await asyncpg.connect(on_database(postgres_server.dsn, template_database))
        try:
            return {
                (noun, query.name): await _prepare(connection, query) for noun in nouns() for query in queries(noun)
            }
        finally:
            await connection.close()

    return run(prepare_all())


async def _prepare(connection: asyncpg.Connection[asyncpg.Record], query: NamedQuery) -> Prepared:
    try:
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
