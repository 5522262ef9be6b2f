"""What must hold between the offerings of a catalog: references, cycles, groups, dates.

Knows the whole set at once; must not know where it came from or what happens to it next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from catalog.customer import Attribute
from catalog.errors import Problem
from catalog.offering import Category, Offering, RelationshipType
from catalog.price import Scope
from catalog.text import Text

Graph = Mapping[str, Sequence[str]]
# What a bundle may still lack while it is in design, as its groups and parts come one after another.
UNFINISHED = frozenset({"GROUP_TOO_SMALL", "GROUP_TOO_NARROW"})


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
        *(problem for at, one in enumerate(offerings) for problem in _references(at, one, here, there)),
        *(problem for at, one in enumerate(offerings) for problem in _groups(at, one)),
        *(problem for at, one in enumerate(offerings) for problem in _own_lists(at, one)),
        *(problem for at, one in enumerate(offerings) for problem in _prices(at, one)),
        *_cycles(offerings, "bundledProductOffering", lambda one: [part.code for part in one.parts], known),
        *_cycles(offerings, "productOfferingRelationship", _requires, known),
    )


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


def _requires(offering: Offering) -> list[str]:
    """Only what is required without an alternative can close a cycle that nobody could enter."""
    groups = Counter(r.group for r in offering.relationships if r.relationship_type is RelationshipType.REQUIRES)
    return [
        r.target
        for r in offering.relationships
        if r.relationship_type is RelationshipType.REQUIRES and groups[r.group] == 1
    ]


def _duplicates(key: str, codes: Sequence[str]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for position, code in enumerate(codes):
        if first.setdefault(code, position) != position:
            message = Text(
                f"代码 {code} 已在第 {first[code]} 项出现", f"the code {code} is already used by {key}[{first[code]}]"
            )
            yield Problem((key, position, "code"), "DUPLICATE_CODE", message)


def _unknown(path: tuple[str | int, ...], what: str, zh: str, code: str) -> Problem:
    return Problem(path, "UNKNOWN_CODE", Text(f"没有代码为 {code} 的{zh}", f"there is no {what} with the code {code}"))


def _category_parents(categories: Sequence[Category], there: frozenset[str]) -> Iterator[Problem]:
    parents = {category.code: category.parent for category in categories}
    for position, category in enumerate(categories):
        if category.parent and category.parent not in there:
            yield _unknown(("categories", position, "parent"), "category", "类目", category.parent)
        above, seen = category.parent, {category.code}
        while above and above not in seen:
            seen.add(above)
            above = parents.get(above)
        if above == category.code:
            message = Text("类目形成环", "the category stands above itself")
            yield Problem(("categories", position, "parent"), "CYCLE", message)


def _references(at: int, one: Offering, here: frozenset[str], there: frozenset[str]) -> Iterator[Problem]:
    if one.template and one.template not in here:
        yield _unknown(("offerings", at, "template"), "offering", "产品", one.template)
    if one.template == one.code:
        message = Text("产品不能以自己为模板", "an offering is no template of itself")
        yield Problem(("offerings", at, "template"), "CYCLE", message)
    for position, code in enumerate(one.category):
        if code not in there:
            yield _unknown(("offerings", at, "category", position), "category", "类目", code)
    for position, part in enumerate(one.parts):
        if part.code not in here:
            yield _unknown(("offerings", at, "bundledProductOffering", position, "code"), "offering", "产品", part.code)
    for position, relation in enumerate(one.relationships):
        place = ("offerings", at, "productOfferingRelationship", position, "target")
        if relation.target not in here:
            yield _unknown(place, "offering", "产品", relation.target)
        if relation.target == one.code:
            yield Problem(place, "CYCLE", Text("产品不能与自己建立关系", "an offering has no relationship with itself"))


def _own_lists(at: int, one: Offering) -> Iterator[Problem]:
    """Codes that a version's own lists may hold only once."""
    lists: dict[str, list[object]] = {
        "productOfferingPrice": [price.code for price in one.prices],
        "productOfferingTerm": [term.code for term in one.terms],
        "bundledProductOffering": [part.code for part in one.parts],
        "bundledGroup": [group.code for group in one.groups],
        "channel": [use.channel for use in one.channel],
        "category": list(one.category),
        "productOfferingRelationship": [(r.relationship_type, r.target) for r in one.relationships],
    }
    for key, codes in lists.items():
        for position, code in enumerate(codes):
            if codes.index(code) != position:
                message = Text("在同一列表中重复", "stands in this list twice")
                yield Problem(("offerings", at, key, position), "DUPLICATE_CODE", message)


def _prices(at: int, one: Offering) -> Iterator[Problem]:
    """Terms and prices that a price names; what a bundle's discount counts may be its parts'."""
    terms = {term.code for term in one.terms}
    prices = {price.code for price in one.prices}
    for position, price in enumerate(one.prices):
        place = ("offerings", at, "productOfferingPrice", position)
        if price.term and price.term not in terms:
            yield _unknown((*place, "term"), "term of this offering", "本产品的条款", price.term)
        if price.scope is Scope.BILL or one.is_bundle:
            continue
        for number, code in enumerate(price.applies_to):
            if code not in prices:
                yield _unknown((*place, "appliesTo", number), "price of this offering", "本产品的价格", code)


def _groups(at: int, one: Offering) -> Iterator[Problem]:
    groups = {group.code: group for group in one.groups}
    for position, part in enumerate(one.parts):
        if part.group and part.group not in groups:
            path = ("offerings", at, "bundledProductOffering", position, "group")
            yield _unknown(path, "group of this bundle", "本捆绑包的分组", part.group)
    for position, group in enumerate(one.groups):
        inside = [part for part in one.parts if part.group == group.code]
        nested = [inner for inner in one.groups if inner.parent == group.code]
        place = ("offerings", at, "bundledGroup", position)
        if group.parent and group.parent not in groups:
            yield _unknown((*place, "parent"), "group of this bundle", "本捆绑包的分组", group.parent)
        if group.lower > len(inside) + len(nested):
            message = Text("分组里的成员不够选", f"asks for {group.lower} of the {len(inside) + len(nested)} it holds")
            yield Problem((*place, "lower"), "GROUP_TOO_SMALL", message)
        if group.upper is not None and sum(part.is_mandatory for part in inside) > group.upper:
            message = Text("必选成员多于上限", f"allows {group.upper}, yet more of its parts are mandatory")
            yield Problem((*place, "upper"), "GROUP_TOO_NARROW", message)


def _cycles(
    offerings: Sequence[Offering], key: str, edges: Callable[[Offering], list[str]], known: Mapping[str, Offering]
) -> Iterator[Problem]:
    graph = {one.code: edges(one) for one in (*known.values(), *offerings)}
    finished: set[str] = set()
    for position, one in enumerate(offerings):
        if _closes(one.code, graph, finished):
            message = Text(f"{one.code} 经由自身的组成回到自身", f"{one.code} leads back to itself")
            yield Problem(("offerings", position, key), "CYCLE", message)


def _closes(start: str, graph: Graph, finished: set[str]) -> bool:
    """Whether a walk from `start` comes back to `start`; an explicit stack, so depth costs no recursion."""
    stack, seen = list(graph.get(start, ())), set[str]()
    while stack:
        code = stack.pop()
        if code == start:
            return True
        if code in seen or code in finished:
            continue
        seen.add(code)
        stack.extend(graph.get(code, ()))
    finished.add(start)
    return False
