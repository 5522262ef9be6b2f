"""The customer's own row and markets are read the same in training and in serving, and never before their day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from recommender import reading, store
from recommender.facts import CITY, FACTS, JOINED, KIND, MARKET, facts_of
from recommender.inputs import InputSpace
from recommender.interactions import strongest
from sql.pool import Database

AT = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WORDS = ("PERSON", "ENTERPRISE")
PLACES = ("shanxi/taiyuan/xiaodian", "shanxi/datong", None, "shanxi")
JOINED_AT = (AT - 10 * DAY, AT - 200 * DAY, AT + DAY, None)
MARKETS = ("M1", "M2")
KINDS = {"M1": "CAMPUS", "M2": "PARK"}


async def fill(db: Database) -> None:
    await db.execute("insert into offering (code) values ('A')")
    for code, kind in KINDS.items():
        await db.execute("insert into market_segment (code, kind, name) values ($1, $2, '{}')", code, kind)
    for n in range(8):
        await db.execute(
            "insert into customer (code, kind, place, joined_at) values ($1, $2, $3, $4)",
            f"C{n}",
            WORDS[n % 2],
            PLACES[n % 4],
            JOINED_AT[n // 2],
        )
    # 0: in M1 until yesterday, then in M2; 1: in both; 2: in M2 from tomorrow; 3: in M1 for good, since ever.
    for n, market, since, until in (
        (0, "M1", -100, -1),
        (0, "M2", -1, None),
        (1, "M1", -9, None),
        (1, "M2", -20, 30),
        (2, "M2", 1, None),
        (3, "M1", None, None),
    ):
        await db.execute(
            "insert into market_member (customer_id, market_id, member_from, member_to) select c.id, s.id, "
            "coalesce($3::timestamptz, '-infinity'), $4 from customer c join market_segment s on s.code = $2 "
            "where c.code = $1",
            f"C{n}",
            market,
            None if since is None else AT + since * DAY,
            None if until is None else AT + until * DAY,
        )


async def test_training_and_serving_read_the_same_facts(db: Database) -> None:
    await fill(db)
    rows = await db.fetch("select id, code, kind, place, joined_at from customer order by id")
    members = await db.fetch(
        "select customer_id, s.code, nullif(member_from, '-infinity') as since, member_to "
        "from market_member m join market_segment s on s.id = m.market_id"
    )
    words, size = await store.vocabulary(db), await store.extent(db)
    for moment in (AT, AT - 2 * DAY, AT - 150 * DAY):
        cutoff = int(moment.timestamp())
        async with db.connection() as connection:
            data = await reading.read(connection, store.ranges(size, 3), words, {}, (cutoff,))
        space = InputSpace.fit(words.items, data.known(cutoff), min_support=1)
        none = np.empty(0, dtype=np.int64)
        many = space.encode(strongest(8, 1, none, none, none), data.known(cutoff), at=float(cutoff))
        for place, row in enumerate(rows):
            inside = [
                (one["code"], KINDS[one["code"]])
                for one in members
                if one["customer_id"] == row["id"]
                and (one["since"] is None or one["since"] <= moment)
                and (one["member_to"] is None or one["member_to"] > moment)
            ]
            facts = facts_of(row["kind"], row["joined_at"], row["place"], inside, moment)
            expected = sorted(space.attribute_columns(facts, at=float(cutoff)))
            assert sorted(many[[place]].indices.tolist()) == expected, (moment, row["code"])


def test_a_fact_is_not_known_before_its_day() -> None:
    assert facts_of("PERSON", AT + DAY, None, [], AT)[JOINED] is None
    assert facts_of("PERSON", AT, "a/b/c", [("M2", "PARK"), ("M1", "CAMPUS")], AT) == {
        KIND: "PERSON",
        JOINED: AT.timestamp(),
        CITY: "a/b",
        MARKET: "CAMPUS",
    }
    assert set(FACTS) == {KIND, JOINED, CITY, MARKET}
