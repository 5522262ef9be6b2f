"""A refresh from PostgreSQL and back: whole or not at all, in ranges or at once, by the operator's definition."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from insight_panels import offers

from recommender.errors import NothingToLearn
from recommender.insight import refresh as refreshing
from recommender.insight import store
from recommender.insight.definition import BadDefinition, built_in
from recommender.insight.refresh import refresh
from sql.pool import Database

AT = datetime(2026, 6, 1, tzinfo=UTC)
PEOPLE, FIRMS = 900, 60


def anything(size: int) -> Any:
    return offers(size, price=[0, 100_000, 200_000, 50_000], margin=[np.nan, 0.4, 0.3, 0.5])


async def fill(db: Database) -> None:
    """People of two needs, and enterprises; every 50th is closed, every third person changed the phone lately."""
    rng = np.random.default_rng(2)
    products, usage, profiles, customers = [], [], [], []
    for number in range(1, PEOPLE + FIRMS + 1):
        firm, closed = number > PEOPLE, number % 50 == 0
        manager = "AM1" if firm and number % 2 else None
        kind, status = "ENTERPRISE" if firm else "PERSON", "closed" if closed else "active"
        size = "E" if firm and not manager else None
        customers.append((number, f"C{number:04}", kind, status, manager, size, AT - timedelta(days=50 + 2 * number)))
        for offering in (1, 2 + number % 2):
            start = AT - timedelta(days=int(rng.integers(100, 400)))
            end = AT - timedelta(days=60) if closed else None
            products.append((number, offering, start, end))
            for month in (3, 4, 5):
                usage.append((number, offering, datetime(2026, month, 1).date(), int(rng.integers(1, 28)), 10.0))
        heavy = 40.0 if number % 2 else 4.0
        told = {"data_use": heavy * float(np.exp(0.2 * rng.standard_normal())), "arpu": float(rng.uniform(10, 200))}
        profiles.append((number, datetime(2025, 1, 1, tzinfo=UTC), told | {"phone": "4G", "gender": "F"}))
        if number % 3 == 0 and not firm:
            profiles.append((number, AT - timedelta(days=20), told | {"phone": "5G", "gender": "M"}))
    async with db.transaction() as conn:
        await conn.execute("insert into category (code, name) values ('data', '{\"en\": \"Data\"}')")
        await conn.executemany(
            "insert into attribute (code, kind, sensitive) values ($1, $2, $3)",
            [
                ("data_use", "numeric", False),
                ("arpu", "numeric", False),
                ("phone", "categorical", False),
                ("gender", "categorical", True),
            ],
        )
        for code in ("PLAN", "MUSIC", "VIDEO"):
            await conn.execute("insert into offering (code) values ($1)", code)
        await conn.executemany(
            "insert into customer (id, code, kind, status, account_manager, size_class, joined_at) "
            "values ($1, $2, $3, $4, $5, $6, $7)",
            customers,
        )
        await conn.executemany(
            "insert into product (customer_id, offering_id, start_date, termination_date) values ($1, $2, $3, $4)",
            products,
        )
        await conn.executemany(
            "insert into product_usage (customer_id, offering_id, month, active_days, volume) "
            "values ($1, $2, $3, $4, $5)",
            usage,
        )
        await conn.executemany(
            "insert into customer_profile (customer_id, known_from, attributes) values ($1, $2, $3)", profiles
        )


@pytest.fixture
async def filled(db: Database) -> Database:
    await fill(db)
    return db


async def rows(db: Database) -> list[tuple[Any, ...]]:
    """What is read of every customer, without the slot."""
    found = await db.fetch(
        "select i.* from insight_serving s join customer_insight i using (slot) order by i.customer_id"
    )
    return [tuple(row)[1:] for row in found]


async def test_everybody_is_described_once_and_the_pyramid_adds_up_to_the_fen(filled: Database) -> None:
    done = await refresh(filled, anything, at=AT)
    assert done.customers == PEOPLE + FIRMS
    assert len(await rows(filled)) == PEOPLE + FIRMS
    pyramid = await store.pyramid(filled)
    kept = await filled.fetchrow(
        "select count(*) filter (where value_level is not null) as customers, sum(monthly_revenue) as revenue "
        "from insight_serving join customer_insight using (slot)"
    )
    assert kept is not None
    assert sum(row["customers"] for row in pyramid) == kept["customers"] == (PEOPLE + FIRMS) * 49 // 50 + 1
    assert sum(row["monthly_revenue"] for row in pyramid) == kept["revenue"]
    assert [row["level"] for row in pyramid][:4] == ["PLATINUM", "GOLD", "SILVER", "BASIC"]


async def test_one_customer_is_read_with_the_moments_open_then(filled: Database) -> None:
    await refresh(filled, anything, at=AT)
    found = await store.of_customer(filled, 3, AT)
    assert found is not None
    assert found.level in ("PLATINUM", "GOLD", "SILVER", "BASIC")
    assert found.segment is not None
    moments = {code: (start, end) for code, start, end in found.moments}
    assert moments["DEVICE_CHANGE"] == (AT - timedelta(days=20), AT + timedelta(days=70))
    later = await store.of_customer(filled, 3, AT + timedelta(days=80))
    assert later is not None
    assert "DEVICE_CHANGE" not in {code for code, _, _ in later.moments}
    assert await store.of_customer(filled, 99_999, AT) is None
    assert await store.levels(filled, [3, 50]) == {3: found.level}


async def test_ranges_give_what_everybody_at_once_gives(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await refresh(filled, anything, at=AT)
    whole, pyramid = await rows(filled), await store.pyramid(filled)
    monkeypatch.setattr(refreshing, "SAMPLED", PEOPLE + FIRMS - 1)
    monkeypatch.setattr(refreshing, "STEP", 100)
    monkeypatch.setattr(refreshing.models, "BLOCK", PEOPLE + FIRMS)
    await refresh(filled, anything, at=AT)
    assert await rows(filled) == whole
    assert await store.pyramid(filled) == pyramid


async def test_a_broken_refresh_leaves_the_former_run_to_its_readers(filled: Database) -> None:
    await refresh(filled, anything, at=AT)
    before, run = await rows(filled), await store.run(filled)
    # What another refresh left behind before it broke is not read, and does not hinder the next.
    slot = await store.clear_spare(filled)
    async with filled.transaction() as conn:
        await conn.execute(
            "insert into customer_insight (slot, customer_id, lifecycle_stage) values ($1, 1, 'EXIT')", slot
        )
    assert await rows(filled) == before
    await store.put_definition(filled, built_in() | {"moments": []} | {"value": {}}, AT)
    with pytest.raises(BadDefinition, match=r"value\.weights: is missing"):
        await refresh(filled, anything, at=AT)
    assert await rows(filled) == before
    assert await store.run(filled) == run
    await store.put_definition(filled, None, AT)
    done = await refresh(filled, anything, at=AT)
    assert run is not None
    assert done.version > run.version
    assert await rows(filled) == before


async def test_a_backup_that_holds_the_tables_hinders_neither_refresh_nor_reader(filled: Database) -> None:
    await refresh(filled, anything, at=AT)
    await refresh(filled, anything, at=AT)
    before = await rows(filled)
    async with filled.transaction() as backup:
        await backup.execute("lock table customer_insight, customer_moment in access share mode")
        await refresh(filled, anything, at=AT)
        assert await rows(filled) == before
    assert len(before) == PEOPLE + FIRMS


async def test_the_operators_definition_holds_from_the_next_refresh_on(filled: Database) -> None:
    content = dict(built_in())
    halves = [{"code": code, "share": 0.5, "name": {"zh": code, "en": code}} for code in ("UPPER", "LOWER")]
    content["value"] = content["value"] | {"levels": content["value"]["levels"] | {"PERSON": halves}}
    content["moments"] = []
    await store.put_definition(filled, content, AT)
    await refresh(filled, anything, at=AT)
    people = [row for row in await store.pyramid(filled) if row["kind"] == "PERSON"]
    assert {row["level"]: row["customers"] for row in people} == {"UPPER": 441, "LOWER": 441}
    found = await store.of_customer(filled, 3, AT)
    assert found is not None
    assert found.moments == ()


async def test_a_sensitive_attribute_is_never_named(filled: Database) -> None:
    done = await refresh(filled, anything, at=AT)
    said = str([dict(row) for row in await store.segments(filled)]) + str(done.report)
    assert "data_use" in said
    assert "gender" not in said


async def test_segments_keep_their_codes_over_refreshes(filled: Database) -> None:
    first = await refresh(filled, anything, at=AT)
    before = {row[0]: row[7] for row in await rows(filled)}
    second = await refresh(filled, anything, at=AT + timedelta(days=1))
    after = {row[0]: row[7] for row in await rows(filled)}
    assert first.report["segments"]["PERSON"]["codes"] == second.report["segments"]["PERSON"]["codes"]
    assert np.mean([before[one] == after[one] for one in before]) > 0.99


async def test_products_have_health_revenue_and_profit(filled: Database) -> None:
    await refresh(filled, anything, at=AT)
    plan, music, video = await store.health(filled)
    assert plan.subscribers == music.subscribers + video.subscribers
    assert plan.monthly_revenue == Decimal(10 * plan.subscribers)
    assert plan.monthly_profit == Decimal(4 * plan.subscribers)
    assert 0 < plan.health <= 1
    assert plan.active_share == 1.0


async def test_only_the_newest_runs_are_kept(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "KEPT", 2)
    versions = [(await refresh(filled, anything, at=AT)).version for _ in range(4)]
    kept = [row["version"] for row in await filled.fetch("select version from insight_run order by version")]
    assert kept == versions[2:]


async def test_without_customers_there_is_nothing_to_reckon(db: Database) -> None:
    with pytest.raises(NothingToLearn, match="import them first"):
        await refresh(db, anything, at=AT)
    assert await store.run(db) is None
