"""Lint of a catalog: every rule asked of every version that is on its way or sold, now and at every coming change.

Knows which rules there are and when to ask them; must not know where a catalog comes from or who reads the findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from itertools import pairwise

from catalog.errors import Problem
from catalog.lifecycle import LifecycleStatus
from catalog.linting import bundles, ladder, money, policies, prices, registers, relations, texts, tree
from catalog.linting.codes import RULES
from catalog.linting.cycles import circular, leads_back
from catalog.linting.finding import Finding, Subject
from catalog.linting.structure import LISTS, structure
from catalog.linting.timed import Check, first_found
from catalog.linting.world import World, is_alive
from catalog.offering import Category, Offering, RelationshipType
from catalog.text import Text


def lint(world: World, at: datetime, codes: Iterable[str] | None = None) -> tuple[Finding, ...]:
    """Every finding on the offerings with these codes (None: on all, on ladders and categories too) as of `at`.

    What is right now and will be wrong later is found with the instant at which that begins.
    """
    linter = Linter(world, at)
    if codes is not None:
        return tuple(finding for code in codes for finding in linter.offering(code))
    return (*linter.offerings(), *linter.ladders(), *linter.categories())


@dataclass(frozen=True)
class Linter:
    """Lint of one world as of one instant."""

    world: World
    at: datetime

    def offerings(self) -> Iterator[Finding]:
        for code in self.world.versions:
            yield from self.offering(code)

    def offering(self, code: str, *, alone: bool = False) -> Iterator[Finding]:
        """What is wrong with each version that is not over, and between the versions; `alone` as for `version`."""
        versions = self.world.versions.get(code, ())
        for one in versions:
            if is_alive(one, self.at):
                yield from self.version(one, alone=alone)
            elif one.lifecycle_status in UNDER_WAY:
                zh, en = "有效期已结束", "its validity was over before it was launched"
                yield made(one, Problem(("validFor",), "VALIDITY_OVER", Text(zh, en)))
        if len(versions) > 1:
            yield from self._succession(versions)

    def version(self, one: Offering, *, alone: bool = False) -> Iterator[Finding]:
        """What is wrong with a version: as it is when it is launched, else as it would be at its launch.

        `alone` is for one version: it costs what this reaches, and says nothing of names that others have.
        """
        start = max(self.at, one.valid.start or self.at)
        for problem in self._structure(one, alone):
            yield made(one, problem, None if start == self.at else start)
        for problem, since in self.reaching(one, start):
            yield made(one, problem, None if since == self.at else since)

    def reaching(self, one: Offering, start: datetime) -> Iterator[tuple[Problem, datetime]]:
        """What is wrong with a version among those that it reaches, from when on; its structure apart."""
        world = self.world
        until = one.valid if one.lifecycle_status is LifecycleStatus.LAUNCHED else None
        for problems in (
            texts.own(one, world),
            prices.own(one, world),
            money.own(one, world, start),
            ladder.own(one),
            relations.own(one, world),
            registers.own(one, world),
        ):
            yield from ((problem, start) for problem in problems)
        for make in TIMED:
            yield from first_found(make(one, world), start, until)

    def ladders(self) -> Iterator[Finding]:
        for steps in ladder.ladders(self.world, self.at).values():
            for one, problem in ladder.problems(steps):
                yield made(one, problem)

    def categories(self) -> Iterator[Finding]:
        for category, problem in tree.problems(self.world, self.at):
            yield of_category(category, problem)

    def _structure(self, one: Offering, alone: bool) -> Iterator[Problem]:
        world = self.world
        yield from structure(one, world.versions, world.categories)
        for key, targets in CIRCLES.items():
            if self._is_circular(one, key, targets, alone):
                message = Text(f"{one.code} 经由自身的组成回到自身", f"{one.code} leads back to itself")
                yield Problem((key,), "CYCLE", message)
        if not alone:
            yield from texts.twins(one, self._names, self.at)

    def _is_circular(self, one: Offering, key: str, targets: Targets, alone: bool) -> bool:
        if alone:
            return leads_back(one.code, partial(_targets, one, targets, self.world))
        return one.code in self._circles[key]

    def _succession(self, versions: Iterable[Offering]) -> Iterator[Finding]:
        """Launched versions follow each other without overlapping, and better without a gap."""
        launched = [one for one in versions if one.lifecycle_status is LifecycleStatus.LAUNCHED]
        launched.sort(key=lambda one: (one.valid.start is not None, one.valid.start))
        for before, after in pairwise(launched):
            if not is_alive(after, self.at):
                continue
            if before.valid.overlaps(after.valid):
                zh, en = f"与版本 {before.version} 的有效期重叠", f"is in force together with version {before.version}"
                yield made(after, Problem(("validFor",), "OVERLAPPING_VALIDITY", Text(zh, en)))
            elif before.valid.end != after.valid.start and is_alive(before, self.at):
                zh = f"版本 {before.version} 结束后到本版本开始前停售"
                en = f"version {before.version} ends before this one begins"
                yield made(after, Problem(("validFor",), "VALIDITY_GAP", Text(zh, en)), before.valid.end)

    @cached_property
    def _names(self) -> texts.Names:
        return texts.names(self.world, self.at)

    @cached_property
    def _circles(self) -> dict[str, frozenset[str]]:
        newest = {code: versions[-1] for code, versions in self.world.versions.items() if versions}
        return {key: circular({code: targets(one) for code, one in newest.items()}) for key, targets in CIRCLES.items()}


UNDER_WAY = frozenset(
    {LifecycleStatus.IN_STUDY, LifecycleStatus.IN_DESIGN, LifecycleStatus.IN_TEST, LifecycleStatus.ACTIVE}
)
TIMED: tuple[Callable[[Offering, World], Iterator[Check]], ...] = (
    bundles.checks,
    relations.checks,
    money.checks,
    policies.checks,
    registers.checks,
)


def _targets(one: Offering, targets: Targets, world: World, code: str) -> list[str]:
    known = one if code == one.code else world.newest(code)
    return targets(known) if known else []


def sole_requirements(one: Offering) -> list[str]:
    """Only what is required without an alternative can close a circle that nobody could enter."""
    required = [r for r in one.relationships if r.relationship_type is RelationshipType.REQUIRES]
    groups = [relation.group for relation in required]
    return [relation.target for relation in required if groups.count(relation.group) == 1]


def contained(one: Offering) -> list[str]:
    return [part.code for part in one.parts]


Targets = Callable[[Offering], list[str]]
# What closes a circle, by the list that its links stand in.
CIRCLES: dict[str, Targets] = {
    "bundledProductOffering": contained,
    "productOfferingRelationship": sole_requirements,
}


def made(one: Offering, problem: Problem, since: datetime | None = None) -> Finding:
    """A problem of a version as a finding."""
    rule = RULES[problem.code]
    return Finding(
        rule.severity,
        problem.code,
        Subject.OFFERING,
        one.code,
        problem.path,
        problem.message,
        rule.remedy,
        one.version,
        one.lifecycle_status,
        since,
        _by_code(one, problem.path),
    )


def of_category(category: Category, problem: Problem) -> Finding:
    rule = RULES[problem.code]
    about = (Subject.CATEGORY, category.code, problem.path, problem.message, rule.remedy)
    return Finding(rule.severity, problem.code, *about, entry=problem.path)


def _by_code(one: Offering, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The path with the code of an entry in the place of its position."""
    if len(path) < 2 or not isinstance(path[1], int) or not isinstance(path[0], str) or path[0] not in LISTS:
        return path
    codes = LISTS[path[0]](one)
    return (path[0], codes[path[1]] if path[1] < len(codes) else path[1], *path[2:])
