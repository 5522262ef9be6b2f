"""The parts and groups of a bundle as the standard nests them: parts inside groups, groups inside groups.

Knows counts and nesting; must not know anything else of an offering.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from catalog.tmf620.resource import Json, resource, text
from catalog.tmf620.words import OURS


def bundle(node: Json, language: str) -> Json:
    """Takes parts and groups out of the offering's node. The order of parts stays, where nesting changes it."""
    parts, groups = node.pop("bundledProductOffering", []), node.pop("bundledGroup", [])
    codes = {group["code"] for group in groups}
    placed: set[str] = set()
    tree = [_group(one, groups, parts, language, placed) for one in groups if one.get("parent") not in codes]
    # Groups that stand inside each other hang nowhere; they are kept beside the others.
    tree += [_group(one, groups, parts, language, placed) for one in groups if one["code"] not in placed]
    top = [_part(part, part.get("group")) for part in parts if part.get("group") not in codes]
    order = [part["code"] for part in parts]
    if order != [*(part["id"] for part in top), *_nested(tree)]:
        node["partOrder"] = order
    return {"bundledProductOffering": top, "bundledGroupProductOffering": tree}


def _nested(tree: Sequence[Json]) -> list[str]:
    found: list[str] = []
    for group in tree:
        found += [part["id"] for part in group.get("bundledProductOffering", ())]
        found += _nested(group.get("bundledGroupProductOffering", ()))
    return found


def _part(part: Json, group: str | None) -> Json:
    option: Json = {
        "numberRelOfferLowerLimit": part["lower"],
        "numberRelOfferDefault": part["default"],
        "@type": "BundledProductOfferingOption",
    }
    if part.get("upper") is not None:
        option["numberRelOfferUpperLimit"] = part["upper"]
    rest = {OURS: {"group": group}} if group else {}
    return {"id": part["code"], "bundledProductOfferingOption": option, **rest, "@type": "BundledProductOffering"}


def _group(group: Json, groups: Sequence[Json], parts: Sequence[Json], language: str, placed: set[str]) -> Json:
    node: dict[str, Any] = dict(group)
    code = node.pop("code")
    option = {"numberRelOfferLowerLimit": node.pop("lower", 0), "@type": "BundledGroupProductOfferingOption"}
    if node.get("upper") is not None:
        option["numberRelOfferUpperLimit"] = node.pop("upper")
    parent = node.pop("parent", None)
    hangs_here = parent in placed
    placed.add(code)
    standard = {
        "id": code,
        "name": text(node, "name", language),
        "bundledGroupProductOfferingOption": option,
        "bundledProductOffering": [_part(part, None) for part in parts if part.get("group") == code],
        "bundledGroupProductOffering": _inner(code, groups, parts, language, placed),
    }
    if parent and not hangs_here:
        node["parent"] = parent
    return resource("BundledGroupProductOffering", standard, node)


def _inner(code: str, groups: Sequence[Json], parts: Sequence[Json], language: str, placed: set[str]) -> list[Json]:
    inside = [one for one in groups if one.get("parent") == code and one["code"] not in placed]
    return [_group(one, groups, parts, language, placed) for one in inside]
