"""What is written down after a cutoff changes nothing of what was known at it: a fact from the future is silent."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from recommender.inputs import InputSpace
from recommender.interactions import Matrix
from recommender.source import Source, read
from recommender.splits import inputs_at
from sql.pool import Database

AT = datetime(2026, 5, 1, tzinfo=UTC)
CUTOFF = AT - timedelta(days=90)
CUSTOMERS = 60

FUTURE = {
    "an attribute": """insert into customer_profile (customer_id, known_from, attributes)
        select id, $1, '{"plan": "leaving"}' from customer""",
    "months of use": """insert into product_usage (customer_id, offering_id, month, active_days)
        select customer_id, offering_id, date_trunc('month', $1::timestamptz)::date, 0 from product""",
    "membership of a market": """insert into market_member (market_id, customer_id, member_from)
        select s.id, c.id, $1 from market_segment s, customer c where s.code = 'LATE'""",
    "the end of a product": "update product set termination_date = $1, status = 'terminated'",
    "another product": """insert into product (customer_id, offering_id, start_date)
        select c.id, o.id, $1 from customer c, offering o where o.code = 'NEXT'""",
}


@pytest.fixture
async def operator(db: Database) -> Database:
    """Everybody has held OLD since long ago, used it until two months before the cutoff, and said where they stand."""
    await db.execute("insert into offering (code) values ('OLD'), ('NEXT')")
    await db.execute("insert into attribute (code, name, kind) values ('plan', '{}', 'categorical')")
    await db.execute(
        "insert into market_segment (code, name, kind) values ('EARLY', '{}', 'CAMPUS'), ('LATE', '{}', 'PARK')"
    )
    await db.execute("insert into customer (code) select 'C' || n from generate_series(1, $1::int) n", CUSTOMERS)
    await db.execute(
        """insert into product (customer_id, offering_id, start_date)
           select c.id, o.id, '2020-01-01' from customer c, offering o where o.code = 'OLD'"""
    )
    await db.execute(
        """insert into product_usage (customer_id, offering_id, month, active_days)
           select customer_id, offering_id, $1, case when customer_id % 2 = 0 then 9 else 0 end from product""",
        date(2025, 12, 1),
    )
    await db.execute(
        """insert into customer_profile (customer_id, attributes)
           select id, jsonb_build_object('plan', case when id % 2 = 0 then 'staying' else 'unsure' end) from customer"""
    )
    await db.execute(
        """insert into market_member (market_id, customer_id, member_from)
           select s.id, c.id, '2020-01-01' from market_segment s, customer c where s.code = 'EARLY' and c.id % 2 = 0"""
    )
    return db


async def found(db: Database) -> Source:
    return await read(db, AT, "quick", 90, lambda message: None)


def known(source: Source, cutoff: datetime) -> tuple[Matrix, InputSpace]:
    at = int(cutoff.timestamp())
    space = InputSpace.fit(source.words.items, source.data.known(at), min_support=2)
    return inputs_at(source.data, space, at), space


@pytest.mark.parametrize("what", FUTURE)
async def test_what_comes_after_a_cutoff_is_not_known_at_it(operator: Database, what: str) -> None:
    before, space = known(await found(operator), CUTOFF)
    assert before.nnz
    await operator.execute(FUTURE[what], CUTOFF + timedelta(days=20))
    source = await found(operator)
    after, same = known(source, CUTOFF)
    assert same == space
    np.testing.assert_array_equal(after.toarray(), before.toarray())
    now, later = known(source, AT)
    assert later != space or (now.toarray() != before.toarray()).any(), "by now it is known"
