"""Whether anybody at all can fulfil the policies of an offering together with those of its mandatory parts.

Knows conditions and the facts that have one value at a time; must not know a customer. It searches for a contradiction
and says nothing where it finds none: facts of markets, tags and what is held are taken to be possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from catalog.errors import Problem
from catalog.linting.bundles import Brought, depth_edges
from catalog.linting.timed import Check as TimedCheck
from catalog.linting.world import World
from catalog.market import within
from catalog.offering import Offering
from catalog.policies.condition import (
    CHANNEL,
    MARKET,
    WORDS_OF,
    AllOf,
    AnyOf,
    Check,
    Condition,
    FactKind,
    Not,
    Operator,
    Value,
    kind_of,
)
from catalog.text import Text

# Conditions with more alternatives than this are taken to be possible.
MOST_TRIES = 500


def checks(one: Offering, world: World) -> Iterator[TimedCheck]:
    if not (one.policy or one.parts) or not world.policies:
        return
    edges = {edge for policy in world.policies.values() for edge in policy.valid.boundaries()}
    yield TimedCheck(edges | depth_edges(one, world), partial(_found, one, world))


def _found(one: Offering, world: World, at: datetime) -> Iterator[Problem]:
    channels = tuple(use.channel for use in one.channel if use.valid.contains(at))
    open_in: list[Condition] = [Check(CHANNEL, Operator.IN, channels)] if channels else []
    own = _conditions(one, world, at)
    if own and not possible([*open_in, *own]):
        zh, en = "没有客户能同时满足这些策略", "nobody can fulfil its policies together in any of its channels"
        yield Problem(("policy",), "POLICY_UNSATISFIABLE", Text(zh, en))
        return
    brought = Brought(one, world, at)
    for code, version in brought.versions.items():
        position = brought.through[code]
        theirs = _conditions(version, world, at) if position is not None else []
        if theirs and not possible([*open_in, *own, *theirs]):
            zh = f"没有客户能同时满足捆绑包与必选成员 {code} 的策略"
            en = f"nobody can fulfil the policies of the bundle together with those of {code}, which is mandatory"
            yield Problem(("bundledProductOffering", position or 0, "code"), "POLICY_UNSATISFIABLE", Text(zh, en))


def _conditions(one: Offering, world: World, at: datetime) -> list[Condition]:
    policies = (world.policies.get(code) for code in one.policy)
    return [policy.condition for policy in policies if policy and policy.valid.contains(at)]


@dataclass(frozen=True, slots=True)
class Room:
    """What one fact may still be: one of `values` (None: anything), none of `shut`, between the bounds, in a place."""

    values: frozenset[Value] | None = None
    shut: frozenset[Value] = frozenset()
    low: float | None = None
    high: float | None = None
    places: tuple[str, ...] | None = None

    def is_empty(self) -> bool:
        if self.low is not None and self.high is not None and self.low > self.high:
            return True
        if self.places == ():
            return True
        return self.values is not None and not any(map(self._allows, self.values - self.shut))

    def _allows(self, value: Value) -> bool:
        if not isinstance(value, int | float) or isinstance(value, bool):
            return True
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(slots=True)
class _Tries:
    left: int = field(default=MOST_TRIES)


def possible(conditions: Sequence[Condition]) -> bool:
    """Whether all of the conditions can hold of one customer; True as well when that takes too long to say."""
    return _possible(list(conditions), {}, _Tries())


def _possible(todo: list[Condition], rooms: Mapping[str, Room], tries: _Tries) -> bool:
    tries.left -= 1
    if tries.left < 0 or not todo:
        return True
    first, rest = todo[0], todo[1:]
    if isinstance(first, Not):
        first = _inside_out(first.condition)
    if isinstance(first, AllOf):
        return _possible([*first.conditions, *rest], rooms, tries)
    if isinstance(first, AnyOf):
        return any(_possible([branch, *rest], rooms, tries) for branch in first.conditions)
    denied = isinstance(first, Not)
    check = first.condition if isinstance(first, Not) else first
    if not isinstance(check, Check) or not _is_single(check):
        return _possible(rest, rooms, tries)
    fresh = Room(WORDS_OF.get(check.fact))
    room = _narrowed(rooms.get(check.fact, fresh), check, denied)
    return not room.is_empty() and _possible(rest, {**rooms, check.fact: room}, tries)


def _inside_out(condition: Condition) -> Condition:
    """`not condition`, the negation moved down to single checks."""
    if isinstance(condition, Not):
        return condition.condition
    if isinstance(condition, AllOf):
        return AnyOf(tuple(Not(one) for one in condition.conditions))
    if isinstance(condition, AnyOf):
        return AllOf(tuple(Not(one) for one in condition.conditions))
    return Not(condition)


def _is_single(check: Check) -> bool:
    """Whether a customer has one value of it at a time; of markets he may belong to several."""
    kind = kind_of(check.fact)
    dated = not all(isinstance(bound, int | float) for bound in (check.low, check.high) if bound is not None)
    return not check.fact.startswith(MARKET) and kind is not FactKind.WORDS and not dated and check.operator != "days"


def _narrowed(room: Room, check: Check, denied: bool) -> Room:
    if check.operator in (Operator.EQ, Operator.IN):
        values = frozenset(check.values)
        if denied:
            return replace(room, shut=room.shut | values)
        return replace(room, values=values if room.values is None else room.values & values)
    if denied:
        return room
    if check.operator is Operator.WITHIN:
        wanted = tuple(place for place in check.values if isinstance(place, str))
        return replace(room, places=wanted if room.places is None else tuple(_common(room.places, wanted)))
    lows = [bound for bound in (room.low, check.low) if isinstance(bound, int | float)]
    highs = [bound for bound in (room.high, check.high) if isinstance(bound, int | float)]
    return replace(room, low=max(lows, default=None), high=min(highs, default=None))


def _common(one: Sequence[str], other: Sequence[str]) -> Iterator[str]:
    """The places that lie in one of each."""
    for left in one:
        for right in other:
            if within(left, right):
                yield left
            elif within(right, left):
                yield right
