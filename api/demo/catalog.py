"""The demo operator's catalog: its hand-written offerings assembled into one catalog file.

Knows the file's format; must not know who buys what.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import count
from typing import Any

from api.demo.data import load
from api.demo.prices import write_out, write_term

Node = dict[str, Any]

_CHANNELS = {
    ("people", "SIMPLE"): ["ONLINE", "10086", "HALL"],
    ("people", "STANDARD"): ["ONLINE", "HALL"],
    ("enterprise", "SIMPLE"): ["ONLINE", "10086", "HALL", "ACCOUNT_MANAGER", "PARTNER"],
    ("enterprise", "STANDARD"): ["HALL", "ACCOUNT_MANAGER", "PARTNER"],
    # Where they cannot be handled they go on as leads; a bundle is sold where its parts are.
    ("enterprise", "COMPLEX"): ["10086", "HALL", "ACCOUNT_MANAGER", "PARTNER"],
    ("bundle", "COMPLEX"): ["ACCOUNT_MANAGER", "PARTNER"],
}
OLD = 72
"""Months before the end of the story at which an offering was launched, unless it says otherwise."""


def entries() -> Iterator[tuple[str, Node]]:
    """("people" or "enterprise", entry) in catalog order: single offerings, families with their steps, then bundles."""
    for side in ("people", "enterprise"):
        yield from ((side, entry) for entry in load(side))
    for side, bundles in load("bundles").items():
        yield from ((side, entry) for entry in bundles)


def steps(entry: Mapping[str, Any]) -> list[Node]:
    """The steps of a family; a single offering is its own only step."""
    return entry.get("steps") or [{"code": entry["code"], "price": entry["price"]}]


def codes() -> tuple[str, ...]:
    """Every offering's code, in catalog order."""
    return tuple(step["code"] for _, entry in entries() for step in steps(entry))


def months_before(until: date, months: int) -> date:
    """The first day of the month that lies `months` before the one of `until`."""
    year, month = divmod(until.year * 12 + until.month - 1 - months, 12)
    return date(year, month + 1, 1)


def channels(side: str, entry: Mapping[str, Any]) -> list[str]:
    complexity = entry.get("complexity", "SIMPLE")
    is_heavy = complexity == "COMPLEX" and ("parts" in entry or "groups" in entry)
    return entry.get("channels") or _CHANNELS["bundle" if is_heavy else side, complexity]


def policies(side: str, entry: Mapping[str, Any]) -> list[str]:
    """Who may buy it: everybody on its side, those who are where it is sold, and whom it names itself."""
    known = load("policies")
    where = [known["where"][entry["where"]]] if "where" in entry else []
    return [known["sides"][side], *where, *entry.get("policies", [])]


def build(until: date) -> Node:
    """The whole file, as it stands at `until`."""
    numbers = count(600001)
    offerings = [
        _offering(side, entry, position, until, next(numbers))
        for side, entry in entries()
        for position in range(len(steps(entry)))
    ]
    by_code = {offering["code"]: offering for offering in offerings}
    for offering in offerings:
        _relate_back(offering, by_code)
    return {
        "attributes": [one | {"name": _text(one["name"])} for one in load("attributes")],
        "categories": [_category(one) for one in load("categories")],
        "offerings": offerings,
        "channel": load("policies")["channel"],
        "policy": load("policies")["policy"],
        "solution": load("solutions")["solutions"],
    }


def _category(one: Mapping[str, Any]) -> Node:
    return {"code": one["code"], "name": _text(one["name"]), "parent": one.get("parent")}


def _text(words: list[str], label: str | list[str] = "") -> Node:
    zh, en = (label, label) if isinstance(label, str) else label
    return {"zh": words[0].replace("{}", zh), "en": words[1].replace("{}", en)}


def _offering(side: str, entry: Mapping[str, Any], position: int, until: date, number: int) -> Node:
    step = steps(entry)[position]
    label = step.get("label", "")
    launched = months_before(until, max(entry.get("launched", OLD), entry.get("retired", 0) + 24))
    retired = months_before(until, entry["retired"]).isoformat() if "retired" in entry else None
    node = {
        "code": step["code"],
        "name": _text(entry["name"], label),
        "description": _text(entry["description"], label),
        "talkingPoint": _text(entry["talkingPoint"], label),
        "lifecycleStatus": entry.get("status") or ("RETIRED" if retired else "LAUNCHED"),
        "validFor": {"startDateTime": launched.isoformat(), "endDateTime": retired},
        "isSellable": True,
        "category": [entry.get("category", f"bundle_{side}")],
        "complexity": entry.get("complexity", "SIMPLE"),
        "margin": entry["margin"],
        "channel": channels(side, entry),
        "policy": policies(side, entry),
        "externalIdentifier": [{"owner": "BOSS", "id": str(number)}],
        "productOfferingPrice": [
            write_out(code, short, entry.get("tax", "0.06")) for code, short in step["price"].items()
        ],
        "productOfferingTerm": [write_term(code) for code in step.get("terms") or entry.get("terms", [])],
        "productOfferingRelationship": _relationships(entry, position),
    }
    if "family" in entry:
        node |= {"family": entry["family"], "step": position + 1}
    if "parts" in entry or "groups" in entry:
        node |= {"bundledProductOffering": _parts(entry), "bundledGroup": _groups(entry.get("groups", []), None)}
    return node


def _relationships(entry: Mapping[str, Any], position: int) -> list[Node]:
    family = [step["code"] for step in steps(entry)]
    found = [
        _relation("EXCLUDES", code)
        for code in (*family[:position], *family[position + 1 :], *entry.get("excludes", []))
    ]
    found += [_relation("UPSELL", code) for code in family[position + 1 : position + 2]]
    found += [_relation("CROSS_SELL", code) for code in entry.get("crossSell", [])]
    for number, alternatives in enumerate(entry.get("requires", []), 1):
        found += [_relation("REQUIRES", code) | {"group": f"needs{number}", "min": 1} for code in alternatives]
    if "replacedBy" in entry and position == 0:
        found.append(_relation("EXCHANGEABLE_TO", entry["replacedBy"]))
    return found


def _relation(kind: str, target: str) -> Node:
    return {"relationshipType": kind, "target": target}


def _relate_back(offering: Node, by_code: Mapping[str, Node]) -> None:
    """Say from the other side as well what excludes, and what replaces."""
    backwards = {"EXCLUDES": "EXCLUDES", "EXCHANGEABLE_TO": "REPLACES"}
    for relation in offering["productOfferingRelationship"]:
        kind = backwards.get(relation["relationshipType"])
        if kind is None:
            continue
        other, back = by_code[relation["target"]]["productOfferingRelationship"], _relation(kind, offering["code"])
        if back not in other:
            other.append(back)


def _parts(entry: Mapping[str, Any]) -> list[Node]:
    fixed = [_part(code, None, 1, 1) for code in entry.get("parts", [])]
    optional = [_part(code, None, 0, 0) for code in entry.get("options", [])]
    chosen = [
        _part(code, group["code"], 0, int(place < group["lower"]))
        for group in leaf_groups(entry)
        for place, code in enumerate(group["parts"])
    ]
    return fixed + chosen + optional


def leaf_groups(entry: Mapping[str, Any]) -> list[Node]:
    """The groups of a bundle that hold parts, nested ones included."""
    return [leaf for group in entry.get("groups", []) for leaf in ([group] if "parts" in group else leaf_groups(group))]


def _part(code: str, group: str | None, lower: int, default: int) -> Node:
    return {"code": code, "lower": lower, "default": default, "upper": 1, "group": group}


def _groups(groups: list[Node], parent: str | None) -> list[Node]:
    found = []
    for group in groups:
        limits = {"lower": group["lower"], "upper": group["upper"], "parent": parent}
        found.append({"code": group["code"], "name": _text(group["name"])} | limits)
        found += _groups(group.get("groups", []), group["code"])
    return found
