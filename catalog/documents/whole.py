"""A whole catalog as one document: the registers, the categories, and offerings with the versions they are in.

Knows what a file holds and in which order; must not know where the catalog is kept or which format is written. What
document.py reads of it is what was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from catalog.customer import Attribute
from catalog.documents.fingerprint import fingerprint
from catalog.documents.write import written
from catalog.documents.written import Json, known, period
from catalog.offering import Category, Offering
from catalog.registry import REGISTERS, Entry


def whole(
    versions: Iterable[Offering],
    categories: Iterable[Category] = (),
    attributes: Iterable[Attribute] = (),
    entries: Mapping[str, Iterable[Entry]] | None = None,
    *,
    etags: bool = False,
) -> Json:
    """The document. Every offering states its version; with `etags` also what an edit is checked against."""
    registers = {
        one.key: [one.write(entry) for entry in (entries or {}).get(kind, ())] for kind, one in REGISTERS.items()
    }
    return known(
        attributes=[attribute(one) for one in attributes],
        categories=[category(one) for one in parents_first(categories)],
        **registers,
        offerings=[version(one, etags=etags) for one in versions],
    )


def version(one: Offering, *, etags: bool = False) -> Json:
    """The version as a file has it, with its number behind the code."""
    node = written(one)
    based_on = {"etag": one.etag, "fingerprint": fingerprint(one)} if etags else {}
    stated = {"code": node.pop("code"), "version": one.version, **based_on}
    return {**stated, **node}


def category(one: Category) -> Json:
    return known(code=one.code, name=one.name.to_json(), parent=one.parent, validFor=period(one.valid))


def attribute(one: Attribute) -> Json:
    return known(code=one.code, kind=one.kind, name=one.name.to_json(), sensitive=one.sensitive or None)


def parents_first(categories: Iterable[Category]) -> list[Category]:
    """The categories by depth, then code: a tree that grows as it is read."""
    parents = {one.code: one.parent for one in categories} if (categories := list(categories)) else {}

    def depth(code: str) -> int:
        found, above = 0, parents.get(code)
        while above and found <= len(parents):
            found, above = found + 1, parents.get(above)
        return found

    return sorted(categories, key=lambda one: (depth(one.code), one.code))


def node_of(name: str, one: Any) -> Json:
    """One entry of the document's list `name`."""
    writers: dict[str, Callable[[Any], Json]] = {"offerings": version, "categories": category, "attributes": attribute}
    return (writers | {register.key: register.write for register in REGISTERS.values()})[name](one)
