"""Higher steps over GraphQL: the same answer with another type, and nothing where nobody is known to have gone up."""

from __future__ import annotations

from typing import Any

DOCUMENT = """query($type: RecommendationType!) {
  recommendation(customerId: "C3", first: 5, type: $type) {
    recommendationType source isPersonalised recommendationItem { productOffering { code } replaces { code } } } }"""


async def test_the_type_that_was_asked_for_is_answered(ask: Any) -> None:
    up = (await ask(DOCUMENT, "agent", type="UP_SELL"))["data"]["recommendation"]
    assert up == {
        "recommendationType": "UP_SELL",
        "source": "upsell",
        "isPersonalised": True,
        "recommendationItem": [],
    }
    cross = (await ask(DOCUMENT, "agent", type="CROSS_SELL"))["data"]["recommendation"]
    assert cross["recommendationType"] == "CROSS_SELL"
    assert cross["recommendationItem"]
    assert {item["replaces"] for item in cross["recommendationItem"]} == {None}
