"""Policies hold for everybody at once as they do at the desk."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api.batch import Job
from api.batch_processes import scorer
from api.closed_loop import Policy
from catalog.customer_store import Caller
from catalog.documents.catalog_file import import_catalog
from recommender import model_store

NOW, ZONE = datetime.now(UTC), ZoneInfo("Asia/Shanghai")
DESK = """query($id: ID) { recommendation(customerId: $id, first: 10) {
  recommendationItem { productOffering { code } } withheld { rule count } } }"""
CONDITIONS = {
    "customer.kind": {"fact": "customer.kind", "eq": "PERSON"},
    "customer.place": {"fact": "customer.place", "within": ["shanxi/datong"]},
    "customer.tags": {"fact": "customer.tags", "in": ["vip"]},
    "customer.tenure": {"fact": "customer.tenure", "range": {"min": 6}},
    "customer.valueLevel": {"fact": "customer.valueLevel", "in": ["A"]},
    "attribute": {"fact": "attribute.age", "eq": "18-24"},
    "market": {"fact": "market.kind", "eq": "CAMPUS"},
    "holdings": {"fact": "holdings.offering", "in": ["WLAN"]},
}


@pytest.mark.parametrize("name", CONDITIONS)
async def test_a_policy_keeps_back_from_everybody_whom_it_keeps_back_from_each(
    operator, ask, app, settings, tmp_path, name
):
    await operator.execute("update customer set tags = '{vip}' where id % 4 = 0")
    await operator.execute("update customer set joined_at = now() - make_interval(months => (id % 12)::int)")
    await operator.execute("insert into insight_run (at, customers, definition, report) values (now(), 1, '{}', '{}')")
    await operator.execute("insert into insight_serving (version, slot) select version, 0 from insight_run")
    await operator.execute(
        "insert into customer_insight (slot, customer_id, lifecycle_stage, value_level) "
        "select 0, id, 'CLIMAX', case when id % 3 = 0 then 'A' else 'B' end from customer"
    )
    document = {
        "policy": [{"code": "ONLY", "name": {"zh": "限定"}, "condition": CONDITIONS[name]}],
        "offerings": [{"code": "MUSIC", "name": {"zh": "音乐会员"}, "category": ["vas"], "policy": ["ONLY"]}],
    }
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    await import_catalog(operator, path, NOW, ZONE, Caller("test", "operator", None, "import"))
    await app.state.services.catalog.refresh()
    made = await scorer(
        operator,
        await model_store.serving_version(operator),
        Job(datetime.now(UTC), zone=ZONE, policy=Policy(per_category=settings.per_category)),
    )
    async with operator.connection() as connection:
        table, _ = await made.table(connection, (0, 100_000))
    offered = {row["customer"] for row in table.to_pylist() if row["offering"] == "MUSIC"}
    assert 0 < len(offered) < 900
    for number in (1, 2, 4, 8, 10, 14, 20, 36, 40, 44, 110, 130):
        answer = await ask(DESK, "agent", id=f"C{number}")
        codes = [one["productOffering"]["code"] for one in answer["data"]["recommendation"]["recommendationItem"]]
        assert ("MUSIC" in codes) == (f"C{number}" in offered), f"C{number}"
