"""How a product is held is one thing, whether PostgreSQL says so of a row or arrays of very many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from recommender import copying, reading, scoring_store, store
from recommender.batch import Wanted
from recommender.interactions import KINDS
from recommender.scoring_store import Resting
from sql.pool import Database

AT = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
TOLD = """
select p.customer_id, p.offering_id, p.start_date,
       holding_kind(p.status, p.origin, p.termination_date, (
           select u.active_days from product_usage u
           where u.customer_id = p.customer_id and u.offering_id = p.offering_id
             and (u.month + interval '1 month') at time zone 'UTC' <= $1
           order by u.month desc limit 1), $1) as kind
from product p where p.start_date <= $1 and exists (select from customer c where c.id = p.customer_id)
order by p.customer_id, p.offering_id, p.start_date
"""


@pytest.fixture
async def every_way(db: Database) -> Database:
    """Each status with each origin, ended or not, used or not; one row is of a customer who is gone."""
    await db.execute("insert into offering (code) select 'O' || n from generate_series(1, 3) as n")
    await db.execute("insert into customer (code) select 'C' || n from generate_series(1, 400) as n")
    await db.execute(
        "insert into product (customer_id, offering_id, start_date, status, origin, termination_date) "
        "select row_number() over () % 401 + 1, o.id, case when row_number() over () % 7 = 0 then '-infinity' "
        "else $1::timestamptz - (row_number() over () % 500) * interval '1 day' end, s, g, e "
        "from offering o, unnest(enum_range(null::product_status)) as s, "
        "unnest(enum_range(null::product_origin)) as g, unnest(array[null, 'infinity', '-infinity', "
        "$1::timestamptz, $1::timestamptz + interval '1 microsecond', $1::timestamptz - interval '40 days', "
        "$1::timestamptz - interval '90 days']::timestamptz[]) as e",
        AT,
    )
    await db.execute(
        "insert into product_usage (customer_id, offering_id, month, active_days) "
        "select distinct customer_id, offering_id, m, case when (customer_id + extract(month from m)) % 3 = 0 then 0 "
        "else 5 end from product, unnest(array['2025-11-01', '2026-01-01', '2026-04-01', '2026-05-01']::date[]) as m "
        "where customer_id % 2 = 0"
    )
    return db


async def told(db: Database, at: datetime) -> list[str]:
    return [row["kind"] for row in await db.fetch(TOLD, at)]


def coarse(kinds: Sequence[int]) -> list[str]:
    """What ended, ended, however long ago."""
    return [KINDS[kind] if kind < 3 else "ended" for kind in kinds]


@pytest.mark.parametrize("at", [AT, AT + 12 * timedelta(hours=1), AT - 90 * DAY])
async def test_training_and_scoring_read_what_a_look_up_reads(every_way: Database, at: datetime) -> None:
    db, cutoff = every_way, int(at.timestamp())
    words, size = await store.vocabulary(db), await store.extent(db)
    resting = Resting(at, at)
    async with db.connection() as connection:
        await copying.alone(connection)
        data = await reading.read(connection, store.ranges(size, 150), words, {}, (cutoff - 86_400, cutoff))
        batch = await scoring_store.read(connection, (size.first, size.last + 1), at, resting, Wanted())
    history = data.history
    order = np.lexsort((history.start, history.item, history.customer))
    expected = await told(db, at)
    assert coarse(history.kinds(cutoff)[order].tolist()) == expected
    # Scoring reads no beginnings, so rows of the same customer and offering are compared as they are: all together.
    pairs = sorted(zip(batch.owner.tolist(), batch.offering.tolist(), coarse(batch.kind.tolist()), strict=True))
    rows = await db.fetch(TOLD, at)
    ids = {customer: row for row, customer in enumerate(batch.ids.tolist())}
    assert pairs == sorted((ids[row["customer_id"]], row["offering_id"], row["kind"]) for row in rows)
