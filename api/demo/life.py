"""What befalls the demo's customers: what they take, try, keep, climb and leave.

Knows the story and its reasons; must not know files. Days are float32, counted from the beginning of the story.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from api.demo import chance
from api.demo.forced import give, impose, unpack
from api.demo.ledger import TRIAL, VOLUNTARY, Life, prerequisites, window
from api.demo.lines import STORY, Line
from api.demo.population import NEVER, Population

Array = npt.NDArray[Any]


def contests(lines: tuple[Line, ...]) -> Iterator[tuple[str, list[int]]]:
    """Lines of which a customer holds one at a time, in the order in which they are decided."""
    found: dict[str, list[int]] = {}
    for position, line in enumerate(lines):
        found.setdefault(line.contest, []).append(position)
    yield from found.items()


def live(rng: np.random.Generator, lines: tuple[Line, ...], people: Population) -> Life:
    """Tell the story of `people`, by `rng` alone."""
    affinity = np.stack([people.loading(line.appetite) for line in lines])
    rate = np.stack([_rate(line, people, drawn) for line, drawn in zip(lines, affinity, strict=True)])
    life = Life(lines, people, affinity, rate, np.full_like(rate, np.inf))
    for name, members in contests(lines):
        _decide(rng, life, name, members)
        if name == "bundle":
            unpack(rng, life, members)
            give(rng, life)
        impose(rng, life, name, members)
    return life


def moment_of(line: Line, people: Population) -> Array | None:
    """The day of the moment that makes the line more likely, if one does: +inf or NaN where there is none."""
    if line.moment is None:
        return None
    return people.phone5g if line.moment == "device" else people.contract_end


def _rate(line: Line, people: Population, affinity: Array) -> Array:
    rate = np.float32(line.uptake / 365) * (np.exp(np.minimum(affinity, 3)) + np.float32(chance.PUSH))
    return rate if line.where is None else rate * people.features[line.where]


def _decide(rng: np.random.Generator, life: Life, name: str, members: list[int]) -> None:
    days = np.stack([_arrival(rng, life, life.lines[at], life.rate[at]) for at in members])
    if len(members) > 1:
        days[np.arange(len(members))[:, None] != days.argmin(axis=0)] = np.inf
    for at, day in zip(members, days, strict=True):
        life.arrival[at] = day
        _take(rng, life, at, np.flatnonzero(day < STORY))


def _arrival(rng: np.random.Generator, life: Life, line: Line, rate: Array) -> Array:
    if line.base:
        return life.people.joined.copy()
    gate, until = window(life, line)
    day = chance.first(rng, rate, gate, line.trend)
    moment = moment_of(line, life.people)
    if moment is not None and line.moment is not None:
        low, high, times = chance.MOMENTS[line.moment]
        extra = np.maximum(gate, moment + low) + rng.standard_exponential(len(rate), dtype=np.float32) / (
            rate * times + 1e-12
        )
        day = np.where(extra < moment + high, np.minimum(day, extra), day)
    forced = life.forced.get(line.contest)
    if forced is not None:
        inside = np.flatnonzero((day >= forced.start) & (day < forced.end))
        day[inside] = chance.first(rng, rate[inside], forced.end[inside], line.trend)
    return np.where(day < until, day, NEVER)


def _take(rng: np.random.Generator, life: Life, at: int, who: Array) -> None:
    """A line's newcomers: a trial for some, then voluntarily until they leave it."""
    line, people = life.lines[at], life.people
    day, affinity = life.arrival[at][who], life.affinity[at][who]
    limit = people.leaves[who]
    for _, until in prerequisites(life, line):
        limit = np.minimum(limit, until[who])
    pushed = rng.random(len(who), dtype=np.float32) * (np.exp(affinity) + chance.PUSH) < (
        0 if line.base else chance.PUSH
    )
    used = rng.random(len(who), dtype=np.float32) > np.where(pushed, 0.6, 0.02 if line.base else 0.1)
    trial = (rng.random(len(who), dtype=np.float32) < line.trial) & ~pushed
    kept = ~trial | (rng.random(len(who), dtype=np.float32) < chance.keeps_trial(affinity))
    pace = (
        np.float32(365 / 0.13 / line.churn) * np.where(used, np.float32(1), np.float32(0.25)) * np.exp(0.2 * affinity)
    )
    start = day + chance.TRIAL_DAYS * trial
    end = limit if line.base else np.minimum(start + rng.standard_exponential(len(who), dtype=np.float32) * pace, limit)
    end = _outlast(life, line, who, day, end)
    depth = life.depth(at)[who]
    step = (rng.random(len(who), dtype=np.float32) < chance.step_chances(depth, len(line.offerings), line.base)).sum(
        axis=0
    )
    _at_step(life, line, step[trial], who[trial], day[trial], np.minimum(start, limit)[trial], TRIAL, used[trial])
    kept &= start < np.minimum(limit, STORY)
    _climb(rng, life, line, *(column[kept] for column in (who, start, end, used, depth, step)))


def _outlast(life: Life, line: Line, who: Array, day: Array, end: Array) -> Array:
    """What was there before a bundle brought the same stays at least as long as the bundle."""
    forced = life.forced.get(line.contest)
    if forced is None:
        return end
    over = (day < forced.start[who]) & (end > forced.start[who])
    return np.where(over, np.maximum(end, forced.end[who]), end)


def _at_step(
    life: Life, line: Line, step: Array, who: Array, start: Array, end: Array, origin: int, used: Array
) -> None:
    for each, offering in enumerate(line.offerings):
        here = step == each
        life.add(who[here], offering, start[here], end[here], origin, -1, used[here])


def _climb(
    rng: np.random.Generator,
    life: Life,
    line: Line,
    who: Array,
    start: Array,
    end: Array,
    used: Array,
    depth: Array,
    step: Array,
) -> None:
    """Go up the ladder as time passes; the step below ends when the next begins."""
    while len(who):
        up = _next_step(rng, life, line, who, start, depth, step)
        _at_step(life, line, step, who, start, np.minimum(end, up), VOLUNTARY, used)
        on = up < end
        who, start, end, used, depth, step = who[on], up[on], end[on], used[on], depth[on], step[on] + 1


def _next_step(
    rng: np.random.Generator, life: Life, line: Line, who: Array, start: Array, depth: Array, step: Array
) -> Array:
    """The day of going up, +inf when it does not come in the story."""
    steps, since = len(line.offerings), np.maximum(start, 0)
    if steps == 1:
        return np.full(len(who), NEVER)
    up = chance.first(rng, chance.climb_rate(depth, step, steps, line.base).astype(np.float32), since, 0.0)
    if line.base:
        contract = life.people.contract_end[who]
        rate = chance.climb_rate_at_contract(depth, step, steps)
        extra = np.maximum(since, contract) + rng.standard_exponential(len(who), dtype=np.float32) / (rate + 1e-12)
        up = np.where(extra < contract + 60, np.minimum(up, extra), up)
    return np.where(up < np.minimum(life.people.quiet[who], STORY), up, NEVER).astype(np.float32)
