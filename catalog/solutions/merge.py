"""A change of a solution laid over what a market made of its copy: three ways, field by field, in a file's own words.

Knows JSON values; must not know what they mean. What both changed stays as the market has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from catalog.documents.written import Json

# What a version says of itself, and not of what is sold.
OWN = frozenset({"code", "template", "lifecycleStatus", "statusReason", "validFor"})
MISSING: Any = object()


def merged(base: Json, current: Json, target: Json) -> tuple[Json, tuple[str, ...]]:
    """(`current` with what changed from `base` to `target`; the fields that stay as the market itself changed them)."""
    kept: dict[str, None] = {}
    result = {key: value for key, value in current.items() if key in OWN}
    for key in dict.fromkeys((*target, *current, *base)):
        if key in OWN:
            continue
        value = _merge((key,), _three(key, base, current, target), kept)
        if value is not MISSING:
            result[key] = value
    return result, tuple(kept)


def _three(key: str, *found: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    base, current, target = (one.get(key, MISSING) for one in found)
    return base, current, target


def _merge(path: tuple[str, ...], three: tuple[Any, Any, Any], kept: dict[str, None]) -> Any:
    base, current, target = three
    if current == base:
        return target
    if target in (base, current):
        if target != current:
            kept[".".join(path)] = None
        return current
    if all(isinstance(one, Mapping) for one in three):
        return _merge_maps(path, three, kept)
    lists = [found for one in three if (found := _keyed(one)) is not None]
    if len(lists) == len(three):
        return list(_merge_maps(path, (lists[0], lists[1], lists[2]), kept).values())
    kept[".".join(path)] = None
    return current


def _merge_maps(path: tuple[str, ...], three: tuple[Any, Any, Any], kept: dict[str, None]) -> dict[str, Any]:
    base, current, target = three
    keys = dict.fromkeys((*target, *current, *base))
    found = {key: _merge((*path, key), _three(key, base, current, target), kept) for key in keys}
    return {key: value for key, value in found.items() if value is not MISSING}


def _keyed(value: Any) -> dict[str, Any] | None:
    """The entries of a list by what tells them apart; None when they are not told apart."""
    if value is MISSING:
        return {}
    if not isinstance(value, list):
        return None
    for key in _KEYS:
        names = [key(entry) for entry in value]
        if None not in names and len(set(names)) == len(names):
            return {str(name): entry for name, entry in zip(names, value, strict=True)}
    return None


def _relation(entry: Any) -> str | None:
    if not isinstance(entry, Mapping) or "relationshipType" not in entry:
        return None
    return f"{entry['relationshipType']} {entry['target']}"


def _named(field: str) -> Callable[[Any], str | None]:
    return lambda entry: entry.get(field) if isinstance(entry, Mapping) else None


_KEYS: tuple[Callable[[Any], str | None], ...] = (
    _relation,
    _named("code"),
    _named("name"),
    lambda entry: entry.get("id") if isinstance(entry, Mapping) else entry if isinstance(entry, str) else None,
)
