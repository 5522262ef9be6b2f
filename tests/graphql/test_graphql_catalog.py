"""What a front-end reads of the catalog."""

from __future__ import annotations

import pytest


async def test_an_offering_is_found_by_code_by_id_and_by_what_another_system_calls_it(ask):
    found = (await ask('{ productOffering(code: "WLAN") { id code name } }'))["data"]["productOffering"]
    assert (found["code"], found["name"]) == ("WLAN", "校园无线")
    by_id = await ask("query($id: ID!) { productOffering(id: $id) { code } }", id=found["id"])
    assert by_id["data"]["productOffering"] == {"code": "WLAN"}
    by_boss = await ask('{ productOffering(externalOwner: "BOSS", externalId: "77") { code } }')
    assert by_boss["data"]["productOffering"] == {"code": "WLAN"}
    node = await ask("query($id: ID!) { node(id: $id) { id ... on ProductOffering { code } } }", id=found["id"])
    assert node["data"]["node"]["code"] == "WLAN"


@pytest.mark.parametrize("code", ["PAGER", "SECRET", "NOTHING"])
async def test_what_is_not_launched_looks_like_what_does_not_exist(ask, code):
    found = await ask("query($code: String) { productOffering(code: $code) { code } }", "storefront", code=code)
    assert found == {"data": {"productOffering": None}}


async def test_prices_are_exact_strings_and_texts_come_in_the_language_asked_for(ask):
    document = """{ productOffering(code: "WLAN") {
        name english: name(language: EN)
        productOfferingPrice { name priceType recurringChargePeriod price { unit value } } } }"""
    found = (await ask(document))["data"]["productOffering"]
    assert (found["name"], found["english"]) == ("校园无线", "Campus WLAN")
    price = found["productOfferingPrice"][0]
    assert price["price"] == {"unit": "CNY", "value": "10.0000"}
    assert price["name"] == "月费"


async def test_a_bundle_shows_its_parts_its_groups_and_who_contains_a_part(ask):
    document = """{ productOffering(code: "STUDENT") { isBundle
        bundledProductOffering { code group numberRelOfferLowerLimit productOffering { name } }
        bundledGroupProductOffering { code name lowerLimit upperLimit bundledProductOffering { code } } }
      part: productOffering(code: "MUSIC") { bundles(first: 5) { nodes { code } } } }"""
    data = (await ask(document, language="en"))["data"]
    bundle = data["productOffering"]
    assert [part["code"] for part in bundle["bundledProductOffering"]] == ["WLAN", "MUSIC", "VIDEO"]
    assert bundle["bundledProductOffering"][1]["productOffering"]["name"] == "Music"
    group = bundle["bundledGroupProductOffering"][0]
    assert (group["lowerLimit"], group["upperLimit"]) == (1, 1)
    assert [part["code"] for part in group["bundledProductOffering"]] == ["MUSIC", "VIDEO"]
    assert data["part"]["bundles"]["nodes"] == [{"code": "STUDENT"}]


async def test_pages_follow_each_other_without_gap_or_overlap_in_any_order(ask):
    document = """query($after: String, $order: [ProductOfferingOrder!]) {
        productOfferings(first: 3, after: $after, orderBy: $order) {
          totalCount pageInfo { hasNextPage hasPreviousPage endCursor } nodes { code } } }"""
    for order in ([], [{"field": "NAME", "direction": "DESC"}], [{"field": "FAMILY"}, {"field": "CODE"}]):
        codes, after, pages = [], None, 0
        while True:
            page = (await ask(document, after=after, order=order))["data"]["productOfferings"]
            codes += [node["code"] for node in page["nodes"]]
            pages += 1
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert sorted(codes) == ["MUSIC", "READING", "SCHOOL_MSG", "STUDENT", "VIDEO", "WLAN", "WLAN_NIGHT"]
        assert (page["totalCount"], pages) == (7, 3)


@pytest.mark.parametrize(
    ("where", "codes"),
    [
        ({"category": {"eq": "wlan"}}, ["WLAN", "WLAN_NIGHT"]),
        ({"category": {"eq": "vas"}, "isBundle": {"eq": True}}, ["STUDENT"]),
        ({"name": {"contains": "会员"}}, ["MUSIC", "READING", "VIDEO"]),
        ({"or": [{"code": {"eq": "MUSIC"}}, {"code": {"in": ["VIDEO", "NONE"]}}]}, ["MUSIC", "VIDEO"]),
        ({"and": [{"name": {"contains": "会员"}}, {"not": {"code": {"eq": "MUSIC"}}}]}, ["READING", "VIDEO"]),
        ({"isSellable": {"eq": False}}, ["VIDEO"]),
        ({"channel": {"eq": "ONLINE"}, "name": {"contains": "视频"}}, ["VIDEO"]),
    ],
)
async def test_where_narrows_a_list(ask, where, codes):
    document = """query($where: ProductOfferingWhere) {
        productOfferings(first: 10, where: $where, context: {channel: "10086"}) { nodes { code } } }"""
    found = (await ask(document, where=where))["data"]["productOfferings"]["nodes"]
    assert [node["code"] for node in found] == codes


async def test_search_speaks_chinese_pinyin_and_english_and_puts_the_sellable_first(ask):
    document = """query($query: String!) { productOfferingSearch(query: $query, first: 5, context: {channel: "10086"}) {
        totalCount hits { productOffering { code isSellable } } } }"""

    async def codes(query: str) -> list[str]:
        hits = (await ask(document, query=query))["data"]["productOfferingSearch"]["hits"]
        return [hit["productOffering"]["code"] for hit in hits]

    assert await codes("校讯通") == ["SCHOOL_MSG"]
    assert await codes("xxt") == ["SCHOOL_MSG"]
    assert await codes("wlan") == ["WLAN", "WLAN_NIGHT"]
    assert (await codes("会员"))[-1] == "VIDEO"


async def test_categories_form_a_tree(ask):
    document = """{ category(code: "wlan") { name parent { code children { code } }
        productOfferings(first: 5) { totalCount nodes { code } } } categories(first: 10) { nodes { code } } }"""
    data = (await ask(document, "storefront"))["data"]
    assert data["category"]["parent"] == {"code": "vas", "children": [{"code": "wlan"}]}
    assert [node["code"] for node in data["category"]["productOfferings"]["nodes"]] == ["WLAN", "WLAN_NIGHT"]
    assert [node["code"] for node in data["categories"]["nodes"]] == ["vas", "wlan"]


async def test_a_list_without_a_sensible_first_is_refused(ask):
    refused = await ask("{ productOfferings(first: 101) { nodes { code } } }")
    assert refused["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
    none = await ask("{ productOfferings(first: 0) { nodes { code } } }")
    assert none["errors"][0]["extensions"]["code"] in ("BAD_REQUEST", "LIMIT_EXCEEDED")


async def test_a_cursor_of_another_list_is_told_apart(ask):
    refused = await ask('{ productOfferings(first: 1, after: "???") { nodes { code } } }', language="en")
    assert "no cursor of this list" in refused["errors"][0]["message"]


async def test_the_margin_is_for_product_managers(ask):
    document = '{ productOffering(code: "WLAN") { margin } }'
    assert (await ask(document, "product_manager"))["data"]["productOffering"] == {"margin": "0.4000"}
    assert (await ask(document, "storefront"))["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_markets_are_listed_within_the_callers_region(ask):
    document = "{ marketSegments(first: 5) { nodes { code kind facts memberCount } } }"
    everywhere = (await ask(document, "analyst"))["data"]["marketSegments"]["nodes"]
    assert [one["code"] for one in everywhere] == ["CAMPUS", "TINY"]
    assert everywhere[0] == {"code": "CAMPUS", "kind": "CAMPUS", "facts": {"wlan": True}, "memberCount": 120}
    north = (await ask(document, "agent", region="shanxi/taiyuan"))["data"]["marketSegments"]["nodes"]
    assert [one["code"] for one in north] == ["TINY"]
