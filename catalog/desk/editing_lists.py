"""Edits of one entry in a list of a version: a price, a term, a relationship, a channel, a characteristic.

Knows by what the entries of each list are told apart; must not know what else the version holds: that is lint's matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from catalog.desk.editing import refuse_closed, refused
from catalog.offering import ChannelUse, Offering, Relationship
from catalog.price import Price
from catalog.specification import CharacteristicUse
from catalog.term import Term

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EntryList(Generic[T]):
    """`field` is the list in an offering, `entry` what an edit calls one of it, `key` tells them apart."""

    field: str
    entry: str
    key: Callable[[T], object]
    zh: str


PRICES: EntryList[Price] = EntryList("prices", "price", lambda one: one.code, "价格")
TERMS: EntryList[Term] = EntryList("terms", "term", lambda one: one.code, "条款")
CHANNELS: EntryList[ChannelUse] = EntryList("channel", "channel", lambda one: one.channel, "渠道")
RELATIONSHIPS: EntryList[Relationship] = EntryList(
    "relationships", "relationship", lambda one: (one.relationship_type, one.target), "关系"
)
CHARACTERISTICS: EntryList[CharacteristicUse] = EntryList(
    "characteristics", "characteristic", lambda one: one.name, "特性取值"
)


def put(one: Offering, kind: EntryList[T], wanted: T) -> Offering:
    """The version with an entry more at the end of the list, or with the one of this key changed in its place."""
    refuse_closed(one)
    known: tuple[T, ...] = getattr(one, kind.field)
    key = kind.key(wanted)
    is_new = all(kind.key(entry) != key for entry in known)
    entries = (*known, wanted) if is_new else tuple(wanted if kind.key(entry) == key else entry for entry in known)
    return replace(one, **{kind.field: entries})  # type: ignore[arg-type]


def remove(one: Offering, kind: EntryList[T], key: object) -> Offering:
    """The version without the entry of this key; refused when it has none."""
    refuse_closed(one)
    known: tuple[T, ...] = getattr(one, kind.field)
    entries = tuple(entry for entry in known if kind.key(entry) != key)
    if len(entries) == len(known):
        raise refused((kind.entry,), "UNKNOWN_CODE", f"没有此{kind.zh}", f"this version has no such {kind.entry}")
    return replace(one, **{kind.field: entries})  # type: ignore[arg-type]
