"""The tree of categories: nothing above itself, nothing below what is not there, nothing without an offering.

Knows categories; must not know offerings but by the categories that they stand in.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from catalog.errors import Problem
from catalog.linting.cycles import circular
from catalog.linting.structure import unknown
from catalog.linting.world import World
from catalog.offering import Category
from catalog.text import Text


def problems(world: World, at: datetime) -> Iterator[tuple[Category, Problem]]:
    categories = world.categories
    circle = circular({code: [one.parent] if one.parent else [] for code, one in categories.items()})
    filled = _filled(world, at)
    for code, one in categories.items():
        above = categories.get(one.parent or "")
        if one.parent and above is None:
            yield one, unknown(("parent",), "category", "类目", one.parent)
        if code in circle:
            yield one, Problem(("parent",), "CYCLE", Text("类目形成环", "the category stands above itself"))
        elif above and one.valid.contains(at) and not above.valid.contains(at):
            zh, en = f"上级类目 {above.code} 已失效", f"{above.code} above it does not hold: nobody can walk down to it"
            yield one, Problem(("parent",), "OUT_OF_DATE", Text(zh, en))
        if one.valid.contains(at) and code not in filled:
            zh, en = "类目及其下级没有在售产品", "no offering that is sold stands in it or below it"
            yield one, Problem((), "CATEGORY_EMPTY", Text(zh, en))


def _filled(world: World, at: datetime) -> set[str]:
    """The categories with an offering in force in or below them."""
    found = set[str]()
    for code in world.versions:
        one = world.sold(code, at)
        for category in one.category if one else ():
            above: str | None = category
            while above and above not in found:
                found.add(above)
                known = world.categories.get(above)
                above = known.parent if known else None
    return found
