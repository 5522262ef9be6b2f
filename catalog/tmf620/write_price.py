"""A price as a ProductOfferingPrice of its own.

Knows what the standard can say of a price; must not know the offering around it, but for what makes its id unique.
"""

from __future__ import annotations

from urllib.parse import quote

from catalog.tmf620 import words
from catalog.tmf620.resource import Json, resource, text


def price(node: Json, owner: str, language: str) -> Json:
    """The resource; `owner` names the offering's version. Amounts are numbers where those are exact."""
    code = node["code"]
    unit = node.pop("unitOfMeasure", None)
    period = words.PERIOD.get(node.pop("recurringChargePeriod", None) or "")
    if node.get("taxIncluded") is True:
        node.pop("taxIncluded")
    own = f"{owner}:{quote(code, safe='')}"
    standard = {
        "id": own,
        "href": f"/productOfferingPrice/{quote(own, safe='')}",
        "name": text(node, "name", language),
        "priceType": words.PRICE_TYPE[node.pop("priceType")],
        "isBundle": False,
        "price": _money(node.pop("price", None)),
        "percentage": words.number(node.pop("percentage", None)),
        "unitOfMeasure": {"amount": words.number(unit["amount"]), "units": unit["units"]} if unit else None,
        "recurringChargePeriodType": period[0] if period else None,
        "recurringChargePeriodLength": period[1] if period else None,
        "tax": _tax(node),
        "validFor": node.pop("validFor", None),
    }
    return resource("ProductOfferingPrice", standard, node)


def _money(money: Json | None) -> Json | None:
    return {"unit": money["unit"], "value": words.number(money["value"])} if money else None


def _tax(node: Json) -> list[Json]:
    rate = node.pop("taxRate", None)
    if rate is None:
        return []
    return [{"taxCategory": "VAT", "taxRate": words.number(words.percent(rate)), "@type": "TaxItem"}]
