"""A product manager designs a bundle, launches it and makes its next version."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from edit_support import VERSION, codes, editing, parts, walk
from tests_support import eventually

from api.app import build
from sql.pool import Database

IN_FORCE = """query($code: String!, $at: DateTime) { productOffering(code: $code, context: {asOf: $at}) {
  version name bundledProductOffering { code } } }"""
READ = '{ customer(id: "C1") { id } }'


@pytest.fixture
async def do(app, settings):
    async with editing(app, settings) as ask:
        yield ask


@pytest.fixture
async def bundle(do):
    """A bundle in design with WLAN in it, as its creation answered."""
    made = await do(
        "createProductOffering",
        code="DUO",
        name={"zh": "双享", "en": "Duo"},
        category=["vas"],
        bundledProductOffering=[{"code": "WLAN"}],
        productOfferingPrice=[
            {"code": "m", "priceType": "RECURRING", "price": {"value": "9.90"}, "recurringChargePeriod": "month"}
        ],
    )
    assert made["userErrors"] == []
    return made["object"]


async def test_a_bundle_is_designed_launched_and_then_sold(do, bundle):
    assert (bundle["lifecycleStatus"], bundle["version"], bundle["etag"]) == ("IN_DESIGN", 1, "1")
    assert bundle["productOfferingPrice"] == [{"code": "m", "price": {"value": "9.9000"}}]
    hidden = await do(IN_FORCE, variables={"code": "DUO"}, role="storefront")
    assert hidden["data"] == {"productOffering": None}
    group = await do("putBundleGroup", bundle, group={"code": "pick", "name": {"en": "Pick"}, "lower": 1, "upper": 1})
    one = await do("addBundlePart", group["object"], part={"code": "MUSIC", "group": "pick"})
    two = await do("addBundlePart", one["object"], part={"code": "VIDEO", "group": "pick"})
    assert parts(two) == ["WLAN", "MUSIC", "VIDEO"]
    assert two["object"]["bundledProductOffering"][1]["numberRelOfferLowerLimit"] == 0
    launched = await walk(do, two["object"], "IN_TEST", "ACTIVE", "LAUNCHED")
    assert (launched["userErrors"], launched["object"]["lifecycleStatus"]) == ([], "LAUNCHED")

    async def sold() -> bool:
        return (await do(IN_FORCE, variables={"code": "DUO"}, role="storefront"))["data"]["productOffering"] is not None

    await eventually(sold)


async def test_parts_and_groups_are_changed_and_removed(do, bundle):
    changed = await do("changeBundlePart", bundle, part={"code": "WLAN", "upper": None})
    only = changed["object"]["bundledProductOffering"][0]
    assert (only["numberRelOfferLowerLimit"], only["numberRelOfferUpperLimit"]) == (1, None)
    added = await do("addBundlePart", changed["object"], part={"code": "MUSIC"})
    removed = await do("removeBundlePart", added["object"], part="WLAN")
    assert parts(removed) == ["MUSIC"]
    group = await do("putBundleGroup", removed["object"], group={"code": "g", "upper": 2})
    again = await do("putBundleGroup", group["object"], group={"code": "g", "lower": 1})
    assert again["object"]["bundledGroupProductOffering"] == [{"code": "g", "lowerLimit": 1, "upperLimit": 2}]
    gone = await do("removeBundleGroup", again["object"], group="g")
    assert gone["object"]["bundledGroupProductOffering"] == []


async def test_an_edit_changes_what_it_gives_and_null_empties(do, bundle):
    one = await do("editProductOffering", bundle, name={"en": "Duo plus"}, margin="0.25", channel=[{"id": "HALL"}])
    assert one["object"]["name"] == "Duo plus"
    two = await do("editProductOffering", one["object"], margin=None, validFor={"endDateTime": "2099-01-01T00:00:00Z"})
    assert (two["object"]["name"], two["object"]["margin"]) == ("Duo plus", None)
    assert two["object"]["channel"] == [{"id": "HALL"}]
    assert two["object"]["validFor"]["endDateTime"].startswith("2099-01-01")
    assert parts(two) == ["WLAN"]


WRONG = [
    ("addBundlePart", {"part": {"code": "NOTHING"}}, ["input", "part", "code"], "UNKNOWN_CODE"),
    ("addBundlePart", {"part": {"code": "WLAN"}}, ["input", "part", "code"], "DUPLICATE_CODE"),
    ("addBundlePart", {"part": {"code": "MUSIC", "lower": 3, "upper": 2}}, ["input", "part"], "INVALID"),
    ("addBundlePart", {"part": {"code": "MUSIC", "group": "none"}}, ["input", "part", "group"], "UNKNOWN_CODE"),
    ("addBundlePart", {"part": {"code": "PAGER"}}, ["input", "part", "code"], "PART_BEHIND"),
    ("addBundlePart", {"part": {"code": "DUO"}}, ["input", "part"], "CYCLE"),
    ("removeBundlePart", {"part": "MUSIC"}, ["input", "part"], "UNKNOWN_CODE"),
    ("editProductOffering", {"category": ["nowhere"]}, ["input", "category"], "NOT_YOUR_CATEGORY"),
    ("editProductOffering", {"name": None}, ["input", "name"], "MISSING"),
    ("editProductOffering", {"validFor": {"startDateTime": "2030-01-01T00:00:00"}},
     ["input", "validFor", "startDateTime"], "NO_TIME_ZONE"),
    ("advanceProductOffering", {"to": "LAUNCHED"}, ["input", "to"], "NO_SUCH_MOVE"),
]  # fmt: skip


async def test_what_is_wrong_is_named_by_its_place_and_changes_nothing(do, operator, bundle):
    before = await operator.fetchval("select count(*) from audit")
    for name, fields, path, code in WRONG:
        payload = await do(name, bundle, **fields)
        assert [(error["path"], error["code"]) for error in payload["userErrors"]][:1] == [(path, code)]
    now = await do(VERSION, variables={"code": "DUO"})
    assert now["data"]["productOfferingVersion"]["etag"] == "1"
    assert await operator.fetchval("select count(*) from audit") == before


async def test_a_bundle_that_cannot_be_is_not_launched(do, bundle):
    small = await do("putBundleGroup", bundle, group={"code": "pick", "lower": 1})
    assert codes(await walk(do, small["object"], "IN_TEST")) == ["GROUP_TOO_SMALL"]
    fine = await do("removeBundleGroup", small["object"], group="pick")
    draft = await do("createProductOffering", code="DRAFT", name={"en": "Draft"}, category=["vas"])
    assert draft["userErrors"] == []
    with_draft = await do("addBundlePart", fine["object"], part={"code": "DRAFT"})
    behind = await walk(do, with_draft["object"], "IN_TEST")
    assert [(error["path"], error["code"]) for error in behind["userErrors"]] == [
        (["object", "bundledProductOffering", "1", "code"], "PART_BEHIND")
    ]
    without = await do("removeBundlePart", with_draft["object"], part="DRAFT")
    both = await do("addBundlePart", without["object"], part={"code": "MUSIC"})
    three = await do("addBundlePart", both["object"], part={"code": "READING"})
    assert codes(await walk(do, three["object"], "IN_TEST", "ACTIVE", "LAUNCHED")) == ["PARTS_EXCLUDE"]


async def test_what_is_launched_gets_a_next_version_that_takes_over_at_its_date(do, operator):
    first = (await do(VERSION, variables={"code": "STUDENT"}))["data"]["productOfferingVersion"]
    refused = await do("removeBundlePart", first, part="WLAN")
    assert codes(refused) == ["NOT_EDITABLE"]
    assert refused["object"]["version"] == 1
    second = (await do("createNextVersion", first))["object"]
    assert (second["version"], second["lifecycleStatus"]) == (2, "IN_DESIGN")
    assert codes(await do("createNextVersion", first)) == ["VERSION_UNDER_WAY"]
    edited = await do("editProductOffering", second, name={"en": "Student plus"})
    ready = await walk(do, edited["object"], "IN_TEST", "ACTIVE")
    date = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)
    launched = await do("advanceProductOffering", ready["object"], to="LAUNCHED", at=date.isoformat())
    assert launched["userErrors"] == []
    rows = await operator.fetch(
        "select version, upper(valid) as ends, lower(valid) as starts from offering_version v "
        "join offering o on o.id = v.offering_id where code = 'STUDENT' order by version"
    )
    assert (rows[0]["ends"], rows[1]["starts"], rows[1]["ends"]) == (date, date, None)

    async def known() -> bool:
        later = await do(IN_FORCE, variables={"code": "STUDENT", "at": date.isoformat()}, role="storefront")
        return later["data"]["productOffering"]["version"] == 2

    await eventually(known)
    today = await do(IN_FORCE, variables={"code": "STUDENT"}, role="storefront")
    assert today["data"]["productOffering"]["version"] == 1


async def test_a_part_of_a_launched_bundle_is_not_retired_under_it(do):
    part = (await do(VERSION, variables={"code": "MUSIC"}))["data"]["productOfferingVersion"]
    refused = await do("advanceProductOffering", part, to="RETIRED")
    assert codes(refused) == ["PART_OF"]
    assert "STUDENT" in refused["userErrors"][0]["message"]
    whole = (await do(VERSION, variables={"code": "STUDENT"}))["data"]["productOfferingVersion"]
    assert codes(await do("advanceProductOffering", whole, to="RETIRED", reason="sells badly")) == []
    assert codes(await do("advanceProductOffering", part, to="RETIRED")) == []


async def test_every_stage_is_read_by_those_who_work_on_offerings_and_by_nobody_else(do, bundle):
    every = """query($code: String!) { productOfferingVersions(code: $code, first: 5) {
        totalCount nodes { version lifecycleStatus } } }"""
    for role in ("product_manager", "analyst", "admin"):
        found = await do(every, variables={"code": "DUO"}, role=role)
        assert found["data"]["productOfferingVersions"]["nodes"] == [{"version": 1, "lifecycleStatus": "IN_DESIGN"}]
    for role in ("storefront", "operator", "developer"):
        for document in (every, VERSION):
            answer = await do(document, variables={"code": "DUO"}, role=role)
            assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_version_says_what_stands_against_its_launch_and_what_to_mind(do, bundle):
    document = """query($id: ID!) { node(id: $id) { id ... on ProductOffering { version
        problem { path code isAdvice } } } }"""
    dear = await do(
        "editProductOffering",
        bundle,
        channel=[{"id": "HALL"}],
        talkingPoint={"zh": "两样都要"},
        productOfferingPrice=[
            {"code": "m", "priceType": "RECURRING", "price": {"value": "10.01"}, "recurringChargePeriod": "month"}
        ],
    )
    whole = await do("addBundlePart", dear["object"], part={"code": "READING", "lower": 0, "default": 0})
    both = await do("addBundlePart", whole["object"], part={"code": "MUSIC"})
    one = await do("changeBundlePart", both["object"], part={"code": "READING", "lower": 1, "default": 1})
    read = "query($code: String!) { productOfferingVersion(code: $code) { id } }"
    named = (await do(read, variables={"code": "DUO"}))["data"]["productOfferingVersion"]["id"]
    found = (await do(document, variables={"id": named}))["data"]["node"]
    assert (found["id"], found["version"]) == (named, 1)
    assert [(problem["code"], problem["isAdvice"]) for problem in found["problem"]] == [
        ("PARTS_EXCLUDE", False),
        ("NO_TALKING_POINT", True),
        ("DEARER_THAN_PARTS", True),
    ]
    assert codes(await walk(do, one["object"], "IN_TEST", "ACTIVE", "LAUNCHED")) == ["PARTS_EXCLUDE"]
    hidden = await do("query($id: ID!) { node(id: $id) { id } }", variables={"id": named}, role="storefront")
    assert hidden["data"] == {"node": None}


async def test_a_product_manager_edits_their_categories_and_nothing_else(do, bundle):
    part = {"code": "MUSIC"}
    for categories in ((), ("wlan",), ("nowhere",)):
        foreign = await do("addBundlePart", bundle, categories=categories, part=part)
        missing = await do("addBundlePart", bundle | {"code": "NOTHING"}, categories=categories, part=part)
        assert foreign["object"] is None
        assert foreign == missing, "nothing tells what exists"
    moved = await do("editProductOffering", bundle, category=["wlan"], categories=("wlan", "vas"))
    assert moved["userErrors"] == []
    below = await do("addBundlePart", moved["object"], part=part)
    assert below["userErrors"] == [], "wlan lies below vas"
    taken = await do("editProductOffering", below["object"], category=["vas", "wlan"], categories=("wlan",))
    assert codes(taken) == ["NOT_YOUR_CATEGORY"]
    made = await do("createProductOffering", code="X", name={"en": "X"}, categories=("wlan",), category=["vas"])
    assert codes(made) == ["NOT_YOUR_CATEGORY"]
    free = await do("removeBundlePart", below["object"], part="WLAN", role="admin")
    assert free["userErrors"] == []
    for role in ("analyst", "operator", "storefront", "developer"):
        answer = await do("removeBundlePart", free["object"], part="MUSIC", role=role, raw=True)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_an_edit_leaves_what_it_changed_in_the_audit_of_its_own_transaction(do, operator, bundle):
    await do("editProductOffering", bundle, name={"en": "Duo plus"}, subject="zhang")
    row = await operator.fetchrow("select * from audit order by id desc limit 1")
    assert (row["subject"], row["role"], row["action"]) == ("zhang", "product_manager", "offering.edit")
    assert (row["entity"], row["entity_id"]) == ("product_offering", "DUO")
    assert row["detail"]["before"] == {"name": {"zh": "双享", "en": "Duo"}}
    assert row["detail"]["after"] == {"name": {"zh": "双享", "en": "Duo plus"}}


async def test_without_an_audit_there_is_no_edit_and_no_answer(do, operator, bundle):
    await operator.execute("create function refuse() returns trigger language plpgsql as 'begin raise ''no''; end'")
    await operator.execute("create trigger refuse before insert on audit for each row execute function refuse()")
    revision = await operator.fetchval("select revision from catalog_revision")
    attempts = {
        "addBundlePart": {"part": {"code": "MUSIC"}},
        "editProductOffering": {"name": {"en": "Other"}},
        "advanceProductOffering": {"to": "IN_TEST"},
    }
    for name, fields in attempts.items():
        answer = await do(name, bundle, raw=True, **fields)
        assert answer["errors"][0]["extensions"]["code"] == "INTERNAL"
    made = await do("createProductOffering", code="NEW", name={"en": "New"}, category=["vas"], raw=True)
    assert made["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert await operator.fetchval("select revision from catalog_revision") == revision
    assert (await do(VERSION, variables={"code": "DUO"}))["data"]["productOfferingVersion"]["etag"] == "1"
    assert await operator.fetchval("select count(*) from offering where code = 'NEW'") == 0
    answer = await do(READ, role="admin")
    assert answer["data"] is None or answer["data"] == {"customer": None}
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL"


async def test_an_edit_reaches_every_server_process(do, bundle, operator, settings):
    other = await Database.open(operator._dsn)
    second = build(settings, other)
    try:
        async with second.router.lifespan_context(second), editing(second, settings) as there:
            launched = await walk(do, bundle, "IN_TEST", "ACTIVE", "LAUNCHED")
            assert launched["userErrors"] == []

            async def arrived() -> bool:
                answer = await there(IN_FORCE, variables={"code": "DUO"}, role="storefront")
                return answer["data"]["productOffering"] is not None

            await eventually(arrived, seconds=3)
    finally:
        await other.close()
