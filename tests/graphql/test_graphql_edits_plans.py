"""Plans and copies: what lies ahead is cancelled, parts come along, single prices change, offerings are duplicated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from edit_support import VERSION, codes, editing, parts, walk

SOON = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)
LATER = SOON + timedelta(days=30)
EVERY = """query($code: String!) { productOfferingVersions(code: $code, first: 9) { nodes {
  version lifecycleStatus statusReason validFor { startDateTime endDateTime } } } }"""


@pytest.fixture
async def do(app, settings):
    async with editing(app, settings) as ask:
        yield ask


async def version(do, code: str, number: int | None = None):
    return (await do(VERSION, variables={"code": code, "version": number}))["data"]["productOfferingVersion"]


async def times(do, code: str):
    """version → (stage, start, end) as they are now."""
    found = (await do(EVERY, variables={"code": code}))["data"]["productOfferingVersions"]["nodes"]
    return {
        one["version"]: (
            one["lifecycleStatus"],
            one["validFor"]["startDateTime"] and datetime.fromisoformat(one["validFor"]["startDateTime"]),
            one["validFor"]["endDateTime"] and datetime.fromisoformat(one["validFor"]["endDateTime"]),
        )
        for one in found
    }


async def planned(do, at: datetime):
    """The second version of MUSIC, to be launched at `at`."""
    second = (await do("createNextVersion", await version(do, "MUSIC")))["object"]
    ready = await walk(do, second, "IN_TEST", "ACTIVE")
    launched = await do("advanceProductOffering", ready["object"], to="LAUNCHED", at=at.isoformat())
    assert launched["userErrors"] == []
    return launched["object"]


async def test_a_launch_that_lies_ahead_is_cancelled_and_the_version_before_goes_on(do):
    before = await times(do, "MUSIC")
    second = await planned(do, SOON)
    assert (await times(do, "MUSIC"))[1][2] == SOON
    cancelled = await do("cancelSchedule", second)
    assert (cancelled["userErrors"], cancelled["object"]["lifecycleStatus"]) == ([], "ACTIVE")
    assert await times(do, "MUSIC") == {**before, 2: ("ACTIVE", None, None)}
    again = await do("advanceProductOffering", cancelled["object"], to="LAUNCHED")
    assert again["userErrors"] == [], "it is ready for its launch again"
    assert codes(await do("cancelSchedule", again["object"])) == ["NOTHING_SCHEDULED"], "what has happened stays"


async def test_a_retirement_that_lies_ahead_is_cancelled_and_an_end_from_before_holds_again(do):
    second = await planned(do, SOON)
    first = await version(do, "READING")
    retired = await do("retireProductOffering", first, at=LATER.isoformat(), reason="sells badly")
    sooner = await do("retireProductOffering", retired["object"], at=SOON.isoformat(), reason="sells very badly")
    assert (await times(do, "READING"))[1][2] == SOON
    back = await do("cancelSchedule", sooner["object"])
    assert (await times(do, "READING"))[1][2] == LATER, "the retirement before it holds"
    open_again = await do("cancelSchedule", back["object"])
    assert (open_again["userErrors"], (await times(do, "READING"))[1][2]) == ([], None)
    assert codes(await do("cancelSchedule", open_again["object"])) == ["NOTHING_SCHEDULED"]
    taken = await do("cancelSchedule", await version(do, "MUSIC", 1))
    assert (codes(taken), taken["object"]["etag"]) == (["TAKEN_OVER"], second["etag"])


async def test_a_retirement_says_why_and_is_refused_while_a_bundle_needs_it(do):
    one = await version(do, "MUSIC")
    assert codes(await do("retireProductOffering", one, reason="")) == ["MISSING"]
    assert codes(await do("retireProductOffering", one, reason="old")) == ["PART_OF"]
    assert codes(await do("retireProductOffering", await version(do, "READING"), reason="old")) == []
    assert (await times(do, "READING"))[1][0] == "RETIRED"


async def test_a_plan_is_not_cancelled_under_a_bundle_that_counts_on_it(do):
    part = (await do("createProductOffering", code="NEW", name={"en": "New"}, category=["vas"]))["object"]
    ready = await walk(do, part, "IN_TEST", "ACTIVE")
    launched = await do("advanceProductOffering", ready["object"], to="LAUNCHED", at=SOON.isoformat())
    bundle = {"code": "DUO", "name": {"en": "Duo"}, "category": ["vas"], "bundledProductOffering": [{"code": "NEW"}]}
    both = await walk(do, (await do("createProductOffering", **bundle))["object"], "IN_TEST", "ACTIVE")
    assert codes(await do("advanceProductOffering", both["object"], to="LAUNCHED", at=SOON.isoformat())) == []
    assert codes(await do("cancelSchedule", launched["object"])) == ["PART_OF"]


async def test_a_bundle_brings_its_parts_along_the_innermost_first(do, operator):
    for code, inside in (("INNER", "MUSIC"), ("HALF", "INNER"), ("WHOLE", "HALF")):
        made = await do(
            "createProductOffering",
            code=code,
            name={"en": code},
            category=["vas"],
            bundledProductOffering=[{"code": inside}],
        )
        assert made["userErrors"] == []
    whole = made["object"]
    assert codes(await do("advanceProductOffering", whole, to="IN_TEST")) == ["PART_BEHIND"]
    tested = await do("advanceProductOffering", whole, to="IN_TEST", withParts=True)
    ready = await do("advanceProductOffering", tested["object"], to="ACTIVE", withParts=True)
    launched = await do("advanceProductOffering", ready["object"], to="LAUNCHED", withParts=True, at=SOON.isoformat())
    assert launched["userErrors"] == []
    for code in ("INNER", "HALF", "WHOLE"):
        assert (await times(do, code))[1][:2] == ("LAUNCHED", SOON)
    moves = await operator.fetch("select entity_id from audit where action = 'offering.advance' order by id")
    assert [row["entity_id"] for row in moves] == ["INNER", "HALF", "WHOLE"] * 3
    assert codes(await do("advanceProductOffering", launched["object"], to="RETIRED", withParts=True)) == [
        "NOT_FORWARD"
    ]


async def test_a_part_whose_launch_comes_too_late_is_launched_with_its_bundle(do):
    part = (await do("createProductOffering", code="PART", name={"en": "Part"}, category=["vas"]))["object"]
    ready = await walk(do, part, "IN_TEST", "ACTIVE")
    await do("advanceProductOffering", ready["object"], to="LAUNCHED", at=SOON.isoformat())
    bundle = {"code": "DUO", "name": {"en": "Duo"}, "category": ["vas"], "bundledProductOffering": [{"code": "PART"}]}
    both = await walk(do, (await do("createProductOffering", **bundle))["object"], "IN_TEST", "ACTIVE")
    assert codes(await do("advanceProductOffering", both["object"], to="LAUNCHED")) == ["PART_BEHIND"]
    launched = await do("advanceProductOffering", both["object"], to="LAUNCHED", withParts=True)
    assert launched["userErrors"] == []
    found = await times(do, "PART")
    assert found[1][0] == "LAUNCHED"
    assert found[1][1] < SOON


async def test_parts_of_somebody_else_stay_and_so_does_everything(do, operator):
    inner = {"code": "INNER", "name": {"en": "Inner"}, "category": ["vas"]}
    await do("createProductOffering", **inner)
    outer = await do(
        "createProductOffering",
        code="OUTER",
        name={"en": "Outer"},
        category=["wlan"],
        bundledProductOffering=[{"code": "INNER"}],
        categories=("wlan",),
    )
    refused = await do("advanceProductOffering", outer["object"], to="IN_TEST", withParts=True, categories=("wlan",))
    assert codes(refused) == ["NOT_YOUR_CATEGORY"]
    assert (await version(do, "INNER"))["etag"] == "1"


async def test_single_prices_terms_relationships_and_channels_are_put_and_removed(do):
    one = (await do("createProductOffering", code="NEW", name={"en": "New"}, category=["vas"]))["object"]
    monthly = {"code": "m", "priceType": "RECURRING", "price": {"value": "9.90"}, "recurringChargePeriod": "month"}
    one = (await do("putOfferingPrice", one, price=monthly))["object"]
    one = await do("putOfferingPrice", one, price={**monthly, "code": "n", "term": "year"})
    assert [(e["path"], e["code"]) for e in one["userErrors"]] == [(["input", "price", "term"], "UNKNOWN_CODE")]
    one = await do("putOfferingTerm", await version(do, "NEW"), term=YEAR)
    one = await do("putOfferingPrice", one["object"], price={**monthly, "price": {"value": "8"}, "term": "year"})
    assert one["object"]["productOfferingPrice"] == [{"code": "m", "price": {"value": "8.0000"}}]
    assert codes(await do("removeOfferingTerm", one["object"], term="year")) == ["UNKNOWN_CODE"], "a price names it"
    excludes = {"relationshipType": "EXCLUDES", "target": "MUSIC"}
    one = await do("putOfferingRelationship", one["object"], relationship=excludes)
    one = await do("putOfferingChannel", one["object"], channel={"id": "HALL"})
    assert one["object"]["channel"] == [{"id": "HALL"}]
    for name, fields in (
        ("removeOfferingChannel", {"channel": "HALL"}),
        ("removeOfferingRelationship", {"relationshipType": "EXCLUDES", "relationship": "MUSIC"}),
        ("removeOfferingPrice", {"price": "m"}),
        ("removeOfferingTerm", {"term": "year"}),
    ):
        one = await do(name, one["object"], **fields)
        assert one["userErrors"] == []
        assert codes(await do(name, one["object"], **fields)) == ["UNKNOWN_CODE"], "it is gone"
    assert one["object"]["productOfferingPrice"] == []


YEAR = {"code": "year", "kind": "BINDING", "duration": {"amount": "12", "units": "month"}}


async def test_an_offering_is_duplicated_with_everything_in_it(do):
    copy = await do("duplicateProductOffering", code="STUDENT", newCode="PUPIL", name={"en": "Pupil package"})
    assert copy["userErrors"] == []
    one = copy["object"]
    assert (one["code"], one["version"], one["lifecycleStatus"]) == ("PUPIL", 1, "IN_DESIGN")
    assert (one["name"], parts(copy)) == ("Pupil package", ["WLAN", "MUSIC", "VIDEO"])
    assert one["bundledGroupProductOffering"] == [{"code": "pick", "lowerLimit": 1, "upperLimit": 1}]
    assert codes(await do("duplicateProductOffering", code="STUDENT", newCode="PUPIL")) == ["DUPLICATE_CODE"]
    assert codes(await do("duplicateProductOffering", code="NOTHING", newCode="X")) == ["NOT_FOUND"]
    foreign = await do("duplicateProductOffering", code="STUDENT", newCode="X", categories=("wlan",))
    assert codes(foreign) == ["NOT_YOUR_CATEGORY"]
    own = await do("duplicateProductOffering", code="STUDENT", newCode="X", categories=("wlan",), category=["wlan"])
    assert [one["code"] for one in own["object"]["category"]] == ["wlan"]
