"""What of the schema is a pure function of the catalog: a catalog object, the moment it is seen in, and the view on it.

Knows names of types and fields, by which the memo may keep what they wrote; must not know how they are written.
"""

from __future__ import annotations

from dataclasses import dataclass

from api.graphql.standing import NOT, OBJECTS


@dataclass(frozen=True, slots=True)
class Kind:
    """A type whose objects are kept: `core` is the attribute that holds the catalog's object, next to a `view`.

    Objects with the attribute `unless` set are not kept.
    """

    core: str
    unless: str | None = None


KINDS = {"ProductOffering": Kind("offering", unless="is_whole"), "Category": Kind("category_")}

# Fields of OBJECTS that depend on the channel, the place and the market of the view as well.
SITUATED = frozenset({"ProductOffering.isSellable", "ProductOffering.bundles", "Category.productOfferings"})
# With fewer fields than this, asking the memo costs more than writing.
FEWEST_FIELDS = 4


def is_pure(types: set[str], asked: set[str]) -> bool:
    return types <= OBJECTS and not asked & NOT


def is_situated(asked: set[str]) -> bool:
    return bool(asked & SITUATED)
