"""A trial lands as what is held: up to its end, and from there on as what it turns into.

Knows the order of the steps; must not know HTTP or GraphQL. The caller opens the transaction.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, tzinfo

from asyncpg import Connection

import sql
from catalog import customer_store
from catalog.customer_store import ProductChange
from catalog.trial import Trial
from catalog.trial_period import trial_end

QUERIES = sql.queries("trial")
TRIAL = "TRIAL"
RUNNING = frozenset({"created", "pendingActive", "active", "suspended"})


def dated(change: ProductChange, trial: Trial | None, zone: tzinfo) -> ProductChange:
    """The trial with its end, where the offering says how long it lasts and nobody said otherwise."""
    if change.origin != TRIAL or trial is None or change.start_date is None or change.termination_date is not None:
        return change
    return replace(change, termination_date=trial_end(trial, change.start_date, zone))


async def follow(
    conn: Connection,
    customer_id: int,
    change: ProductChange,
    trial: Trial | None,
    successor: int | None,
    at: datetime,
    zone: tzinfo,
) -> bool:
    """Writes what a trial that was just landed turns into, and takes back what it does not; whether anything changed.

    `successor` is the offering that it turns into, None: nothing. A trial that is ended before its time, or cancelled,
    turns into nothing; one that is given longer turns later.
    """
    if change.origin != TRIAL or trial is None or successor is None or change.start_date is None:
        return False
    end = change.termination_date
    turns = end is not None and change.status in RUNNING and end >= trial_end(trial, change.start_date, zone)
    kept = end if turns else None
    changed = await conn.fetch(QUERIES.cancel, customer_id, successor, change.instance, change.channel, kept, at)
    if kept is None:
        return bool(changed)
    after = replace(
        change,
        offering_id=successor,
        start_date=kept,
        termination_date=None,
        status="active",
        origin="VOLUNTARY",
        bundle_offering_id=None,
        price=None,
    )
    return await customer_store.put_product(conn, customer_id, after) or bool(changed)
