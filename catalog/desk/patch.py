"""An edit as the fields that it gives, in a catalog file's own words: what is absent stays, null empties.

Knows how given fields lie over those that are there; must not know stages or the offerings around. Files and edits are
read by the same reader, so both are told the same of a wrong value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any, TypeVar

from catalog.bundle import BundleGroup, BundlePart
from catalog.documents.document import Reader
from catalog.documents.values import Path
from catalog.documents.write import written, written_group, written_part
from catalog.errors import EditRefused, Problem
from catalog.lifecycle import LifecycleStatus
from catalog.offering import ChannelUse, Offering, Relationship
from catalog.price import Price
from catalog.specification import CharacteristicUse, read_use
from catalog.term import Term
from catalog.text import Text

Given = Mapping[str, Any]
Value = TypeVar("Value")
# What a file calls the fields of an offering that an edit may give.
FIELDS = {
    "name": "name",
    "description": "description",
    "talkingPoint": "talking_point",
    "validFor": "valid",
    "isSellable": "is_sellable",
    "category": "category",
    "family": "family",
    "step": "step",
    "complexity": "complexity",
    "margin": "margin",
    "channel": "channel",
    "externalIdentifier": "external_identifier",
    "productOfferingPrice": "prices",
    "productOfferingTerm": "terms",
    "productOfferingRelationship": "relationships",
    "productSpecification": "specification",
    "prodSpecCharValueUse": "characteristics",
    "place": "place",
    "marketSegment": "market_segment",
    "policy": "policy",
    "allowedAction": "allowed_action",
    "trial": "trial",
}
# Texts and periods are changed a language and an edge at a time.
MERGED = ("name", "description", "talkingPoint", "validFor")
MAX_CODE, MAX_TEXT = 100, 2_000
CODES = frozenset({"code", "id", "owner", "target", "group", "parent", "family", "template", "category", "units"})


def offering(given: Given) -> Offering:
    """A new offering in design; `given` may hold all that a file may. Raises EditRefused with every problem."""
    return _read_offering({**given, "lifecycleStatus": LifecycleStatus.IN_DESIGN.value}, given)


def patched(one: Offering, given: Given) -> Offering:
    """`one` with the fields of `given`, which are among FIELDS. Raises EditRefused with every problem."""
    known = written(one)
    merged = {key: {**known.get(key, {}), **value} for key, value in given.items() if key in MERGED and value}
    read = _read_offering({**known, **given, **merged}, given)
    return replace(one, **{FIELDS[key]: getattr(read, FIELDS[key]) for key in given})


def part(given: Given, known: BundlePart | None = None) -> BundlePart:
    """A part of a bundle: a new one, or `known` with the fields of `given`."""
    reader = Reader(UTC)
    found = reader.part({**(written_part(known) if known else {}), **given}, ("part",))
    return _sound(reader, found, given, "part")


def group(given: Given, known: BundleGroup | None = None) -> BundleGroup:
    """A group of a bundle: a new one, or `known` with the fields of `given`."""
    old = written_group(known) if known else {}
    name = {"name": {**old.get("name", {}), **given["name"]}} if given.get("name") else {}
    reader = Reader(UTC)
    found = reader.group({**old, **given, **name}, ("group",))
    return _sound(reader, found, given, "group")


def price(given: Given) -> Price:
    """A price, given whole."""
    return _entry("price", given, lambda reader, path: reader.price(given, path))


def term(given: Given) -> Term:
    """A term, given whole."""
    return _entry("term", given, lambda reader, path: reader.term(given, path))


def relationship(given: Given) -> Relationship:
    """A relationship, given whole."""
    return _entry("relationship", given, lambda reader, path: reader.relationship(given, path))


def channel(given: Given) -> ChannelUse:
    """A channel that sells an offering, given whole."""
    return _entry("channel", given, lambda reader, path: reader.channel(given, path))


def characteristic(given: Given) -> CharacteristicUse:
    """The values of a characteristic, given whole."""
    return _entry("characteristic", given, lambda reader, path: read_use(reader, given, path))


def _entry(name: str, given: Given, read: Callable[[Reader, Path], Value | None]) -> Value:
    reader = Reader(UTC)
    return _sound(reader, read(reader, (name,)), given, name)


def _read_offering(value: Given, given: Given) -> Offering:
    reader = Reader(UTC)
    found = reader.offering(value, ())
    return _sound(reader, found, given)


def _sound(reader: Reader, found: Value | None, given: Given, *path: str) -> Value:
    problems = (*reader.problems, *too_long(given, path))
    if found is None or problems:
        raise EditRefused(*problems)
    return found


def too_long(value: object, path: Path) -> Iterator[Problem]:
    """Where a given text or code is longer than it may be."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from too_long(inner, (*path, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from too_long(inner, (*path, position))
    elif isinstance(value, str):
        name = next(step for step in reversed(path) if isinstance(step, str))
        most = MAX_CODE if name in CODES else MAX_TEXT
        if len(value) > most:
            yield Problem(path, "TOO_LONG", Text(f"不能超过 {most} 个字符", f"is longer than {most} characters"))
