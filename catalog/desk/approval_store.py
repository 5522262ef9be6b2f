"""Requests for approval between PostgreSQL and values.

Knows statements and their columns; must not know rules, nor open a transaction that it was not handed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Connection, Record

import sql
from catalog.desk.approval import Approval, ApprovalAction, ApprovalState
from catalog.offering import Offering

QUERIES = sql.queries("approval")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests; None: any."""

    state: ApprovalState | None = None
    code: str | None = None
    requested_by: str | None = None


async def of_id(conn: Connection, number: int) -> Approval | None:
    return next(iter(await of_ids(conn, [number])), None)


async def of_ids(conn: Connection, numbers: Iterable[int]) -> list[Approval]:
    wanted = list(numbers)
    return [_approval(row) for row in await conn.fetch(QUERIES.requests, wanted)] if wanted else []


async def undecided(conn: Connection, one: Offering) -> Approval | None:
    """The request for this version that nobody decided, void or not."""
    number = await conn.fetchval(QUERIES.undecided, one.id, one.version)
    return None if number is None else await of_id(conn, number)


async def page(conn: Connection, wanted: Wanted, before: int | None, limit: int) -> list[Approval]:
    """Newest first, behind the id `before` (None: from the newest)."""
    rows = await conn.fetch(QUERIES.approvals, wanted.state, wanted.code, wanted.requested_by, before, limit)
    return [_approval(row) for row in rows]


async def count(conn: Connection, wanted: Wanted) -> int:
    return int(await conn.fetchval(QUERIES.count_approvals, wanted.state, wanted.code, wanted.requested_by))


async def void(conn: Connection, one: Offering, at: datetime) -> None:
    await conn.execute(QUERIES.void_approval, one.id, one.version, at)


async def put(
    conn: Connection,
    one: Offering,
    action: ApprovalAction,
    when: datetime | None,
    with_parts: bool,
    reason: str | None,
    subject: str,
    at: datetime,
) -> int:
    row = (one.id, one.version, one.etag, action.value, when, with_parts, reason, subject, at)
    return int(await conn.fetchval(QUERIES.put_approval, *row))


async def decide(
    conn: Connection, number: int, decision: ApprovalState, subject: str, at: datetime, reason: str | None
) -> None:
    await conn.execute(QUERIES.decide_approval, number, decision.value, subject, at, reason)


def _approval(row: Record) -> Approval:
    fields = dict(row)
    return Approval(**{**fields, "action": ApprovalAction(row["action"]), "state": ApprovalState(row["state"])})
