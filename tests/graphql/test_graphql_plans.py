"""Answers of the real application do not differ by how often they were asked for: the first comes without a plan."""

from __future__ import annotations

from typing import Any

import pytest

DOCUMENTS = {
    "a customer": """query ($id: ID!) { customer(id: $id) { id name msisdn place tags attributes
        marketSegment { code name } products(first: 5) { totalCount
        nodes { status startDate productOffering { code name } } }
        insight { churnRisk valueLevel } } }""",
    "a recommendation": """query ($id: ID!) { recommendation(customerId: $id, first: 3) { modelVersion source
        isPersonalised rankedBy withheld { rule count message } passedOver { code } customer { id }
        recommendationItem { priority score probability handOver otherContributions billEffect { value }
        productOffering { code name productOfferingPrice { code price { value } } }
        reasons { kind text weight productOffering { code } } } } }""",
    "markets": """{ marketSegments(first: 5) { totalCount nodes { code memberCount solutions { isOutdated }
        ... on Node { id __typename } } } marketCoverage(fact: "wlan") { total { share } } }""",
    "offerings": """query ($flag: Boolean = true) { productOfferings(first: 9) { edges { cursor node { code
        name @include(if: $flag) zh: name(language: ZH) bundledProductOffering { productOffering { code isSellable } }
        bundles(first: 1) { nodes { code } } } } } }""",
    "what is not there": '{ productOffering(code: "NONE") { code } category(code: "") { name } }',
    "a wrong page": '{ productOfferings(first: 5, after: "?") { totalCount } __typename }',
    "errors below a root": """{ categories(first: 2) { nodes { code
        productOfferings(first: 1, after: "x") { totalCount } } } }""",
}


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_an_answer_is_the_same_without_a_plan_and_with_one(ask: Any, name: str) -> None:
    variables = {"id": "C1"} if "$id" in DOCUMENTS[name] else {}
    first, second, third = [await ask(DOCUMENTS[name], **variables) for _ in range(3)]
    for one in (first, second, third):
        for error in one.get("errors", ()):
            error["extensions"].pop("requestId")
    assert "data" in first
    assert first == second == third
    assert list(first) == list(third)
