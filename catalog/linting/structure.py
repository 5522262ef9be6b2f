"""Whether an offering's own references, lists and groups hold together.

Knows one version and which codes there are; must not know dates, prices in force, or the versions of others. Paths lead
into the offering.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping

from catalog.bundle import BundleGroup, BundlePart
from catalog.errors import Problem
from catalog.offering import Offering
from catalog.price import Scope
from catalog.text import Text

Path = tuple[str | int, ...]


def unknown(path: Path, what: str, zh: str, code: str) -> Problem:
    return Problem(path, "UNKNOWN_CODE", Text(f"没有代码为 {code} 的{zh}", f"there is no {what} with the code {code}"))


def structure(one: Offering, offerings: Container[str], categories: Container[str]) -> Iterator[Problem]:
    """Everything below, given which codes of offerings and categories there are."""
    yield from references(one, offerings, categories)
    yield from groups(one)
    yield from limits(one)
    yield from own_lists(one)
    yield from price_references(one)


def references(one: Offering, offerings: Container[str], categories: Container[str]) -> Iterator[Problem]:
    if one.template and one.template not in offerings:
        yield unknown(("template",), "offering", "产品", one.template)
    if one.template == one.code:
        yield Problem(("template",), "CYCLE", Text("产品不能以自己为模板", "an offering is no template of itself"))
    for position, code in enumerate(one.category):
        if code not in categories:
            yield unknown(("category", position), "category", "类目", code)
    for position, part in enumerate(one.parts):
        if part.code not in offerings:
            yield unknown(("bundledProductOffering", position, "code"), "offering", "产品", part.code)
    for position, relation in enumerate(one.relationships):
        place = ("productOfferingRelationship", position, "target")
        if relation.target not in offerings:
            yield unknown(place, "offering", "产品", relation.target)
        if relation.target == one.code:
            yield Problem(place, "CYCLE", Text("产品不能与自己建立关系", "an offering has no relationship with itself"))
    if one.trial and one.trial.to and one.trial.to not in offerings:
        yield unknown(("trial", "to"), "offering", "产品", one.trial.to)


# What each entry of a list is known by; no two entries of one list share it.
LISTS: Mapping[str, Callable[[Offering], list[str]]] = {
    "productOfferingPrice": lambda one: [price.code for price in one.prices],
    "productOfferingTerm": lambda one: [term.code for term in one.terms],
    "bundledProductOffering": lambda one: [part.code for part in one.parts],
    "bundledGroup": lambda one: [group.code for group in one.groups],
    "channel": lambda one: [use.channel for use in one.channel],
    "category": lambda one: list(one.category),
    "productOfferingRelationship": lambda one: [f"{r.relationship_type} {r.target}" for r in one.relationships],
    "prodSpecCharValueUse": lambda one: [use.name for use in one.characteristics],
    "place": lambda one: list(one.place),
    "marketSegment": lambda one: list(one.market_segment),
    "policy": lambda one: list(one.policy),
    "allowedAction": lambda one: list(one.allowed_action),
}


def own_lists(one: Offering) -> Iterator[Problem]:
    """Codes that a version's own lists may hold only once."""
    for key, keys in LISTS.items():
        codes = keys(one)
        if len(codes) < 2 or len(set(codes)) == len(codes):
            continue
        for position, code in enumerate(codes):
            if codes.index(code) != position:
                yield Problem((key, position), "DUPLICATE_CODE", Text("在同一列表中重复", "stands in this list twice"))


def price_references(one: Offering) -> Iterator[Problem]:
    """Terms and prices that a price names; what a bundle's discount counts may be its parts'."""
    terms = {term.code for term in one.terms}
    prices = {price.code for price in one.prices}
    for position, price in enumerate(one.prices):
        place = ("productOfferingPrice", position)
        if price.term and price.term not in terms:
            yield unknown((*place, "term"), "term of this offering", "本产品的条款", price.term)
        if price.scope is Scope.BILL or one.is_bundle:
            continue
        for number, code in enumerate(price.applies_to):
            if code not in prices:
                yield unknown((*place, "appliesTo", number), "price of this offering", "本产品的价格", code)


def limits(one: Offering) -> Iterator[Problem]:
    for position, part in enumerate(one.parts):
        if part.upper == 0:
            message = Text(f"{part.code} 的上限为 0", f"{part.code} may be chosen 0 times")
            yield Problem(("bundledProductOffering", position, "upper"), "PART_NEVER_CHOSEN", message)


def groups(one: Offering) -> Iterator[Problem]:
    """The limits of a bundle's parts are authoritative; those of its groups fit inside them."""
    if not one.groups and not any(part.group for part in one.parts):
        return
    known = {group.code: group for group in one.groups}
    for position, part in enumerate(one.parts):
        if part.group and part.group not in known:
            yield unknown(
                ("bundledProductOffering", position, "group"), "group of this bundle", "本捆绑包的分组", part.group
            )
    tree = GroupTree(one)
    for position, group in enumerate(one.groups):
        place = ("bundledGroup", position)
        if group.parent and group.parent not in known:
            yield unknown((*place, "parent"), "group of this bundle", "本捆绑包的分组", group.parent)
        elif tree.is_circular(group):
            yield Problem((*place, "parent"), "CYCLE", Text("分组位于自身之内", "the group stands inside itself"))
        else:
            yield from _limits(group, tree, place)


def _limits(group: BundleGroup, tree: GroupTree, place: Path) -> Iterator[Problem]:
    most, least = tree.choosable(group), tree.forced(group)
    if group.lower > most:
        message = Text(
            f"至少选 {group.lower} 个，但只有 {most} 个可选", f"asks for {group.lower} of the {most} it holds"
        )
        yield Problem((*place, "lower"), "GROUP_TOO_SMALL", message)
    if group.upper is not None and least > group.upper:
        zh = f"至多选 {group.upper} 个，但有 {least} 个必选"
        en = f"allows {group.upper}, yet more of its parts are mandatory ({least})"
        yield Problem((*place, "upper"), "GROUP_TOO_NARROW", Text(zh, en))
    if not most:
        yield Problem(place, "GROUP_EMPTY", Text("分组内没有可选成员", "holds nothing that could be chosen"))


class GroupTree:
    """The groups of a bundle with what stands in each."""

    def __init__(self, one: Offering) -> None:
        self._groups = {group.code: group for group in one.groups}
        self._parts: dict[str, list[BundlePart]] = {}
        self._nested: dict[str, list[BundleGroup]] = {}
        for part in one.parts:
            if part.group:
                self._parts.setdefault(part.group, []).append(part)
        for group in one.groups:
            if group.parent:
                self._nested.setdefault(group.parent, []).append(group)

    def is_circular(self, group: BundleGroup) -> bool:
        seen, above = set[str](), group.parent
        while above and above not in seen:
            seen.add(above)
            found = self._groups.get(above)
            above = found.parent if found else None
        return group.code in seen or (above is not None and above in seen)

    def choosable(self, group: BundleGroup) -> int:
        """How many of its members could be chosen at all; a nested group counts as one."""
        parts = sum(part.upper != 0 for part in self._parts.get(group.code, ()))
        return parts + sum(inner.upper != 0 and self.choosable(inner) > 0 for inner in self._nested.get(group.code, ()))

    def forced(self, group: BundleGroup) -> int:
        """How many of its members are chosen in any case."""
        parts = sum(part.is_mandatory for part in self._parts.get(group.code, ()))
        return parts + sum(inner.lower > 0 or self.forced(inner) > 0 for inner in self._nested.get(group.code, ()))


def forced_parts(one: Offering) -> list[str]:
    """The parts that whoever takes the bundle takes: the mandatory ones, and those of groups that leave no choice."""
    tight = set[str]()
    if one.groups:
        tree = GroupTree(one)
        sound = (group for group in one.groups if group.lower and not tree.is_circular(group))
        tight = {group.code for group in sound if group.lower >= tree.choosable(group)}
    return [part.code for part in one.parts if part.is_mandatory or (part.group in tight and part.upper != 0)]
