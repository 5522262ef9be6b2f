"""Where to go next, and with what: markets and solutions by what is expected of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from api.batch import Job
from api.batch_processes import scorer
from api.market_figures import figures, in_force
from api.worth import worth_of
from catalog.customer_store import Caller
from catalog.documents.catalog_file import import_catalog
from catalog.importing import import_file
from recommender import market_store, model_store
from recommender.market_store import ItemRow, OutlookRow

RANKING = """query($first: Int!, $after: String, $kind: MarketKind, $place: String,
  $orderBy: MarketOrder! = EXPECTED_VALUE) {
  marketRanking(first: $first, after: $after, kind: $kind, place: $place, orderBy: $orderBy) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { marketSegment { code } members expectedAdopters expectedMonthlyValue { unit value } gapValue { value }
      penetration coverage borrowedFrom why modelVersion
      items { productOffering { code } eligible expectedAdopters penetration reference monthlyValue { value } } } } }"""
SOLUTIONS = """query($market: String!) { solutionRanking(market: $market, first: 5) {
  code name isDeliverable missingFacts expectedAdopters expectedMonthlyValue { value } borrowedFrom
  productOffering { code } } }"""
NOW = datetime.now(UTC)
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
async def markets(operator, tmp_path) -> dict[str, int]:
    """Two more campuses, without members: one covered as CAMPUS is, one not."""
    path = tmp_path / "market.csv"
    path.write_text(
        "code,kind,name_zh,place,size,fact.wlan\n"
        "NEW,CAMPUS,新校区,shanxi/datong,4500,true\n"
        "DARK,CAMPUS,老校区,shanxi/taiyuan,3000,false\n",
        encoding="utf-8",
    )
    done = await import_file(operator, "market", path, mode="delta", at=NOW, zone=ZONE)
    assert done.rows_rejected == 0
    return {row["code"]: row["id"] for row in await operator.fetch("select code, id from market_segment")}


async def offerings(operator) -> dict[str, int]:
    return {row["code"]: row["id"] for row in await operator.fetch("select code, id from offering")}


async def keep(operator, found: Sequence[OutlookRow], items: Sequence[ItemRow]) -> None:
    await market_store.replace_all(operator, found, items)


@pytest.fixture
async def reckoned(operator, markets):
    """CAMPUS brings most, NEW borrows from it, TINY is the furthest behind."""
    row = OutlookRow(markets["CAMPUS"], "", NOW, 1, 120, 12.0, Decimal(40), Decimal(1), (), 2, 0)
    ids = await offerings(operator)
    item = ItemRow(markets["CAMPUS"], ids["WLAN"], 60.0, 9.0, 1.0, 0.2, 0.4, 20.0, 0.5, Decimal(30), 11.0)
    found = [
        row,
        replace(
            row, market_id=markets["NEW"], expected_adopters=6.0, monthly_value=Decimal(20), borrowed_from=("CAMPUS",)
        ),
        replace(row, market_id=markets["TINY"], expected_adopters=15.0, monthly_value=Decimal(1), gap_value=Decimal(9)),
    ]
    items = [item, replace(item, offering_id=ids["MUSIC"], expected_adopters=3.0, monthly_value=Decimal(10))]
    items += [replace(one, market_id=markets["NEW"]) for one in items]
    await keep(operator, found, [*items, replace(item, market_id=markets["TINY"])])


def codes(answer):
    assert "errors" not in answer, answer
    return [one["marketSegment"]["code"] for one in answer["data"]["marketRanking"]["nodes"]]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("EXPECTED_VALUE", ["CAMPUS", "NEW", "TINY"]),
        ("EXPECTED_ADOPTERS", ["TINY", "CAMPUS", "NEW"]),
        ("GAP", ["TINY", "CAMPUS", "NEW"]),
        ("PENETRATION", ["CAMPUS", "TINY", "NEW"]),
        ("POTENTIAL", ["CAMPUS", "NEW", "TINY"]),
    ],
)
async def test_markets_stand_in_the_order_that_was_asked_for(reckoned, ask, order, expected):
    assert codes(await ask(RANKING, "analyst", first=10, orderBy=order)) == expected
    one = await ask(RANKING, "analyst", first=1, orderBy=order)
    rest = await ask(
        RANKING, "analyst", first=10, orderBy=order, after=one["data"]["marketRanking"]["pageInfo"]["endCursor"]
    )
    assert codes(one) + codes(rest) == expected


async def test_a_market_says_why_and_from_whom_it_borrows(reckoned, ask):
    nodes = (await ask(RANKING, "product_manager", first=10))["data"]["marketRanking"]["nodes"]
    own, borrowing, _ = nodes
    assert own["why"][0] == "校园无线预计有 9.0 人办理，渗透率 20.0%，同类市场为 40.0%"
    assert [one["productOffering"]["code"] for one in own["items"]] == ["WLAN", "MUSIC"]
    assert (own["penetration"], own["coverage"]) == (pytest.approx(120 / 9000), 1.0)
    assert borrowing["borrowedFrom"] == ["CAMPUS"]
    assert borrowing["penetration"] is None, "its members are not known"
    assert "CAMPUS" in borrowing["why"][0]
    english = await ask(RANKING, "analyst", first=1, language="en")
    assert english["data"]["marketRanking"]["nodes"][0]["why"][0].startswith("about 9.0 will take Campus WLAN")


async def test_a_ranking_is_of_a_kind_a_place_and_the_callers_region(reckoned, ask):
    assert codes(await ask(RANKING, "analyst", first=10, kind="PARK")) == ["TINY"]
    assert codes(await ask(RANKING, "analyst", first=10, place="shanxi/datong")) == ["CAMPUS", "NEW"]
    assert codes(await ask(RANKING, "analyst", first=10, region="shanxi/taiyuan")) == ["TINY"]
    refused = await ask(RANKING, "agent", first=10)
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_before_anything_was_reckoned_the_ranking_is_empty(markets, ask):
    assert codes(await ask(RANKING, "analyst", first=10)) == []


async def test_a_solution_counts_on_those_who_might_take_what_its_market_gets(operator, reckoned, ask, app, tmp_path):
    document = {
        "solution": [
            {
                "code": "CAMPUS_NET",
                "name": {"zh": "校园方案"},
                "kind": ["CAMPUS"],
                "requiredFact": ["wlan"],
                "offering": [{"code": "WLAN"}, {"code": "MUSIC"}, {"code": "VIDEO", "requiredFact": ["cinema"]}],
            },
            {"code": "PARK_NET", "name": {"zh": "园区方案"}, "kind": ["PARK"], "offering": [{"code": "WLAN"}]},
        ]
    }
    path = tmp_path / "solutions.json"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    await import_catalog(operator, path, NOW, ZONE, Caller("test", "operator", None, "import"))
    await app.state.services.catalog.refresh()
    (found,) = (await ask(SOLUTIONS, "analyst", market="CAMPUS"))["data"]["solutionRanking"]
    assert (found["code"], found["isDeliverable"], found["missingFacts"]) == ("CAMPUS_NET", True, [])
    assert [one["code"] for one in found["productOffering"]] == ["WLAN", "MUSIC"], "there is no cinema"
    assert found["expectedAdopters"] == pytest.approx(22.0)
    # 10.6 with VAT × margin .4 for WLAN; MUSIC costs nothing that is known.
    assert float(found["expectedMonthlyValue"]["value"]) == pytest.approx(11 * 10.6 * 0.4, rel=0.1)
    (dark,) = (await ask(SOLUTIONS, "analyst", market="DARK"))["data"]["solutionRanking"]
    assert (dark["isDeliverable"], dark["missingFacts"]) == (False, ["wlan"])
    (new,) = (await ask(SOLUTIONS, "analyst", market="NEW"))["data"]["solutionRanking"]
    assert new["borrowedFrom"] == ["CAMPUS"]


async def test_reckoned_from_its_members_a_market_borrows_nothing_and_an_empty_one_from_its_like(operator, markets):
    made = await scorer(operator, await model_store.serving_version(operator), Job(NOW))
    found = in_force(made.moment, NOW)
    async with operator.connection() as connection:
        parts = [
            await made.sums(connection, part, {one.id: place for place, one in enumerate(found)})
            for part in ((0, 50), (50, 100_000))
        ]
    rows, items = figures(parts[0] + parts[1], found, made, worth_of(made.moment, NOW, ZONE))
    of = {row.code: row for row in rows}
    assert (of["CAMPUS"].members, of["CAMPUS"].borrowed_from) == (120, ())
    assert of["NEW"].borrowed_from == ("CAMPUS",)
    assert of["NEW"].members == round(4500 * 120 / 9000)
    assert of["TINY"].borrowed_from == ("CAMPUS",), "one member is nobody to speak of"
    names = {row["id"]: row["code"] for row in await operator.fetch("select code, id from offering")}
    wlan = next(one for one in items if names[one.offering_id] == "WLAN" and one.market_id == markets["CAMPUS"])
    held = await operator.fetchval(
        "select count(*) from product p join market_member m using (customer_id) "
        "join offering o on o.id = p.offering_id where m.market_id = $1 and o.code = 'WLAN'",
        markets["CAMPUS"],
    )
    assert wlan.eligible == 120 - held
    assert wlan.expected_adopters is None, "the data have no dates"
    assert wlan.worth > 0
    await keep(operator, rows, items)
    await keep(operator, rows, items)
    assert await operator.fetchval("select count(*) from market_item") == len(items)


async def test_a_market_too_small_to_speak_of_is_recommended_what_its_like_take(reckoned, ask):
    document = """query($market: String!) { marketRecommendation(market: $market, first: 20) { members borrowedFrom
        items { productOffering { code } eligible expectedAdopters penetration reference } } }"""
    found = (await ask(document, "analyst", market="NEW"))["data"]["marketRecommendation"]
    assert (found["members"], found["borrowedFrom"]) == (0, ["CAMPUS"])
    assert [one["productOffering"]["code"] for one in found["items"]] == ["WLAN", "MUSIC"]
    own = (await ask(document, "analyst", market="CAMPUS"))["data"]["marketRecommendation"]
    assert own["borrowedFrom"] == []
    of = {one["productOffering"]["code"]: one for one in own["items"]}
    assert of["MUSIC"]["reference"] == 0.4, "markets of its kind, as they were reckoned"
    nothing = (await ask(document, "analyst", market="DARK"))["data"]["marketRecommendation"]
    assert (nothing["borrowedFrom"], nothing["items"]) == ([], []), "it was not reckoned"
