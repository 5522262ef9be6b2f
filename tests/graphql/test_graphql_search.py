"""Search over HTTP: slips are understood, counts stand beside the hits, pages go on."""

from __future__ import annotations

from itertools import pairwise

SEARCH = """query($query: String! = "", $where: ProductOfferingWhere, $first: Int! = 10, $after: String) {
    productOfferingSearch(query: $query, first: $first, after: $after, where: $where,
                          facets: [CATEGORY, CHANNEL, KIND, COMPLEXITY, MONTHLY_FEE, FAMILY],
                          context: {channel: "10086", language: ZH}) {
        totalCount guesses hits { score productOffering { code } } pageInfo { hasNextPage endCursor }
        facets { field values { value name count } } } }"""


async def found(ask, **variables):
    return (await ask(SEARCH, **variables))["data"]["productOfferingSearch"]


def codes(answer):
    return [hit["productOffering"]["code"] for hit in answer["hits"]]


async def test_a_wrong_character_of_the_same_sound_is_understood_and_told(ask):
    answer = await found(ask, query="音月会员")
    assert codes(answer) == ["MUSIC"]
    assert answer["guesses"] == ["yinyuehuiyuan"]


async def test_counts_are_those_of_everything_that_was_found(ask):
    answer = await found(ask, query="会员", first=1)
    facets = {one["field"]: {value["value"]: value["count"] for value in one["values"]} for one in answer["facets"]}
    assert answer["totalCount"] == 3
    assert facets["CATEGORY"] == {"vas": 3}
    # Two of the three are sold in every channel that is named.
    assert facets["CHANNEL"] == {"HALL": 3, "ONLINE": 3}
    names = {value["value"]: value["name"] for one in answer["facets"] for value in one["values"]}
    assert names["vas"] == "增值业务"
    assert names["OFFERING"] == "单个产品"


async def test_without_a_query_a_search_counts_what_the_filter_accepts(ask):
    answer = await found(ask, where={"category": {"eq": "wlan"}})
    facets = {one["field"]: {value["value"]: value["count"] for value in one["values"]} for one in answer["facets"]}
    assert sorted(codes(answer)) == ["WLAN", "WLAN_NIGHT"]
    assert facets["CATEGORY"] == {"vas": 2, "wlan": 2}
    assert facets["MONTHLY_FEE"] == {"10-30": 1}


async def test_pages_of_a_search_are_the_whole_of_it_in_order(ask):
    whole = await found(ask, query="会员")
    pages, after = [], None
    for _ in range(3):
        page = await found(ask, query="会员", first=1, after=after)
        pages += codes(page)
        after = page["pageInfo"]["endCursor"]
    assert pages == codes(whole)
    assert not page["pageInfo"]["hasNextPage"]


async def test_lists_inside_of_others_are_filtered_and_ordered_too(ask):
    document = """{ category(code: "vas") { productOfferings(first: 10, where: {name: {contains: "会员"}},
        orderBy: [{field: CODE, direction: DESC}]) { nodes { code } } } }"""
    nodes = (await ask(document))["data"]["category"]["productOfferings"]["nodes"]
    assert [node["code"] for node in nodes] == ["VIDEO", "READING", "MUSIC"]


async def test_offerings_are_ordered_by_their_monthly_fee_with_those_without_last(ask):
    document = """{ productOfferings(first: 20, orderBy: [{field: MONTHLY_FEE}]) { nodes { code } } }"""
    nodes = [node["code"] for node in (await ask(document))["data"]["productOfferings"]["nodes"]]
    assert nodes[0] == "WLAN"
    assert all(left < right for left, right in pairwise(nodes[1:]))


async def test_categories_are_filtered_and_ordered(ask):
    document = """query($where: CategoryWhere) { categories(first: 5, where: $where,
        orderBy: [{field: NAME, direction: DESC}], context: {language: EN}) { nodes { code } } }"""

    async def asked(where):
        return [node["code"] for node in (await ask(document, where=where))["data"]["categories"]["nodes"]]

    assert await asked(None) == ["wlan", "vas"]
    assert await asked({"isRoot": {"eq": True}}) == ["vas"]
    assert await asked({"parent": {"eq": "vas"}}) == ["wlan"]


async def test_versions_are_filtered_and_the_newest_may_come_first(ask):
    document = """query($where: ProductOfferingVersionWhere) { productOfferingVersions(code: "WLAN", first: 5,
        where: $where, orderBy: [{direction: DESC}]) { nodes { version } } }"""

    async def asked(where):
        nodes = (await ask(document, "product_manager", where=where))["data"]["productOfferingVersions"]["nodes"]
        return [node["version"] for node in nodes]

    assert await asked(None) == [1]
    assert await asked({"lifecycleStatus": {"eq": "IN_DESIGN"}}) == []
