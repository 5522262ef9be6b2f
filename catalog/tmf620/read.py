"""TMF620 resources, of any system, as a catalog document.

Knows how resources refer to each other; must not know what is in the catalog already. What has no place here is
reported, field by field, and never dropped in silence.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from catalog.errors import Problem
from catalog.tmf620 import words
from catalog.tmf620.read_offering import OfferingReader
from catalog.tmf620.read_specification import dates, specification
from catalog.tmf620.taking import Ledger, Path, Taker, clean
from catalog.tmf620.words import OURS

Json = dict[str, Any]
KINDS = ("productCatalog", "category", "productSpecification", "productOfferingPrice", "productOffering")
_OUR_LISTS = frozenset({"categories", "offerings", "attributes", "place", "channel", "policy", "solution"})
_ALIASES = {"catalog": "productCatalog"}


@dataclass(frozen=True, slots=True)
class Mapped:
    """`unplaced`: kind of resource → id → place in the resource → what it said."""

    document: Json
    problems: tuple[Problem, ...]
    unplaced: Mapping[str, Mapping[str, Any]]
    places: dict[Path, Path] = field(default_factory=dict)

    def located(self, problem: Problem) -> Problem:
        """A problem of the document at its place in the resources."""
        for length in range(len(problem.path), 0, -1):
            known = self.places.get(problem.path[:length])
            if known is not None:
                return replace(problem, path=(*known, *problem.path[length:]))
        return problem


def is_tmf620(value: Any) -> bool:
    """Whether a JSON value is resources of the standard rather than a document of ours."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, dict) and _kind(one) for one in value)
    if not isinstance(value, dict) or value.keys() & _OUR_LISTS:
        return False
    return bool(_kind(value)) or bool(value.keys() & {*KINDS, *_ALIASES} - {"productSpecification"})


def _kind(value: Json) -> str | None:
    """The kind that @type, or for a type of somebody's own @baseType, says."""
    for said in (str(value.get("@type", "")), str(value.get("@baseType", ""))):
        found = next((kind for kind in KINDS if said.casefold() == kind.casefold()), None)
        found = found or ("productCatalog" if said.casefold() == "catalog" else None)
        if found:
            return found
    return None


def read(value: Any) -> Mapped:
    """The document of these resources; numbers are expected as Decimal, int or text, never as floats."""
    ledger = Ledger()
    resources = _resources(value, ledger)
    document: Json = dict(value.get(OURS) or {}) if isinstance(value, dict) else {}
    places: dict[Path, Path] = {}
    prices = {_id(one): (one, path) for one, path in resources["productOfferingPrice"]}
    for one, path in resources["productCatalog"]:
        Taker({**one}, ledger, "productCatalog", _id(one), path).close()
    categories = _Categories(ledger, document, places)
    for one, path in resources["category"]:
        categories.read(one, path)
    for one, path in resources["productSpecification"]:
        nodes = document.setdefault("productSpecification", [])
        places["productSpecification", len(nodes)] = path
        nodes.append(specification(Taker(one, ledger, "productSpecification", _id(one), path)))
    reader = OfferingReader(ledger, prices, document)
    versions = _versions(resources["productOffering"])
    for (one, path), version in zip(resources["productOffering"], versions, strict=True):
        nodes = document.setdefault("offerings", [])
        place: Path = ("offerings", len(nodes))
        places[place] = path
        taker = Taker(one, ledger, "productOffering", _id(one), path)
        nodes.append(reader.offering(taker, version, place, places))
    categories.finish()
    for known_as in prices.keys() - reader.used:
        ledger.left("productOfferingPrice", known_as, ("unused",), prices[known_as][0])
    return Mapped(document, tuple(ledger.problems), ledger.unplaced, places)


def _resources(value: Any, ledger: Ledger) -> dict[str, list[tuple[Json, Path]]]:
    """Every resource by kind, with its place in the file: lists by kind, one list of all, or a single one."""
    found: dict[str, list[tuple[Json, Path]]] = defaultdict(list)
    if isinstance(value, dict) and _kind(value):
        found[_kind(value) or ""].append((value, ()))
        return found
    if isinstance(value, list):
        for position, one in enumerate(value):
            found[_kind(one) or ""].append((one, (position,)))
        return found
    for key, inner in value.items():
        kind = _ALIASES.get(key, key)
        if kind not in KINDS:
            if key not in (OURS, "@type"):
                ledger.left("file", "-", (key,), inner)
            continue
        for position, one in enumerate(inner if isinstance(inner, list) else [inner]):
            if isinstance(one, dict):
                found[kind].append((one, (key, position)))
            else:
                ledger.wrong((key, position), "NOT_AN_OBJECT", "must be a JSON object", "必须是 JSON 对象")
    return found


def _id(one: Json) -> str:
    return clean(str(one.get("id") or one.get("name") or "?"))


def _versions(offerings: list[tuple[Json, Path]]) -> list[int | None]:
    """The version that each states: ours by its number; of several that another system has, by their order."""
    same: dict[str, list[int]] = defaultdict(list)
    for position, (one, _) in enumerate(offerings):
        same[_id(one)].append(position)
    found: list[int | None] = [None] * len(offerings)
    for positions in same.values():
        said = [str(offerings[position][0].get("version") or "") for position in positions]
        ours = all(OURS in offerings[position][0] for position in positions)
        if ours and all(one.isdecimal() for one in said):
            numbers = [int(one) for one in said]
        elif len(positions) > 1:
            order = sorted(range(len(said)), key=lambda at: [int(part) for part in re.findall(r"\d+", said[at])])
            numbers = [order.index(at) + 1 for at in range(len(said))]
        else:
            continue
        for position, number in zip(positions, numbers, strict=True):
            found[position] = number
    return found


class _Categories:
    """The tree, from parents, from what a category says is below it, and from what offerings refer to."""

    def __init__(self, ledger: Ledger, document: Json, places: dict[Path, Path]) -> None:
        self.ledger, self.document, self.places = ledger, document, places
        self.below: dict[str, str] = {}
        self.holding: dict[str, list[str]] = defaultdict(list)

    def read(self, one: Json, path: Path) -> None:
        taker = Taker(one, self.ledger, "category", _id(one), path)
        code = taker.string("id") or _id(one)
        node: Json = {"code": code, "name": words.both(taker.string("name") or code, taker.ours.get("name"))}
        parent = taker.inner("parent")
        above = parent.string("id") if parent else taker.string("parentId")
        if above:
            node["parent"] = above
        node |= dates(taker)
        taker.take("isRoot")
        for child in taker.each("subCategory"):
            self.below[child.string("id") or ""] = code
            child.take("name")
        for child in taker.each("productOffering"):
            self.holding[child.string("id") or ""].append(code)
            child.take("name")
        nodes = self.document.setdefault("categories", [])
        self.places["categories", len(nodes)] = path
        nodes.append(node)
        taker.close()

    def finish(self) -> None:
        nodes = self.document.get("categories", [])
        for node in nodes:
            if "parent" not in node and self.below.get(node["code"], node["code"]) != node["code"]:
                node["parent"] = self.below[node["code"]]
        known = {node["code"] for node in nodes}
        for offering in self.document.get("offerings", ()):
            named = offering.pop("categoryNames", {})
            codes = list(dict.fromkeys([*offering.get("category", ()), *self.holding.get(offering["code"], ())]))
            if codes:
                offering["category"] = codes
            for code in codes:
                if code not in known and code in named:
                    known.add(code)
                    name = words.guessed(named[code])
                    self.document.setdefault("categories", []).append({"code": code, "name": name})
