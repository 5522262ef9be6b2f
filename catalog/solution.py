"""A solution for cluster markets: a set of offerings and bundles that is brought to many markets (product.md P3).

Knows the set; must not know the markets it was brought to.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from catalog.document_values import Path, ValueReader
from catalog.market import MarketKind
from catalog.period import ALWAYS, Period
from catalog.text import EMPTY, Text
from catalog.written import Json, known, period


@dataclass(frozen=True, slots=True)
class Solution:
    """`kinds` are the kinds of market it is made for; `offering` holds the codes of its templates."""

    code: str
    name: Text
    description: Text = EMPTY
    kinds: tuple[MarketKind, ...] = ()
    offering: tuple[str, ...] = ()
    valid: Period = ALWAYS
    etag: int = field(default=1, compare=False)


def read(reader: ValueReader, value: object, path: Path) -> Solution | None:
    """A solution as a catalog document has it."""
    node = reader.mapping(value, path, frozenset({"code", "name", "description", "kind", "offering", "validFor"}))
    code, name = reader.code(node, "code", path), reader.text(node, "name", path, required=True)
    description, valid = reader.text(node, "description", path), reader.period(node, path)
    kinds = tuple(
        reader.each(
            node.get("kind"), (*path, "kind"), lambda one, at: reader.enum({"kind": one}, "kind", at, MarketKind, None)
        )
    )
    offering = tuple(reader.each(node.get("offering"), (*path, "offering"), reader.reference))
    return reader.build(path, lambda: Solution(code, name, description, kinds, offering, valid))


def write(one: Solution) -> Json:
    """A solution as a catalog document has it."""
    return known(
        code=one.code,
        name=one.name.to_json(),
        description=one.description.to_json(),
        kind=[kind.value for kind in one.kinds],
        offering=list(one.offering),
        validFor=period(one.valid),
    )
