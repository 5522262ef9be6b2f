"""What is wrong with one version, and what a product manager should think about before its launch.

Knows which questions a single version is asked at its stage; must not know a rule, or where versions are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from catalog.errors import Problem
from catalog.lifecycle import LifecycleStatus
from catalog.linting import RULES, Severity, lint, readiness
from catalog.linting.engine import Linter
from catalog.linting.world import World, referred
from catalog.offering import Offering, RelationshipType

Versions = Mapping[str, Sequence[Offering]]
# kind of register → code → entry, as catalog.registry_store.load returns them.
Registers = Mapping[str, Mapping[str, Any]]


def named(one: Offering) -> list[str]:
    """The codes of all offerings that this one refers to."""
    return referred(one)


def problems(
    one: Offering, around: Versions, categories: Iterable[str], at: datetime, registers: Registers | None = None
) -> tuple[Problem, ...]:
    """What is wrong with the version at its stage. `around` has all versions of what it refers to, contains, requires.

    Paths lead into the offering. Without `registers`, what they hold is not judged.
    """
    newest = {code: versions[-1] for code, versions in around.items() if code != one.code}
    found = lint.check((), [one], known=newest, known_categories=categories)
    own = tuple(replace(problem, path=problem.path[2:]) for problem in found)
    if one.lifecycle_status is not LifecycleStatus.LAUNCHED:
        return (*own, *readiness.check(one, around, at))
    return (*own, *(problem for problem in _at_launch(one, around, at, registers) if _is_error(problem)))


def before_launch(
    one: Offering, versions: Versions, categories: Iterable[str], at: datetime, registers: Registers | None = None
) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """(What would stand against a launch at `at`, what else to think about), among all `versions` that are known."""
    around = reached(one, versions)
    start = max(one.valid.start or at, at)
    launched = replace(one, lifecycle_status=LifecycleStatus.LAUNCHED)
    advice = (problem for problem in _at_launch(launched, around, start, registers) if not _is_error(problem))
    return problems(launched, around, categories, start, registers), tuple(advice)


def _at_launch(one: Offering, around: Versions, at: datetime, registers: Registers | None) -> list[Problem]:
    """What lint finds at the instant of the launch, but for the structure."""
    judged = one if registers else replace(one, specification=None, characteristics=(), policy=())
    world = World(
        around,
        specifications=(registers or {}).get("specification", {}),
        policies=(registers or {}).get("policy", {}),
        channels=(registers or {}).get("channel", {}),
        places=(registers or {}).get("place", {}),
        is_whole=False,
    )
    return [problem for problem, since in Linter(world, at).reaching(judged, at) if since == at]


def _is_error(problem: Problem) -> bool:
    return RULES[problem.code].severity is Severity.ERROR


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
