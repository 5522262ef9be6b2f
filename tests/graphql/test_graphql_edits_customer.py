"""What is known of one customer lands at once, is audited without a value, and says nothing to those it is not for."""

from __future__ import annotations

import asyncio
import logging

import pytest

UPSERT = """mutation($input: UpsertCustomerInput!) {
  upsertCustomer(input: $input) { changed userErrors { path code message } } }"""
SWITCH = """mutation($input: SetPersonalisationInput!) {
  setPersonalisation(input: $input) { personalisation changed userErrors { path code } } }"""
READ = "query($id: ID) { customer(id: $id) { msisdn name place tags attributes personalisation } }"
RECOMMEND = "query($id: ID) { recommendation(customerId: $id, first: 3) { isPersonalised } }"


@pytest.fixture
def upsert(ask):
    numbers = iter(range(1000))

    async def upsert(role="operator", **fields):
        key = fields.pop("key", f"u{next(numbers)}")
        answer = await ask(UPSERT, role, input={"idempotencyKey": key, **fields})
        return answer["data"]["upsertCustomer"]

    return upsert


@pytest.fixture
def switch(ask):
    numbers = iter(range(1000))

    async def switch(role, on, code=None, **claims):
        given = {"idempotencyKey": f"s{next(numbers)}", "personalisation": on, "customerId": code}
        return (await ask(SWITCH, role, input=given, **claims))["data"]["setPersonalisation"]

    return switch


def codes(payload):
    return [(error["path"][1:], error["code"]) for error in payload["userErrors"]]


async def test_a_customer_lands_and_is_found_at_once(ask, upsert, operator):
    made = await upsert(
        customerId="N1",
        msisdn="１３９００００１２３４",
        name="李四",
        place="shanxi/datong",
        tags=["vip", "vip", "new"],
        attributes={"age": "18-24"},
    )
    assert made == {"changed": True, "userErrors": []}
    found = (await ask(READ, "admin", id="N1"))["data"]["customer"]
    assert (found["msisdn"], found["name"], found["tags"]) == ("139****1234", "李*", ["new", "vip"])
    assert (found["attributes"], found["personalisation"]) == ({"age": "18-24"}, True)
    assert await operator.fetchval("select etag from customer where code = 'N1'") == 1


async def test_what_is_left_out_stays_null_empties_and_the_same_again_changes_nothing(ask, upsert, operator):
    assert (await upsert(customerId="C1", brand="神州行", tags=["vip"]))["changed"] is True
    assert (await upsert(customerId="C1", brand="神州行", attributes={"age": "18-24"}))["changed"] is False
    assert (await upsert(customerId="C1", tags=None))["changed"] is True
    row = await operator.fetchrow("select * from customer where code = 'C1'")
    assert (row["brand"], row["tags"], row["msisdn"], row["etag"]) == ("神州行", [], "10000000001", 3)


async def test_attributes_that_differ_are_merged_into_a_row_of_their_date(upsert, operator):
    rows = "select attributes from customer_profile join customer on customer_id = id where code = 'C1'"
    assert len(await operator.fetch(rows)) == 1
    await upsert(customerId="C1", attributes={"age": "18-24"})
    assert len(await operator.fetch(rows)) == 1, "nothing differs"
    since = "2026-01-01T00:00:00+08:00"
    assert (await upsert(customerId="C1", attributes={"age": "45-54"}, knownFrom=since))["changed"] is True
    assert (await upsert(customerId="C1", attributes={"gender": None}))["changed"] is True
    found = [row["attributes"] for row in await operator.fetch(rows + " order by known_from")]
    assert found == [{"age": "18-24", "gender": "F"}, {"age": "45-54", "gender": "F"}, {"age": "45-54"}]


async def test_a_wrong_value_is_named_by_its_place_and_never_repeated(upsert, operator):
    wrong = await upsert(
        customerId="C1",
        msisdn="13900001234x",
        kind=None,
        place="a//b",
        name="  ",
        attributes={"age": 7, "shoe_size": 44},
    )
    assert codes(wrong) == [
        (["kind"], "MISSING"),
        (["name"], "INVALID"),
        (["msisdn"], "INVALID"),
        (["place"], "INVALID"),
        (["attributes", "age"], "INVALID"),
        (["attributes", "shoe_size"], "UNKNOWN_CODE"),
    ]
    assert "13900001234" not in str(wrong)
    assert codes(await upsert(customerId="", name="X"))[0][1] == "MISSING"
    assert codes(await upsert(customerId="C1", attributes=[1]))[0] == (["attributes"], "INVALID")
    assert await operator.fetchval("select count(*) from audit where action = 'customer.upsert'") == 0


async def test_the_audit_names_what_changed_and_holds_no_value_nor_does_a_log(upsert, operator, caplog):
    caplog.set_level(logging.DEBUG)
    await upsert(customerId="C1", msisdn="13987654321", name="王五", attributes={"gender": "M"})
    row = await operator.fetchrow("select * from audit where action = 'customer.upsert'")
    assert (row["entity"], row["entity_id"]) == ("customer", "C1")
    assert row["detail"] == {"created": False, "fields": ["msisdn", "name"], "attributes": ["gender"]}
    everything = str(await operator.fetch("select * from audit")) + str(
        await operator.fetch("select * from idempotency")
    )
    for secret in ("13987654321", "王五"):
        assert secret not in everything + caplog.text


async def test_one_new_customer_sent_by_many_at_once_is_one(upsert, operator):
    answers = await asyncio.gather(*(upsert(customerId="N2", name="赵六") for _ in range(5)))
    assert sorted(answer["changed"] for answer in answers) == [False] * 4 + [True]
    assert await operator.fetchval("select count(*) from customer where code = 'N2'") == 1


async def test_personal_offers_are_switched_off_by_the_customer_and_stay_off(ask, switch):
    assert (await ask(RECOMMEND, "agent", id="C1"))["data"]["recommendation"]["isPersonalised"] is True
    off = {"personalisation": False, "changed": True, "userErrors": []}
    assert await switch("customer", False, customer="C1") == off
    assert (await ask(RECOMMEND, "agent", id="C1"))["data"]["recommendation"]["isPersonalised"] is False
    assert await switch("customer", False, "C1", customer="C1") == off | {"changed": False}
    assert (await switch("operator", True, "C1"))["personalisation"] is True
    assert (await ask(RECOMMEND, "agent", id="C1"))["data"]["recommendation"]["isPersonalised"] is True


async def test_nobody_switches_for_somebody_who_is_not_theirs(switch, operator):
    nobody = {"personalisation": None, "changed": False, "userErrors": [
        {"path": ["input", "customerId"], "code": "UNKNOWN_CUSTOMER"}
    ]}  # fmt: skip
    assert await switch("customer", False, "C2", customer="C1") == nobody
    assert await switch("agent", False, "C1", region="shanxi/datong") == nobody
    assert await switch("agent", False, "NOBODY", region="shanxi/datong") == nobody
    assert await operator.fetchval("select count(*) from customer where not personalisation") == 0
    refused = await operator.fetch("select entity_id, detail from audit where action = 'customer.personalisation'")
    assert [(row["entity_id"], row["detail"]) for row in refused] == [("C1", {"refused": "region"})]
    assert (await switch("agent", False, "C1", region="shanxi/taiyuan"))["changed"] is True
    assert (await switch("operator", False))["userErrors"][0]["code"] == "MISSING"


async def test_who_may_change_customers_and_who_may_not(ask):
    landed = {"idempotencyKey": "k", "customerId": "C1", "name": "X"}
    for role in ("storefront", "agent", "product_manager", "analyst", "developer"):
        answer = await ask(UPSERT, role, input=landed)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    for role in ("storefront", "product_manager", "analyst", "developer"):
        answer = await ask(SWITCH, role, input={"idempotencyKey": "k", "customerId": "C1", "personalisation": False})
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_without_an_audit_no_customer_is_changed_or_shown(ask, operator):
    await operator.execute("alter table audit add constraint no_audit check (false) not valid")
    attempts = (
        (UPSERT, "operator", {"input": {"idempotencyKey": "k", "customerId": "C1", "name": "X"}}),
        (UPSERT, "operator", {"input": {"idempotencyKey": "k", "customerId": "N9"}}),
        (SWITCH, "operator", {"input": {"idempotencyKey": "k", "customerId": "C1", "personalisation": False}}),
        (READ, "admin", {"id": "C1"}),
        (RECOMMEND, "agent", {"id": "C1"}),
    )
    for document, role, variables in attempts:
        answer = await ask(document, role, **variables)
        assert answer["errors"][0]["extensions"]["code"] == "INTERNAL"
        assert not answer["data"] or set(answer["data"].values()) == {None}
    assert await operator.fetchval("select name from customer where code = 'C1'") == "王小1"
    assert await operator.fetchval("select count(*) from customer where code = 'N9' or not personalisation") == 0
    assert await operator.fetchval("select count(*) from idempotency") == 0
