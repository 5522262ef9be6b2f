"""Registers as product managers keep them: categories, specifications, channels, places, policies."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from edit_support import codes, editing, walk
from tests_support import eventually

SOON = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0).isoformat()
SPEED = {
    "name": "speed",
    "valueType": "NUMBER",
    "minCardinality": 1,
    "productSpecCharacteristicValue": [{"valueFrom": "10", "valueTo": "1000", "unitOfMeasure": "Mbps"}],
}


@pytest.fixture
async def do(app, settings):
    async with editing(app, settings) as ask:
        yield ask


async def entry(do, name: str, code: str, fields: str = "", **asked):
    document = f"query($code: String!) {{ {name}(code: $code) {{ code etag validFor {{ endDateTime }} {fields} }} }}"
    return (await do(document, variables={"code": code}, **asked))["data"][name]


async def specified(do, values: list[str]):
    """A launched offering of the specification LINE whose speed is one of `values`."""
    made = await do(
        "createProductSpecification",
        code="LINE",
        name={"zh": "专线", "en": "Leased line"},
        brand="Jishi",
        productSpecCharacteristic=[SPEED],
    )
    assert made["userErrors"] == []

    async def known() -> bool:
        return await entry(do, "productSpecification", "LINE") is not None

    await eventually(known)
    one = await do(
        "createProductOffering",
        code="L100",
        name={"en": "Line"},
        category=["vas"],
        productSpecification="LINE",
        prodSpecCharValueUse=[{"name": "speed", "value": values}],
    )
    launched = await walk(do, one["object"], "IN_TEST", "ACTIVE", "LAUNCHED")
    assert launched["userErrors"] == []
    return launched["object"]


async def test_a_channel_is_made_changed_and_ended_and_every_step_is_audited(do, operator):
    made = await do("createChannel", code="KIOSK", name={"zh": "自助机"}, handles="SIMPLE", isElectronic=True)
    assert (made["userErrors"], made["object"]["etag"]) == ([], "1")
    assert codes(await do("createChannel", code="KIOSK", name={"zh": "自助机"})) == ["DUPLICATE_CODE"]
    target = {"code": "KIOSK", "etag": "1"}
    changed = await do("editChannel", **target, name={"en": "Kiosk"}, handles="STANDARD")
    assert (changed["object"]["name"], changed["object"]["etag"]) == ("Kiosk", "2")
    late = await do("editChannel", **target, handles="COMPLEX")
    assert (codes(late), late["object"]["etag"]) == (["CONFLICT"], "2")
    ended = await do("endChannel", code="KIOSK", etag="2", at=SOON)
    assert ended["userErrors"] == []
    assert datetime.fromisoformat(ended["object"]["validFor"]["endDateTime"]) == datetime.fromisoformat(SOON)
    rows = await operator.fetch("select action, detail from audit where entity = 'channel' order by id")
    assert [row["action"] for row in rows] == ["channel.create", "channel.edit", "channel.end"]
    assert rows[1]["detail"]["before"] == {"name": {"zh": "自助机"}, "handles": "SIMPLE"}
    assert rows[1]["detail"]["after"] == {"name": {"zh": "自助机", "en": "Kiosk"}, "handles": "STANDARD"}


async def test_a_retried_edit_of_a_register_happens_once(do, operator):
    asked = {"code": "KIOSK", "name": {"zh": "自助机"}, "idempotencyKey": "kiosk"}
    answers = await asyncio.gather(*(do("createChannel", **asked) for _ in range(5)))
    assert all(answer["userErrors"] == [] and answer["object"]["code"] == "KIOSK" for answer in answers)
    assert await operator.fetchval("select count(*) from audit where action = 'channel.create'") == 1


async def test_what_is_launched_keeps_fitting_its_specification(do):
    await specified(do, ["100"])
    one = await entry(do, "productSpecification", "LINE")
    target = {"code": "LINE", "etag": one["etag"]}
    slow = {**SPEED, "productSpecCharacteristicValue": [{"value": "10"}, {"value": "20"}]}
    refused = await do("editProductSpecification", **target, productSpecCharacteristic=[slow])
    assert codes(refused) == ["CHARACTERISTIC_VALUE"]
    assert "L100" in refused["userErrors"][0]["message"]
    assert codes(await do("editProductSpecification", **target, productSpecCharacteristic=[])) == [
        "CHARACTERISTIC_UNKNOWN"
    ]
    assert codes(await do("endProductSpecification", **target)) == ["IN_USE"]
    assert codes(await do("endProductSpecification", **target, at=SOON)) == ["OUT_OF_DATE"]
    faster = {**SPEED, "productSpecCharacteristicValue": [{"valueFrom": "100"}]}
    assert (await do("editProductSpecification", **target, productSpecCharacteristic=[faster]))["userErrors"] == []


async def test_what_does_not_fit_its_specification_is_not_launched(do):
    one = await specified(do, ["100"])
    second = (await do("createNextVersion", one))["object"]
    fast = await do("putOfferingCharacteristic", second, characteristic={"name": "speed", "value": ["5000"]})
    assert fast["userErrors"] == [], "in design it may be wrong yet"
    assert codes(await walk(do, fast["object"], "IN_TEST", "ACTIVE", "LAUNCHED")) == ["CHARACTERISTIC_VALUE"]


async def test_an_offering_shows_its_specification_characteristics_places_and_policies(do):
    await do("createPlace", code="shanxi", name={"zh": "山西", "en": "Shanxi"}, kind="province")
    await do("createPlace", code="shanxi/taiyuan", name={"zh": "太原"}, kind="city")
    await do("createPolicy", code="PEOPLE", name={"en": "People"}, condition={"fact": "customer.kind", "eq": "PERSON"})
    one = await specified(do, ["100"])
    second = (await do("createNextVersion", one))["object"]
    edited = await do("editProductOffering", second, place=["shanxi/taiyuan"], policy=["PEOPLE"])
    assert edited["userErrors"] == []
    document = """{ productOfferingVersion(code: "L100") {
      productSpecification { code name productSpecCharacteristic { name valueType minCardinality maxCardinality
        productSpecCharacteristicValue { value valueFrom valueTo unitOfMeasure } } }
      prodSpecCharValueUse { name value default } place { id place { name parent { name children { code } } } }
      policy { code condition visibility } } }"""

    async def shown() -> bool:
        found = (await do(document))["data"]["productOfferingVersion"]
        return bool(found["policy"]) and found["place"][0]["place"] is not None

    await eventually(shown)
    found = (await do(document))["data"]["productOfferingVersion"]
    assert found["productSpecification"]["productSpecCharacteristic"] == [
        {
            "name": "speed",
            "valueType": "NUMBER",
            "minCardinality": 1,
            "maxCardinality": 1,
            "productSpecCharacteristicValue": [
                {"value": None, "valueFrom": "10", "valueTo": "1000", "unitOfMeasure": "Mbps"}
            ],
        }
    ]
    assert found["prodSpecCharValueUse"] == [{"name": "speed", "value": ["100"], "default": None}]
    inside = {"name": "Shanxi", "children": [{"code": "shanxi/taiyuan"}]}
    assert found["place"] == [{"id": "shanxi/taiyuan", "place": {"name": "太原", "parent": inside}}]
    assert found["policy"][0]["condition"] == {"fact": "customer.kind", "eq": "PERSON"}


async def test_a_policy_is_read_as_data_and_ends_on_a_date_when_it_is_in_use(do):
    wrong = await do("createPolicy", code="P", name={"en": "P"}, condition={"fact": "shoe", "eq": "42"})
    assert wrong["userErrors"][0]["path"][:2] == ["input", "condition"]
    people = {"fact": "customer.kind", "eq": "PERSON"}
    made = await do("createPolicy", code="P", name={"en": "P"}, condition=people, visibility="LOCKED")
    assert made["userErrors"] == []
    one = (await do("createProductOffering", code="NEW", name={"en": "New"}, category=["vas"], policy=["P"]))["object"]
    assert (await walk(do, one, "IN_TEST", "ACTIVE", "LAUNCHED"))["userErrors"] == []
    refused = await do("endPolicy", code="P", etag="1")
    assert (codes(refused), "NEW" in refused["userErrors"][0]["message"]) == (["IN_USE"], True)
    assert codes(await do("endPolicy", code="P", etag="1", at=SOON)) == []
    nobody = {"all": [people, {"fact": "customer.kind", "eq": "ENTERPRISE"}]}
    assert codes(await do("editPolicy", code="P", etag="2", condition=nobody)) == ["POLICY_UNSATISFIABLE"]


async def test_entries_are_nodes_and_a_policy_is_one_for_those_who_may_read_it(do):
    people = {"fact": "customer.kind", "eq": "PERSON"}
    await do("createPolicy", code="P", name={"en": "P"}, condition=people)
    await do("createChannel", code="KIOSK", name={"en": "Kiosk"})
    ids: dict[str, str] = {}

    async def known() -> bool:
        found = (await do('{ policy(code: "P") { id } channel(code: "KIOSK") { id } }'))["data"]
        ids.update({name: one["id"] for name, one in found.items() if one})
        return len(ids) == 2

    await eventually(known)
    document = "query($id: ID!) { node(id: $id) { __typename id } }"
    for role, name, seen in (
        ("product_manager", "policy", "Policy"),
        ("storefront", "policy", None),
        ("storefront", "channel", "Channel"),
    ):
        node = (await do(document, role=role, variables={"id": ids[name]}))["data"]["node"]
        assert node == (seen and {"__typename": seen, "id": ids[name]})


async def test_registers_are_filtered_ordered_and_hide_what_is_not_in_force(do):
    for code, name in (("B", "one"), ("A", "two"), ("C", "three")):
        await do("createChannel", code=code, name={"en": name})
    await do("endChannel", code="B", etag="1", at=(datetime.now(UTC) + timedelta(milliseconds=1)).isoformat())
    document = """query($where: RegisterWhere, $order: [RegisterOrder!], $all: Boolean!) {
      channels(first: 9, where: $where, orderBy: $order, everything: $all) { totalCount nodes { code } } }"""

    async def found(role: str = "product_manager", **variables) -> list[str]:
        asked = {"all": False, **variables}
        return [one["code"] for one in (await do(document, role=role, variables=asked))["data"]["channels"]["nodes"]]

    async def gone() -> bool:
        return await found() == ["A", "C"]

    await eventually(gone)
    assert await found(order=[{"field": "NAME"}]) == ["C", "A"]
    assert await found(where={"not": {"code": {"eq": "A"}}}) == ["C"]
    assert await found(all=True) == ["A", "B", "C"]
    assert await found(role="storefront", all=True) == ["A", "C"]


async def test_a_category_moves_with_all_below_and_never_below_itself(do):
    for code, parent in (("music", "vas"), ("pop", "music"), ("rock", "music")):
        made = await do("createCategory", code=code, name={"en": code}, parent=parent)
        assert made["userErrors"] == []
    moved = await do("editCategory", code="music", etag=(await category(do, "music"))["etag"], parent="wlan")
    assert (moved["userErrors"], moved["object"]["parent"]) == ([], {"code": "wlan"})
    music = moved["object"]
    assert codes(await do("editCategory", code="music", etag=music["etag"], parent="rock")) == ["CYCLE"]
    assert codes(await do("editCategory", code="music", etag=music["etag"], parent="music")) == ["CYCLE"]
    nowhere = {"code": "music", "etag": music["etag"], "parent": "jazz"}
    assert codes(await do("editCategory", **nowhere)) == ["NOT_YOUR_CATEGORY"], "nothing tells what exists"
    assert codes(await do("editCategory", **nowhere, role="admin")) == ["UNKNOWN_CODE"]
    wlan = await category(do, "wlan")
    assert codes(await do("endCategory", code="wlan", etag=wlan["etag"])) == ["IN_USE"]


async def category(do, code: str):
    found: list[dict] = []

    async def known() -> bool:
        found[:] = [await entry(do, "category", code)]
        return found[0] is not None

    await eventually(known)
    return found[0]


async def test_a_category_is_kept_by_who_is_responsible_for_the_one_above(do):
    foreign = await do("createCategory", code="x", name={"en": "X"}, parent="vas", categories=("wlan",))
    assert codes(foreign) == ["NOT_YOUR_CATEGORY"]
    assert codes(await do("createCategory", code="x", name={"en": "X"})) == ["NOT_YOUR_CATEGORY"], (
        "no root of one's own"
    )
    assert codes(await do("createCategory", code="x", name={"en": "X"}, role="admin")) == []
    hidden = await do("editCategory", code="vas", etag="1", name={"en": "Mine"}, categories=("wlan",))
    assert codes(hidden) == ["NOT_FOUND"]
    for role in ("analyst", "operator", "storefront"):
        answer = await do("createCategory", code="y", name={"en": "Y"}, role=role, raw=True)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_two_moves_at_once_make_no_cycle_of_categories(do):
    for code in ("one", "two"):
        await do("createCategory", code=code, name={"en": code}, parent="vas")
    etags = {code: (await category(do, code))["etag"] for code in ("one", "two")}
    answers = await asyncio.gather(
        do("editCategory", code="one", etag=etags["one"], parent="two", subject="zhang"),
        do("editCategory", code="two", etag=etags["two"], parent="one", subject="li"),
    )
    assert sorted(codes(answer) for answer in answers) == [[], ["CYCLE"]]


async def test_not_even_two_transactions_that_know_nothing_of_jishi_make_a_cycle(operator):
    hang = "update category set parent_id = (select id from category where code = $2) where code = $1"
    hung = "select count(*) from category where code in ('one', 'two') and parent_id is not null"
    await operator.execute("insert into category (code, name) values ('one', '{}'), ('two', '{}')")
    connections = [await asyncpg.connect(operator._dsn) for _ in range(2)]

    async def move(connection: asyncpg.Connection, code: str, parent: str) -> None:
        async with connection.transaction():
            await connection.execute(hang, code, parent)

    try:
        for _ in range(20):
            both = (move(connections[0], "one", "two"), move(connections[1], "two", "one"))
            done = await asyncio.gather(*both, return_exceptions=True)
            assert sorted(isinstance(one, asyncpg.CheckViolationError) for one in done) == [False, True]
            assert await operator.fetchval(hung) == 1
            await operator.execute("update category set parent_id = null where code in ('one', 'two')")
    finally:
        for connection in connections:
            await connection.close()
