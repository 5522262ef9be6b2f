"""A catalog document as TMF620 v5 resources.

Knows the shape of every resource; must not know how they are read back. Every resource keeps what is only ours in its
attribute `jishi`.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any
from urllib.parse import quote

from catalog.tmf620 import words
from catalog.tmf620.resource import Json, refs, resource, text
from catalog.tmf620.words import OURS
from catalog.tmf620.write_bundle import bundle
from catalog.tmf620.write_price import price
from catalog.tmf620.write_specification import specification, value_use

_PLACED = frozenset({"categories", "offerings", "productSpecification"})


def write(document: Mapping[str, Any], language: str) -> Json:
    """The resources by kind; names are in `language` where the standard has room for one only."""
    document = deepcopy(dict(document))
    prices: list[Json] = []
    offerings = [_offering(one, language, prices) for one in document.get("offerings", ())]
    rest = {key: value for key, value in document.items() if key not in _PLACED}
    return {
        "category": [_category(one, language) for one in document.get("categories", ())],
        "productSpecification": [specification(one, language) for one in document.get("productSpecification", ())],
        "productOfferingPrice": prices,
        "productOffering": offerings,
        **({OURS: rest} if rest else {}),
    }


def _category(node: Json, language: str) -> Json:
    code, parent = node.pop("code"), node.pop("parent", None)
    standard = {
        "id": code,
        "href": f"/category/{quote(code, safe='')}",
        "name": text(node, "name", language),
        "isRoot": parent is None,
        "parent": refs([parent], "Category")[0] if parent else None,
        "validFor": node.pop("validFor", None),
    }
    return resource("Category", standard, node)


def _offering(node: Json, language: str, prices: list[Json]) -> Json:
    code, version = node.pop("code"), node.pop("version", None)
    own = f"{quote(code, safe='')}:{version or ''}"
    pops = [price(one, own, language) for one in node.pop("productOfferingPrice", ())]
    prices += pops
    specified = node.pop("productSpecification", None)
    is_bundle = bool(node.get("bundledProductOffering"))
    standard = {
        "id": code,
        "href": f"/productOffering/{quote(code, safe='')}",
        "version": None if version is None else str(version),
        "name": text(node, "name", language),
        "description": text(node, "description", language),
        "isBundle": is_bundle,
        "isSellable": node.pop("isSellable", None),
        "lifecycleStatus": words.LIFECYCLE.get(node.pop("lifecycleStatus", "")),
        "statusReason": node.pop("statusReason", None),
        "validFor": node.pop("validFor", None),
        "category": refs(node.pop("category", ()), "Category"),
        "channel": _channels(node),
        "place": refs(node.pop("place", ()), "Place"),
        "marketSegment": refs(node.pop("marketSegment", ()), "MarketSegment"),
        "policy": refs(node.pop("policy", ()), "Policy"),
        "allowedAction": [{"action": one, "@type": "AllowedProductAction"} for one in node.pop("allowedAction", ())],
        "externalIdentifier": [{**one, "@type": "ExternalIdentifier"} for one in node.pop("externalIdentifier", ())],
        "productSpecification": refs([specified], "ProductSpecification")[0] if specified else None,
        "prodSpecCharValueUse": [value_use(one) for one in node.pop("prodSpecCharValueUse", ())],
        "productOfferingPrice": [
            {"id": one["id"], "@type": "ProductOfferingPriceRef", "@referredType": "ProductOfferingPrice"}
            for one in pops
        ],
        "productOfferingTerm": [_term(one, language) for one in node.pop("productOfferingTerm", ())],
        "productOfferingRelationship": [_relationship(one) for one in node.pop("productOfferingRelationship", ())],
        **bundle(node, language),
    }
    # Told apart from an offering of another system even when the standard can say everything.
    return resource("ProductOffering", standard, node | {"code": code})


def _channels(node: Json) -> list[Json]:
    """References; a channel with dates of its own is one of ours."""
    found = []
    for use in node.pop("channel", ()):
        code, dates = (use, None) if isinstance(use, str) else (use["id"], use.get("validFor"))
        one = refs([code], "Channel")[0]
        found.append({**one, OURS: {"validFor": dates}} if dates else one)
    return found


def _term(node: Json, language: str) -> Json:
    duration = node.pop("duration")
    standard = {
        "name": words.said(node.get("name"), language) or node["code"],
        "duration": {"amount": words.number(duration["amount"]), "units": duration["units"]},
        "validFor": node.pop("validFor", None),
    }
    return resource("ProductOfferingTerm", standard, node)


def _relationship(node: Json) -> Json:
    target = node.pop("target")
    if node.get("group") == target:
        node.pop("group")
    standard = {
        "id": target,
        "href": f"/productOffering/{quote(target, safe='')}",
        "relationshipType": words.RELATIONSHIP[node.pop("relationshipType")],
    }
    return resource("ProductOfferingRelationship", standard, node)
