"""What is wrong with one version, and what a product manager should think about before its launch.

Knows lint, readiness and advice for a single version among those around it; must not know where they are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from catalog import lint, readiness
from catalog.errors import Problem
from catalog.lifecycle import LifecycleStatus
from catalog.offering import Offering, RelationshipType
from catalog.price import PriceType
from catalog.text import Text

Versions = Mapping[str, Sequence[Offering]]


def named(one: Offering) -> list[str]:
    """The codes of all offerings that this one refers to."""
    template = [one.template] if one.template else []
    return [*(part.code for part in one.parts), *(relation.target for relation in one.relationships), *template]


def problems(one: Offering, around: Versions, categories: Iterable[str], at: datetime) -> tuple[Problem, ...]:
    """What is wrong with the version at its stage. `around` has all versions of what it refers to, contains, requires.

    Paths lead into the offering.
    """
    newest = {code: versions[-1] for code, versions in around.items() if code != one.code}
    found = lint.check((), [one], known=newest, known_categories=categories)
    own = (replace(problem, path=problem.path[2:]) for problem in found)
    return (*own, *readiness.check(one, around, at))


def before_launch(
    one: Offering, versions: Versions, categories: Iterable[str], at: datetime
) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """(What would stand against a launch at `at`, what else to think about), among all `versions` that are known."""
    around = reached(one, versions)
    start = max(one.valid.start or at, at)
    launched = replace(one, lifecycle_status=LifecycleStatus.LAUNCHED)
    sold = {code: known for code, found in around.items() for known in found if known.is_launched(start)}
    return problems(launched, around, categories, start), tuple(_advice(one, sold))


def reached(one: Offering, versions: Versions) -> Versions:
    """What the version refers to, and what that contains or requires, however deep."""
    found: dict[str, Sequence[Offering]] = {}
    waiting = named(one)
    while waiting:
        code = waiting.pop()
        if code in found or not versions.get(code):
            continue
        found[code] = versions[code]
        waiting += (part.code for known in versions[code] for part in known.parts)
        waiting += (
            relation.target
            for known in versions[code]
            for relation in known.relationships
            if relation.relationship_type is RelationshipType.REQUIRES
        )
    return found


def _advice(one: Offering, sold: Mapping[str, Offering]) -> Iterator[Problem]:
    if not one.category:
        yield Problem(
            ("category",), "NO_CATEGORY", Text("不在任何类目中", "stands in no category: nobody will browse to it")
        )
    for language, zh, en in (("zh", "中文", "Chinese"), ("en", "英文", "English")):
        if not getattr(one.talking_point, language):
            yield Problem(("talkingPoint", language), "NO_TALKING_POINT", Text(f"缺少{zh}话术", f"has none in {en}"))
    if not one.prices and not one.is_bundle:
        yield Problem(("productOfferingPrice",), "NO_PRICE", Text("没有价格", "has no price: it is free"))
    own, alone = _monthly(one), [(part, sold.get(part.code)) for part in one.parts if part.is_mandatory]
    apart = [(_monthly(known) or Decimal(0)) * part.default for part, known in alone if known]
    if own is not None and alone and len(apart) == len(alone) and own > sum(apart):
        zh, en = f"月费 {own} 高于成员单买合计 {sum(apart)}", f"costs {own} a month, its parts alone {sum(apart)}"
        yield Problem(("productOfferingPrice",), "DEARER_THAN_PARTS", Text(zh, en))


def _monthly(one: Offering) -> Decimal | None:
    """The monthly fee, None when it has none."""
    fees = [
        price.price.value
        for price in one.prices
        if price.price_type is PriceType.RECURRING and price.recurring_charge_period == "month" and price.price
    ]
    return sum(fees, Decimal(0)) if fees else None
