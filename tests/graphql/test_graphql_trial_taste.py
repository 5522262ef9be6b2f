"""A trial says the same of taste to training and to serving, before its end and after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from recommender import reading, scoring_store, store
from recommender.batch import Wanted
from recommender.interactions import KINDS
from recommender.scoring_store import Resting

START, END = datetime(2026, 1, 31, 2, tzinfo=UTC), datetime(2026, 2, 28, 2, tzinfo=UTC)
UPSERT = """mutation($input: UpsertProductInput!) { upsertProduct(input: $input) { changed userErrors { code } } }"""
TRIED = """update offering_version
           set trial = '{"duration": {"amount": "1", "units": "month"}, "conversion": "CONVERT"}'
           where offering_id = (select id from offering where code = 'MUSIC')"""


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
    words = await store.vocabulary(operator)
    for at, kinds in expected.items():
        async with operator.connection() as connection:
            batch = await scoring_store.read(connection, (customer, customer + 1), at, Resting(at, at), Wanted())
            cutoff = int(at.timestamp())
            history = (await reading.read(connection, [(customer, customer + 1)], words, {}, (cutoff,))).history
        assert said(batch.kind[batch.offering == offering]) == kinds
        learned = history.kinds(cutoff)[history.item == words.items.index("MUSIC")]
        assert said(learned) == kinds


def said(kinds):
    """What ended, ended, however long ago."""
    return sorted(KINDS[kind] if KINDS[kind] in ("voluntary", "forced", "inactive") else "ended" for kind in kinds)
