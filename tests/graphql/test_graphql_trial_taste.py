"""A trial says the same of taste to training and to serving, before its end and after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sql

START, END = datetime(2026, 1, 31, 2, tzinfo=UTC), datetime(2026, 2, 28, 2, tzinfo=UTC)
UPSERT = """mutation($input: UpsertProductInput!) { upsertProduct(input: $input) { changed userErrors { code } } }"""
TRIED = """update offering_version
           set trial = '{"duration": {"amount": "1", "units": "month"}, "conversion": "CONVERT"}'
           where offering_id = (select id from offering where code = 'MUSIC')"""
KINDS = ("voluntary", "forced", "inactive", "ended")


async def test_training_and_serving_read_a_trial_alike(ask, app, operator):
    await operator.execute(TRIED)
    await operator.execute("update catalog_revision set revision = revision + 1")
    await app.state.services.catalog.refresh()
    given = {"idempotencyKey": "t", "customerId": "C1", "offering": "MUSIC", "startDate": START.isoformat()}
    answer = await ask(UPSERT, "operator", input=given | {"origin": "TRIAL"})
    assert answer["data"]["upsertProduct"] == {"changed": True, "userErrors": []}
    customer, offering = await operator.fetchrow(
        "select c.id, o.id from customer c, offering o where c.code = 'C1' and o.code = 'MUSIC'"
    )
    expected = {
        START - timedelta(days=1): [],
        START: ["forced"],
        END - timedelta(seconds=1): ["forced"],
        END: ["ended", "voluntary"],
        END + timedelta(days=300): ["ended", "voluntary"],
    }
    for at, kinds in expected.items():
        served = await operator.fetch(sql.queries("scoring").holdings, customer, customer + 1, at)
        assert sorted(KINDS[row["kind"]] for row in served if row["offering_id"] == offering) == kinds
        trained = await operator.fetch(sql.queries("recommender").holdings, customer, customer + 1, at, at, at, at)
        learned = sorted(KINDS[row["kind_1"]] for row in trained if row["offering_id"] == offering)
        assert learned == kinds
