"""What people read of an offering, and whether they find it: names, talking points, categories, a price at all.

Knows texts and places in the tree; must not know who reads them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

from catalog.errors import Problem
from catalog.lifecycle import LifecycleStatus
from catalog.linting.world import World, is_alive
from catalog.offering import Offering
from catalog.text import Text

SPOKEN = (("zh", "中文", "Chinese"), ("en", "英文", "English"))
Names = Mapping[tuple[str, str], frozenset[str]]


def own(one: Offering, world: World) -> Iterator[Problem]:
    if not one.category:
        yield Problem(
            ("category",), "NO_CATEGORY", Text("不在任何类目中", "stands in no category: nobody will browse to it")
        )
    for language, zh, en in SPOKEN:
        if not getattr(one.name, language):
            yield Problem(("name", language), "NO_NAME", Text(f"缺少{zh}名称", f"has none in {en}"))
        if not getattr(one.talking_point, language):
            yield Problem(("talkingPoint", language), "NO_TALKING_POINT", Text(f"缺少{zh}话术", f"has none in {en}"))
    if not one.prices and not one.parts:
        yield Problem(("productOfferingPrice",), "NO_PRICE", Text("没有价格", "has no price: it is free"))
    if world.is_whole and not one.is_sellable and one.code not in world.parts_of_bundles:
        zh, en = "不可单独销售，也不在任何捆绑包中", "is not sold by itself and stands in no bundle"
        yield Problem(("isSellable",), "NOBODY_MAY_BUY", Text(zh, en))


def names(world: World, at: datetime) -> Names:
    """(language, name) → the items that are called so, when there are several; copies of a template are one item."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in world.alive(at):
        if one.lifecycle_status is LifecycleStatus.LAUNCHED:
            for language, _, _ in SPOKEN:
                if name := getattr(one.name, language):
                    found[language, name].add(one.item)
    return {name: frozenset(items) for name, items in found.items() if len(items) > 1}


def twins(one: Offering, shared: Names, at: datetime) -> Iterator[Problem]:
    if not is_alive(one, at) or not shared:
        return
    for language, _, _ in SPOKEN:
        others = shared.get((language, getattr(one.name, language) or ""), frozenset()) - {one.item}
        if others:
            named = ", ".join(sorted(others)[:3])
            yield Problem(("name", language), "SAME_NAME", Text(f"与 {named} 同名", f"is called like {named}"))
