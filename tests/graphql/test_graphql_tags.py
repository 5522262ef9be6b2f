"""Tags that files, people and rules set: who has the last word, for how long, and what hangs on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from api.tagging import tag_everybody
from catalog import store
from catalog.customer_store import Caller

KEYS = count()
ZONE = ZoneInfo("Asia/Shanghai")
CALLER = Caller("test", "operator", None, "cli")
PUT = """mutation($input: PutTagInput!) { putTag(input: $input) {
  object { code name condition etag } userErrors { path code } } }"""
SET = "mutation($input: SetCustomerTagsInput!) { setCustomerTags(input: $input) { tags userErrors { path code } } }"
LIST = "{ tags(first: 10) { nodes { code name } } }"
TAGS = 'query($at: DateTime) { customer(id: "C1", context: {asOf: $at}) { tags } }'
YOUNG = {"all": [{"fact": "attribute.age", "eq": "18-24"}, {"fact": "holdings.category", "in": ["wlan"]}]}


@pytest.fixture
def do(ask):
    async def do(document, role="admin", **fields):
        claims = {key: fields.pop(key) for key in ("region",) if key in fields}
        given = {"idempotencyKey": f"tag-{next(KEYS)}"} | fields
        answer = await ask(document, role, language="en", input=given, **claims)
        assert "errors" not in answer, answer
        return next(iter(answer["data"].values()))

    return do


@pytest.fixture
async def vip(do):
    made = await do(PUT, code="vip", nameEn="VIP")
    assert made == {"object": {"code": "vip", "name": "VIP", "condition": None, "etag": "1"}, "userErrors": []}


async def tags(ask, at=None):
    return (await ask(TAGS, "agent", at=at and at.isoformat()))["data"]["customer"]["tags"]


async def run(db, at=None, *, dry_run=False):
    at = at or datetime.now(UTC)
    told = [one async for one in tag_everybody(db, await store.load(db, at), at, ZONE, CALLER, dry_run=dry_run)]
    done = told[-1]
    assert done.done == done.customers
    return done.added, done.removed


async def test_a_person_sets_a_tag_for_a_time_and_it_ends_by_itself(do, ask, vip):
    until = datetime.now(UTC) + timedelta(days=2)
    done = await do(SET, "agent", customerId="C1", add=[{"tag": "vip", "until": until.isoformat()}], reason="complaint")
    assert done == {"tags": ["vip"], "userErrors": []}
    assert await tags(ask) == ["vip"]
    assert await tags(ask, until) == []


async def test_what_a_person_says_stands_against_the_file(do, ask, vip, operator):
    await operator.execute("update customer set tags = '{old,vip}' where code = 'C1'")
    assert await tags(ask) == ["old", "vip"]
    assert (await do(SET, customerId="C1", remove=["old"]))["tags"] == ["vip"]
    await operator.execute("update customer set tags = '{old}' where code = 'C1'")
    assert await tags(ask) == []
    assert (await do(SET, customerId="C1", forget=["old"]))["tags"] == ["old"]


async def test_a_rule_sets_its_tag_on_everybody_it_holds_for_and_a_second_run_changes_nothing(do, operator):
    made = await do(PUT, code="young_wlan", condition=YOUNG)
    assert made["object"]["condition"] == YOUNG
    expected = await operator.fetch(
        """select c.code from customer c where exists (select from customer_profile p where p.customer_id = c.id
               and p.attributes ->> 'age' = '18-24')
             and exists (select from product p join offering o on o.id = p.offering_id
                         where p.customer_id = c.id and o.code in ('WLAN', 'WLAN_NIGHT'))"""
    )
    assert len(expected) > 100
    assert await run(operator, dry_run=True) == (len(expected), 0)
    assert await run(operator) == (len(expected), 0)
    assert await run(operator) == (0, 0)
    found = await operator.fetch("select code from customer where 'young_wlan' = any(tags_at(tags, tagging, now()))")
    assert {row["code"] for row in found} == {row["code"] for row in expected}


async def test_a_rule_takes_back_its_own_tags_and_none_that_a_person_set(do, ask, operator):
    await do(PUT, code="young_wlan", condition=YOUNG)
    await run(operator)
    await do(SET, customerId="C2", add=[{"tag": "young_wlan"}])
    await do(SET, customerId="C1", remove=["young_wlan"])
    assert await run(operator) == (0, 0)
    assert await tags(ask) == []
    await do(PUT, code="young_wlan", condition={"fact": "attribute.age", "eq": "nobody"}, etag="1")
    added, removed = await run(operator)
    assert (added, removed > 100) == (0, True)
    left = await operator.fetch("select code from customer where 'young_wlan' = any(tags_at(tags, tagging, now()))")
    assert [row["code"] for row in left] == ["C2"]


async def test_a_tag_that_is_no_longer_in_force_is_taken_back(do, operator):
    at = datetime.now(UTC)
    await do(PUT, code="young_wlan", condition=YOUNG, validTo=(at + timedelta(days=1)).isoformat())
    added, _ = await run(operator)
    assert await run(operator, at + timedelta(days=2)) == (0, added)


async def test_conditions_and_tags_that_are_wrong_are_refused_with_their_place(do, vip):
    wrong = await do(PUT, code="x", condition={"all": [{"fact": "customer.shoeSize", "eq": 41}]})
    assert wrong["userErrors"] == [{"path": ["input", "condition", "all", "0", "fact"], "code": "UNKNOWN_FACT"}]
    assert (await do(PUT, code="vip"))["userErrors"] == [{"path": ["input", "etag"], "code": "CONFLICT"}]
    unknown = await do(SET, customerId="C1", add=[{"tag": "vip"}, {"tag": "nothing"}])
    assert unknown["userErrors"] == [{"path": ["input", "add", "1", "tag"], "code": "UNKNOWN_TAG"}]
    past = await do(SET, customerId="C1", add=[{"tag": "vip", "until": "2020-01-01T00:00:00Z"}])
    assert past["userErrors"] == [{"path": ["input", "add", "0", "until"], "code": "PAST"}]
    abroad = await do(SET, "agent", customerId="C2", add=[{"tag": "vip"}], region="shanxi/taiyuan")
    assert abroad["userErrors"] == [{"path": ["input", "customerId"], "code": "UNKNOWN_CUSTOMER"}]


async def test_every_change_of_a_tag_leaves_its_audit_row(do, vip, operator):
    await do(SET, "agent", customerId="C1", add=[{"tag": "vip"}], reason="complaint")
    row = await operator.fetchrow("select subject, entity_id, detail from audit where action = 'customer.tags'")
    assert (row["subject"], row["entity_id"], row["detail"]["added"]) == ("agent", "C1", ["vip"])
    assert row["detail"]["reason"] == "complaint"


async def test_roles_that_have_no_business_with_tags_see_none(ask, vip):
    for role in ("storefront", "developer"):
        assert (await ask(LIST, role))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    given = {"idempotencyKey": "k", "customerId": "C1", "remove": ["vip"]}
    for role in ("storefront", "developer", "analyst", "product_manager"):
        assert (await ask(SET, role, input=given))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
