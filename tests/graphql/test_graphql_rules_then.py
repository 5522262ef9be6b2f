"""What training is told that rules kept from customers on a day gone by is what the desk would have said then."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from api.eligible_then import RulesThen
from catalog import store as catalog_store
from catalog.customer_store import Caller
from catalog.documents.catalog_file import import_catalog
from recommender import source
from recommender.barred import pack, unpack

NOW, ZONE = datetime.now(UTC), ZoneInfo("Asia/Shanghai")
WINDOW = timedelta(days=90)


async def test_rules_then_are_those_of_the_catalog_then_and_of_what_was_known_then(operator, tmp_path):
    await operator.execute("update customer set joined_at = now() - make_interval(months => (id % 12)::int)")
    tenure = {"fact": "customer.tenure", "range": {"min": 6}}
    lately, long_ago = ({"startDateTime": (NOW - timedelta(days=days)).isoformat()} for days in (10, 700))
    document = {
        "policy": [{"code": "HALF_A_YEAR", "name": {"zh": "在网满半年"}, "condition": tenure}],
        "offerings": [
            {"code": "BRAND_NEW", "name": {"zh": "新业务"}, "validFor": lately},
            {"code": "LOYAL", "name": {"zh": "老客户专享"}, "validFor": long_ago, "policy": ["HALF_A_YEAR"]},
        ],
    }
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    await import_catalog(operator, path, NOW, ZONE, Caller("test", "operator", None, "import"))
    found = await source.read(operator, NOW, "quick", 90, lambda message: None)
    asked = await source.under_rules(operator, found, "quick", RulesThen(operator, ZONE))
    items, cutoff = found.words.items, found.at - found.window
    then = datetime.fromtimestamp(cutoff, UTC)
    barred = unpack(asked.barred[cutoff], len(items))
    place = {item: number for number, item in enumerate(items)}
    assert barred[:, place["BRAND_NEW"]].all()
    rows = await operator.fetch("select joined_at from customer order by id")
    months = [
        (then.astimezone(ZONE).year - joined.year) * 12 + then.astimezone(ZONE).month - joined.month
        - (then.astimezone(ZONE).day < joined.day)
        for joined in (row["joined_at"].astimezone(ZONE) for row in rows)
    ]  # fmt: skip
    np.testing.assert_array_equal(barred[:, place["LOYAL"]], np.array(months) < 6)
    held = found.data.history.cells(cutoff).held(len(items)).toarray() > 0
    assert barred[held].all()
    rules = (await catalog_store.load(operator, then)).moment(then).rules
    for row in range(0, len(rows), 97):
        codes = [items[one] for one in np.flatnonzero(held[row]).tolist()]
        told = rules.qualify(codes, facts={"customer.kind": "PERSON", "customer.tenure": max(months[row], 0)})
        allowed = {rules.items[code] for code in told.ordered}
        assert {items[one] for one in np.flatnonzero(~barred[row]).tolist()} == allowed


async def test_rules_that_bar_what_was_taken_are_not_believed(operator):
    await operator.execute("insert into offering (code) values ('TAKEN')")
    await operator.execute(
        """insert into product (customer_id, offering_id, start_date)
           select c.id, o.id, now() - interval '30 days' from customer c, offering o where o.code = 'TAKEN'"""
    )
    found = await source.read(operator, NOW, "quick", 90, lambda message: None)

    async def of_a_catalog_that_begins_today(connection, parts, items, held, at):
        return pack(np.ones(held.shape, dtype=bool))

    asked = await source.under_rules(operator, found, "quick", of_a_catalog_that_begins_today)
    assert asked.barred == {}
    assert asked.about("temporal", "quick", NOW)["underRules"] is False
