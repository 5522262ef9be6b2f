"""What solutions were brought to which markets, and the versions that this makes, between PostgreSQL and values.

Knows statements and their columns; must not know rules, nor open a transaction that it was not handed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from asyncpg import Connection, Record

import sql
from catalog import version_store
from catalog.desk.advancing import Move
from catalog.offering import Offering
from catalog.solutions.ground import Application, AppliedPart

QUERIES, CATALOG, SCHEDULE = sql.queries("solution"), sql.queries("catalog"), sql.queries("schedule")
# So many versions are written before others may use the connection's loop again.
BATCH = 200


@dataclass(frozen=True, slots=True)
class Use:
    """A template, or a market's copy of it, in an application of a solution."""

    solution: str
    market: str
    template: str
    copy: str | None


async def applications(
    conn: Connection, solution: str | None, markets: Iterable[str] | None, *, with_base: bool = False
) -> tuple[Application, ...]:
    """The applications of a solution (None: of any) to markets (None: to any), by solution and market.

    What the solution said of each copy is large, and read only `with_base`.
    """
    codes = None if markets is None else list(markets)
    parts = await _parts(conn, solution, codes, with_base)
    return tuple(_application(row, parts) for row in await conn.fetch(QUERIES.applications, solution, codes))


async def owners(conn: Connection, copies: Iterable[str]) -> dict[str, str]:
    """copy → the solution that made it."""
    return {row["copy"]: row["solution"] for row in await conn.fetch(QUERIES.owners, list(copies))}


async def uses(conn: Connection, code: str) -> tuple[Use, ...]:
    """Where an offering is a template, or a copy, of a solution that was applied."""
    return tuple(Use(**row) for row in await conn.fetch(QUERIES.uses, code))


Parts = Mapping[tuple[str, str], dict[str, AppliedPart]]


async def _parts(conn: Connection, solution: str | None, markets: Sequence[str] | None, with_base: bool) -> Parts:
    found: dict[tuple[str, str], dict[str, AppliedPart]] = defaultdict(dict)
    for row in await conn.fetch(QUERIES.parts, solution, markets, with_base):
        part = AppliedPart(row["template"], row["template_version"], row["copy"], row["base"])
        found[row["solution"], row["market"]][part.template] = part
    return found


def _application(row: Record, parts: Parts) -> Application:
    return Application(**row, parts=parts.get((row["solution"], row["market"]), {}))


async def put(conn: Connection, found: Sequence[Application]) -> None:
    """Remembers applications with all their parts; those that are there already get their next etag."""
    await conn.executemany(
        QUERIES.put_application,
        [
            (one.solution, one.market, dict(one.parameters), one.solution_etag, one.applied_at, one.applied_by)
            for one in found
        ],
    )
    parts = [(one.solution, one.market, part) for one in found for part in one.parts.values()]
    await conn.executemany(
        QUERIES.put_part,
        [(*key, part.template, part.template_version, part.code, part.base) for *key, part in parts],
    )


Moved = tuple[Offering | None, Move]


async def save(conn: Connection, moves: Sequence[Moved], at: datetime) -> list[Offering] | None:
    """Writes what each move makes of the version before it (None: of nothing), a statement a table.

    The versions as they were saved, in order; None when somebody was faster, with nothing that could be kept.
    """
    ids = await _new_rows(conn, [move.version for before, move in moves if before is None])
    saved = [_numbered(before, move, ids, at) for before, move in moves]
    rewritten = [one for (before, _), one in zip(moves, saved, strict=True) if before and before.version == one.version]
    keys = ([one.id for one in rewritten], [one.version for one in rewritten], [one.etag - 1 for one in rewritten])
    if await conn.fetchval(QUERIES.delete_versions, *keys) != len(rewritten):
        return None
    beside = [one for _, move in moves for one in move.beside]
    await conn.executemany(
        CATALOG.put_validity, [(one.id, one.version, one.valid.start, one.valid.end, at) for one in beside]
    )
    for start in range(0, len(saved), BATCH):
        await version_store.insert_many(conn, saved[start : start + BATCH])
    await _keep_plans(conn, [move for _, move in moves], saved)
    return saved


async def _new_rows(conn: Connection, found: Sequence[Offering]) -> Mapping[str, int]:
    codes, templates = [one.code for one in found], [one.template for one in found]
    return {row["code"]: row["id"] for row in await conn.fetch(QUERIES.put_offerings, codes, templates)}


def _numbered(before: Offering | None, move: Move, ids: Mapping[str, int], at: datetime) -> Offering:
    one = move.version
    if before is None:
        return replace(one, id=ids[one.code], last_update=at)
    etag = before.etag + 1 if before.version == one.version else 1
    return replace(one, id=before.id, etag=etag, last_update=at)


async def _keep_plans(conn: Connection, moves: Sequence[Move], saved: Sequence[Offering]) -> None:
    """What a launch that lies ahead goes back to when it is cancelled."""
    keys = [(one.id, one.version) for one in saved]
    plans = [
        (*key, {str(version): end.isoformat() if end else None for version, end in move.undo.items()})
        for key, move in zip(keys, moves, strict=True)
        if move.undo
    ]
    await conn.executemany(SCHEDULE.drop_schedule, keys)
    await conn.executemany(SCHEDULE.put_schedule, plans)
