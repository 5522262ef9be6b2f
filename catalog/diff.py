"""What differs between two written values of the catalog, place by place, and how the one becomes the other.

Knows JSON and by what the entries of its lists are known; must not know what an offering is, nor where it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Key = tuple[str, ...]
# A field is named by its name, an entry of a list by its key: ("productOfferingPrice", ("monthly",), "price", "value").
Step = str | Key
Path = tuple[Step, ...]


class ChangeKind(StrEnum):
    """ADDED and REMOVED: a field or an entry of a list. CHANGED: a value. MOVED: the order of a list's entries."""

    ADDED = "ADDED"
    REMOVED = "REMOVED"
    CHANGED = "CHANGED"
    MOVED = "MOVED"


@dataclass(frozen=True, slots=True)
class Change:
    """`before` is None for what was added, `after` for what was removed; of a list that MOVED they list its keys."""

    kind: ChangeKind
    path: Path
    before: Any = None
    after: Any = None

    @property
    def place(self) -> list[str]:
        """The path as people read it; the parts of a longer key are joined by a blank."""
        return [step if isinstance(step, str) else " ".join(step) for step in self.path]


# By what the entries of a list are known; other lists are known by the entries themselves, or are one value.
KEYS: Mapping[str, tuple[str, ...]] = {
    "productOfferingPrice": ("code",),
    "productOfferingTerm": ("code",),
    "bundledProductOffering": ("code",),
    "bundledGroup": ("code",),
    "productOfferingRelationship": ("relationshipType", "target"),
    "prodSpecCharValueUse": ("name",),
    "channel": ("id",),
    "externalIdentifier": ("owner", "id"),
    "tiers": ("lower",),
    "productSpecCharacteristic": ("name",),
    "productSpecificationRelationship": ("relationshipType", "target"),
}


def diff(before: Any, after: Any) -> tuple[Change, ...]:
    """Every place at which two JSON values differ; `apply` of it to `before` gives `after`."""
    return tuple(_changes(before, after, ()))


def apply(changes: Sequence[Change], before: Any) -> Any:
    """`before` with the changes made; both values stay as they are. Raises LookupError when a place is not there."""
    value = before
    for change in changes:
        value = _applied(value, change, change.path, "")
    return value


def _changes(before: Any, after: Any, path: Path) -> Iterator[Change]:
    if _same(before, after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _fields(before, after, path)
        return
    old, new = _keyed(before, path), _keyed(after, path)
    if old is None or new is None:
        yield Change(ChangeKind.CHANGED, path, before, after)
        return
    yield from _fields(old, new, path)
    # Entries that stay keep their order, and new ones come last, unless the list says otherwise.
    order = [key for key in old if key in new] + [key for key in new if key not in old]
    if order != list(new):
        yield Change(ChangeKind.MOVED, path, [list(key) for key in old], [list(key) for key in new])


def _fields(before: Mapping[Any, Any], after: Mapping[Any, Any], path: Path) -> Iterator[Change]:
    for key, value in before.items():
        if key not in after:
            yield Change(ChangeKind.REMOVED, (*path, key), value)
    for key, value in after.items():
        if key in before:
            yield from _changes(before[key], value, (*path, key))
        else:
            yield Change(ChangeKind.ADDED, (*path, key), None, value)


def _same(before: Any, after: Any) -> bool:
    """Equal in JSON, where true is not 1, 1 is not 1.0 and order of fields is nothing."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return before.keys() == after.keys() and all(_same(value, after[key]) for key, value in before.items())
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(_same, before, after))
    return type(before) is type(after) and bool(before == after)


def _keyed(value: Any, path: Path) -> dict[Key, Any] | None:
    """The entries of a list by their keys, None when it is none or when keys do not tell its entries apart."""
    if not isinstance(value, list) or not path:
        return None
    name = next((step for step in reversed(path) if isinstance(step, str)), "")
    found = {key: entry for entry in value if (key := _key(entry, name)) is not None}
    return found if len(found) == len(value) else None


def _key(entry: Any, list_name: str) -> Key | None:
    if isinstance(entry, str):
        return (entry,)
    names = KEYS.get(list_name)
    if names is None or not isinstance(entry, Mapping):
        return None
    parts = tuple(part for name in names if isinstance(part := entry.get(name), str))
    return parts if len(parts) == len(names) else None


def _applied(value: Any, change: Change, path: Path, list_name: str) -> Any:
    if not path:
        return _ordered(value, change, list_name) if change.kind is ChangeKind.MOVED else change.after
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        return _put(dict(value), step, rest, lambda inner: _applied(inner, change, rest, step), change)
    entries = {_key(entry, list_name): entry for entry in value}
    return list(_put(entries, step, rest, lambda inner: _applied(inner, change, rest, list_name), change).values())


def _put(inside: dict[Any, Any], key: Any, rest: Path, make: Callable[[Any], Any], change: Change) -> dict[Any, Any]:
    if not rest and change.kind is ChangeKind.REMOVED:
        del inside[key]
    elif not rest and change.kind is ChangeKind.ADDED:
        inside[key] = change.after
    else:
        inside[key] = make(inside[key])
    return inside


def _ordered(value: list[Any], change: Change, list_name: str) -> list[Any]:
    entries = {_key(entry, list_name): entry for entry in value}
    return [entries[tuple(key)] for key in change.after]
