"""A ProductOfferingPrice of any system as a price of our document.

Knows amounts, periods and taxes as others write them; must not know the offering around it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from catalog.tmf620 import words
from catalog.tmf620.read_specification import dates
from catalog.tmf620.read_term import term
from catalog.tmf620.taking import Taker

Json = dict[str, Any]


def price(taker: Taker) -> Json:
    """The node of a price. `appliesTo` has the ids of the prices that it counts, `boundTo` the term that it is for:
    what becomes of both, the offering knows.
    """
    node: Json = {"code": taker.ours.get("code") or taker.string("id") or taker.string("name") or taker.known_as}
    taker.take("id")
    name = words.both(taker.string("name"), taker.ours.get("name"))
    if name:
        node["name"] = name
    _kind(taker, node)
    _amount(taker, node)
    _measure(taker, node)
    _tax(taker, node)
    node |= dates(taker)
    _period(taker, node)
    _counted(taker, node)
    _bound(taker, node)
    for key in ("isBundle", "lifecycleStatus"):
        # Whether a price of its own is active is said by the offering that has it.
        if not taker.fields.get(key) or key == "lifecycleStatus":
            taker.take(key)
    rest = {key: value for key, value in taker.ours.items() if key not in node}
    taker.close()
    return {**node, **rest}


def _kind(taker: Taker, node: Json) -> None:
    said = taker.take("priceType")
    kind = words.price_type(said)
    if kind is None:
        known = ", ".join(words.PRICE_TYPE.values())
        taker.wrong("priceType", "UNKNOWN_VALUE", f"must be one of {known}, not {said}", f"只能是 {known}")
    node["priceType"] = kind or "ONE_TIME"


def _amount(taker: Taker, node: Json) -> None:
    money = taker.inner("price")
    if money is not None:
        for key, included in (("taxIncludedAmount", True), ("dutyFreeAmount", False)):
            inner = money.inner(key) if "value" not in money.fields else None
            if inner is not None:
                money.close()
                money, node["taxIncluded"] = inner, included
        value, unit = words.decimal(money.take("value")), money.string("unit") or money.string("currency")
        if node["priceType"] == "DISCOUNT" and value and value.startswith("-"):
            value = value[1:]
        if value is not None:
            node["price"] = {"value": value, **({"unit": unit} if unit else {})}
        money.close()
    percentage = words.decimal(taker.take("percentage"))
    # A share of nothing beside an amount is how others leave it out.
    if percentage is not None and not (Decimal(percentage) == 0 and "price" in node and not taker.is_ours):
        node["percentage"] = percentage


def _measure(taker: Taker, node: Json) -> None:
    if isinstance(taker.fields.get("unitOfMeasure"), str):
        node["unitOfMeasure"] = {"amount": "1", "units": taker.string("unitOfMeasure")}
        return
    unit = taker.inner("unitOfMeasure")
    if unit is not None:
        units = unit.string("units")
        if units:
            node["unitOfMeasure"] = {"amount": words.decimal(unit.take("amount")) or "1", "units": units}
        unit.close()


def _tax(taker: Taker, node: Json) -> None:
    for one in taker.each("tax"):
        rate = words.decimal(one.fields.get("taxRate"))
        if rate is None or "taxRate" in node:
            continue
        share = Decimal(rate)
        # Ours is per cent; others write 20 or 0.2.
        node["taxRate"] = f"{share / 100 if taker.is_ours or share > 1 else share:f}"
        one.take("taxRate")
        one.take("taxCategory")


def _period(taker: Taker, node: Json) -> None:
    kind, length = taker.take("recurringChargePeriodType"), taker.take("recurringChargePeriodLength")
    if kind is None:
        kind = taker.take("recurringChargePeriod")
    if kind is None and node["priceType"] == "RECURRING":
        kind = "month"
    if kind is None:
        return
    found = words.period(kind, length)
    if found is None:
        en, zh = f"every {length} {kind} is no period here", f"不支持每 {length} {kind} 的周期"
        taker.wrong("recurringChargePeriodLength", "UNKNOWN_VALUE", en, zh)
        return
    node["recurringChargePeriod"] = found


def _counted(taker: Taker, node: Json) -> None:
    """What a discount is taken off."""
    if node["priceType"] != "DISCOUNT" or "appliesTo" in taker.ours:
        return
    ids = [one.string("id") for one in taker.each("popRelationship") if _consume(one)]
    if any(ids):
        node["appliesTo"] = [one for one in ids if one]


def _bound(taker: Taker, node: Json) -> None:
    """The term that a price is for; a price of ours has one at most."""
    terms = (
        [term(one) for one in taker.each("productOfferingTerm")]
        if len(taker.fields.get("productOfferingTerm") or ()) == 1
        else []
    )
    if terms:
        node["boundTo"] = terms[0]


def _consume(taker: Taker) -> bool:
    for key in ("name", "relationshipType", "version"):
        taker.take(key)
    return True
