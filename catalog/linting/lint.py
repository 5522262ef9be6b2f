"""What must hold of a catalog file or an edit before it lands: references, circles, groups, lists.

Knows the whole set at once; must not know where it came from or what happens to it next. What holds only at some time,
and what is merely unwise, is catalog/linting's matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from catalog.customer import Attribute
from catalog.errors import Problem
from catalog.linting.cycles import circular
from catalog.linting.engine import CIRCLES
from catalog.linting.structure import structure, unknown
from catalog.offering import Category, Offering
from catalog.text import Text

# What a bundle may still lack while it is in design, as its groups and parts come one after another.
UNFINISHED = frozenset({"GROUP_TOO_SMALL", "GROUP_TOO_NARROW", "GROUP_EMPTY", "PART_NEVER_CHOSEN"})


def check(
    categories: Sequence[Category],
    offerings: Sequence[Offering],
    *,
    known: Mapping[str, Offering] | None = None,
    known_categories: Iterable[str] = (),
) -> tuple[Problem, ...]:
    """Every contradiction in what a file or an edit brings, given what is there: the offerings by code in their newest
    version, and the codes of the categories.

    Paths lead into the file: ("offerings", 3, "category", 0).
    """
    known = known or {}
    here = frozenset(offering.code for offering in offerings) | frozenset(known)
    there = frozenset(category.code for category in categories) | frozenset(known_categories)
    return (
        *_duplicates("categories", [category.code for category in categories]),
        *_duplicates("offerings", [offering.code for offering in offerings]),
        *_category_parents(categories, there),
        *(
            replace(problem, path=("offerings", at, *problem.path))
            for at, one in enumerate(offerings)
            for problem in structure(one, here, there)
            if problem.code not in UNWISE
        ),
        *(problem for key, targets in CIRCLES.items() for problem in _cycles(offerings, key, targets, known)),
    )


# What structure() finds beside contradictions; it keeps nothing from landing.
UNWISE = frozenset({"GROUP_EMPTY", "PART_NEVER_CHOSEN"})


def check_attributes(attributes: Sequence[Attribute], known: Mapping[str, Attribute]) -> tuple[Problem, ...]:
    """An attribute keeps its kind: what was imported under it could not be read as another."""
    return (
        *_duplicates("attributes", [one.code for one in attributes]),
        *(
            Problem(
                ("attributes", position, "kind"),
                "KIND_CHANGED",
                Text(f"已声明为 {known[one.code].kind}", f"is declared as {known[one.code].kind}; take another code"),
            )
            for position, one in enumerate(attributes)
            if one.code in known and known[one.code].kind != one.kind
        ),
    )


def _duplicates(key: str, codes: Sequence[str]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for position, code in enumerate(codes):
        if first.setdefault(code, position) != position:
            message = Text(
                f"代码 {code} 已在第 {first[code]} 项出现", f"the code {code} is already used by {key}[{first[code]}]"
            )
            yield Problem((key, position, "code"), "DUPLICATE_CODE", message)


def _category_parents(categories: Sequence[Category], there: frozenset[str]) -> Iterator[Problem]:
    circle = circular({one.code: [one.parent] if one.parent else [] for one in categories})
    for position, category in enumerate(categories):
        place = ("categories", position, "parent")
        if category.parent and category.parent not in there:
            yield unknown(place, "category", "类目", category.parent)
        if category.code in circle:
            yield Problem(place, "CYCLE", Text("类目形成环", "the category stands above itself"))


def _cycles(
    offerings: Sequence[Offering], key: str, edges: Callable[[Offering], list[str]], known: Mapping[str, Offering]
) -> Iterator[Problem]:
    circle = circular({one.code: edges(one) for one in (*known.values(), *offerings)})
    for position, one in enumerate(offerings):
        if one.code in circle:
            message = Text(f"{one.code} 经由自身的组成回到自身", f"{one.code} leads back to itself")
            yield Problem(("offerings", position, key), "CYCLE", message)
