"""What befalls the demo's customers: everything that they take, are given, keep and leave.

Knows the story and its reasons; must not know files. Days are float32, counted from the beginning of the story.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from api.demo import chance
from api.demo.lines import STORY, Line
from api.demo.population import NEVER, Population

Array = npt.NDArray[Any]

VOLUNTARY, BUNDLE, GIFT, TRIAL = range(4)
GIFTED = 0.10
"""The share of people who are given something."""
GIFT_DAYS = np.float32(90)


class Rows(NamedTuple):
    """Products held, an array a column: `who` is a position in the population, `offering` and `bundle` (-1: none) in the
    catalog, `end` is +inf for what goes on, `used` is false for what nobody uses."""

    who: Array
    offering: Array
    start: Array
    end: Array
    origin: Array
    bundle: Array
    used: Array


class Forced(NamedTuple):
    """What a bundle or a gift put on each customer within one contest; `start` is +inf where nothing."""

    start: Array
    end: Array
    offering: Array
    bundle: Array


@dataclass(slots=True)
class Life:
    """All that happened to a population. `affinity`, `rate` (a day, at the end of the story) and `arrival` (+inf: not)
    have a row a line and a column a customer; `rate` is 0 where a line cannot be delivered."""

    lines: tuple[Line, ...]
    people: Population
    affinity: Array
    rate: Array
    arrival: Array
    forced: dict[str, Forced] = field(default_factory=dict)
    held: dict[int, list[Rows]] = field(default_factory=dict)

    def rows(self) -> Rows:
        """Everything, in the order of customer, offering and start."""
        everything = [rows for chunks in self.held.values() for rows in chunks]
        columns = Rows(*(np.concatenate(column) for column in zip(*everything, strict=True)))
        order = np.argsort((columns.who.astype(np.int64) * 4096 + columns.offering) * 16384 + columns.start.astype(np.int64))
        return Rows(*(column[order] for column in columns))

    def depth(self, line: int) -> Array:
        """How far up the ladder of a line each customer wants to be."""
        return 0.8 * self.affinity[line] + 0.5 * self.people.features.get("income", self.people.features.get("size", 0.0))

    def add(self, who: Array, offering: int, start: Array, end: Array, origin: int, bundle: Array | int, used: Array) -> None:
        full = [np.broadcast_to(np.asarray(one, dtype=np.int16), who.shape) for one in (offering, origin, bundle)]
        self.held.setdefault(offering, []).append(Rows(who, full[0], start, end, full[1], full[2], used))


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
            _unpack(rng, life, members)
            _give(rng, life)
        _impose(rng, life, name, members)
    return life


def window(life: Life, line: Line) -> tuple[Array, Array]:
    """(gate, until): from and before which day each customer could take the line; until ≤ gate where never."""
    people = life.people
    gate = np.maximum(people.joined, np.float32(max(line.launched, 0)))
    until = np.minimum(people.quiet, np.float32(min(line.retired, STORY)))
    if line.phone5g:
        gate = np.maximum(gate, people.phone5g)
    for start, end in prerequisites(life, line):
        gate, until = np.maximum(gate, start), np.minimum(until, end)
    return gate, until


def prerequisites(life: Life, line: Line) -> list[tuple[Array, Array]]:
    """For each group of alternatives that the line requires: since and until when one of them is held (+inf: never)."""
    return [_held(life, group) for group in line.requires]


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
        extra = np.maximum(gate, moment + low) + rng.standard_exponential(len(rate), dtype=np.float32) / (rate * times + 1e-12)
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
    pushed = rng.random(len(who), dtype=np.float32) * (np.exp(affinity) + chance.PUSH) < (0 if line.base else chance.PUSH)
    used = rng.random(len(who), dtype=np.float32) > np.where(pushed, 0.6, 0.02 if line.base else 0.06)
    trial = (rng.random(len(who), dtype=np.float32) < line.trial) & ~pushed
    kept = ~trial | (rng.random(len(who), dtype=np.float32) < chance.keeps_trial(affinity))
    pace = np.float32(365 / 0.13 / line.churn) * np.where(used, np.float32(1), np.float32(0.25)) * np.exp(0.2 * affinity)
    start = day + chance.TRIAL_DAYS * trial
    end = limit if line.base else np.minimum(start + rng.standard_exponential(len(who), dtype=np.float32) * pace, limit)
    end = _outlast(life, line, who, day, end)
    life.add(who[trial], line.offerings[0], day[trial], np.minimum(start, limit)[trial], TRIAL, -1, used[trial])
    kept &= (start < np.minimum(limit, STORY))
    _climb(rng, life, at, who[kept], start[kept], end[kept], used[kept])


def _outlast(life: Life, line: Line, who: Array, day: Array, end: Array) -> Array:
    """What was there before a bundle brought the same stays at least as long as the bundle."""
    forced = life.forced.get(line.contest)
    if forced is None:
        return end
    over = (day < forced.start[who]) & (end > forced.start[who])
    return np.where(over, np.maximum(end, forced.end[who]), end)


def _climb(rng: np.random.Generator, life: Life, at: int, who: Array, start: Array, end: Array, used: Array) -> None:
    """Enter the ladder at the step that fits, and go up as time passes; the step below ends when the next begins."""
    line = life.lines[at]
    if len(line.offerings) == 1:
        life.add(who, line.offerings[0], start, end, VOLUNTARY, -1, used)
        return
    steps, depth = len(line.offerings), life.depth(at)[who]
    step = (rng.random(len(who), dtype=np.float32) < chance.step_chances(depth, steps, line.base)).sum(axis=0)
    while len(who):
        up = _next_step(rng, life, line, who, start, depth, step)
        until = np.minimum(end, up)
        for each in range(steps):
            here = step == each
            life.add(who[here], line.offerings[each], start[here], until[here], VOLUNTARY, -1, used[here])
        on = up < np.minimum(end, np.minimum(life.people.quiet[who], STORY))
        who, start, end, used, depth, step = who[on], up[on], end[on], used[on], depth[on], step[on] + 1


def _next_step(
    rng: np.random.Generator, life: Life, line: Line, who: Array, start: Array, depth: Array, step: Array
) -> Array:
    """The day of going up, +inf when it does not come in the story."""
    steps, since = len(line.offerings), np.maximum(start, 0)
    up = chance.first(rng, chance.climb_rate(depth, step, steps, line.base).astype(np.float32), since, 0.0)
    if line.base:
        contract = life.people.contract_end[who]
        rate = chance.climb_rate_at_contract(depth, step, steps)
        extra = np.maximum(since, contract) + rng.standard_exponential(len(who), dtype=np.float32) / (rate + 1e-12)
        up = np.where(extra < contract + 60, np.minimum(up, extra), up)
    return np.where(up < np.minimum(life.people.quiet[who], STORY), up, NEVER).astype(np.float32)


def _unpack(rng: np.random.Generator, life: Life, bundles: list[int]) -> None:
    """Lay the parts of every bundle taken on its holder; the outermost bundle is the one that the parts name."""
    inner = {life.lines[at].offerings[0]: at for at in bundles}
    for at in bundles:
        for rows in list(life.held.get(life.lines[at].offerings[0], [])):
            if len(rows.who) and rows.origin[0] == VOLUNTARY:
                _open(rng, life, at, rows, inner, life.lines[at].offerings[0])


def _open(rng: np.random.Generator, life: Life, at: int, rows: Rows, inner: dict[int, int], outermost: int) -> None:
    line, everyone = life.lines[at], np.arange(len(rows.who))
    for part in line.parts:
        if part in inner:
            life.add(rows.who, part, rows.start, rows.end, BUNDLE, outermost, rows.used)
            _open(rng, life, inner[part], rows, inner, outermost)
        else:
            _lay(life, part, everyone, rows, outermost)
    for pick in line.picks:
        liking = np.stack([life.affinity[_line_of(life, part)][rows.who] for part in pick.offerings])
        ranks = (-(liking + rng.gumbel(size=liking.shape))).argsort(axis=0)[: pick.lower]
        for place, part in enumerate(pick.offerings):
            _lay(life, part, np.flatnonzero((ranks == place).any(axis=0)), rows, outermost)


def _line_of(life: Life, offering: int) -> int:
    return next(at for at, line in enumerate(life.lines) if offering in line.offerings)


def _lay(life: Life, part: int, which: Array, rows: Rows, bundle: int) -> None:
    forced = _forced(life, life.lines[_line_of(life, part)].contest)
    who = rows.who[which]
    forced.start[who], forced.end[who] = rows.start[which], rows.end[which]
    forced.offering[who], forced.bundle[who] = part, bundle


def _forced(life: Life, contest: str) -> Forced:
    n = life.people.size
    if contest not in life.forced:
        never = np.full(n, NEVER)
        life.forced[contest] = Forced(never, never.copy(), np.full(n, -1, np.int16), np.full(n, -1, np.int16))
    return life.forced[contest]


def _give(rng: np.random.Generator, life: Life) -> None:
    """A present of ninety days for some, unless a bundle brings the same."""
    gifts = [line for line in life.lines if line.gift]
    if not gifts:
        return
    people = life.people
    lucky = np.flatnonzero(rng.random(people.size) < GIFTED)
    which = rng.integers(0, len(gifts), len(lucky))
    day = rng.uniform(np.maximum(people.joined[lucky], 0), STORY).astype(np.float32)
    day = np.where(day < people.quiet[lucky], day, NEVER)
    for place, line in enumerate(gifts):
        forced = _forced(life, line.contest)
        chosen = which == place
        free = np.isinf(forced.start[lucky[chosen]]) & np.isfinite(day[chosen])
        who, start = lucky[chosen][free], day[chosen][free]
        forced.start[who], forced.end[who] = start, np.minimum(start + GIFT_DAYS, people.leaves[who])
        forced.offering[who] = line.offerings[0]


def _impose(rng: np.random.Generator, life: Life, contest: str, members: list[int]) -> None:
    """Write down what bundles and gifts brought, but for those who had the like of it already."""
    forced = life.forced.get(contest)
    if forced is None:
        return
    had = np.zeros(life.people.size, dtype=np.bool_)
    for rows in (rows for at in members for step in life.lines[at].offerings for rows in life.held.get(step, [])):
        had[rows.who[(rows.start < forced.start[rows.who]) & (rows.end > forced.start[rows.who])]] = True
    who = np.flatnonzero(np.isfinite(forced.start) & ~had)
    for offering in np.unique(forced.offering[who]).tolist():
        mine = who[forced.offering[who] == offering]
        used = rng.random(len(mine), dtype=np.float32) < chance.logistic(life.affinity[_line_of(life, offering)][mine] - 0.4)
        for origin, chosen in ((BUNDLE, forced.bundle[mine] >= 0), (GIFT, forced.bundle[mine] < 0)):
            some = mine[chosen]
            life.add(some, offering, forced.start[some], forced.end[some], origin, forced.bundle[some], used[chosen])


def _held(life: Life, alternatives: tuple[int, ...]) -> tuple[Array, Array]:
    """Since and until when each customer holds one of `alternatives` without a gap, what was taken voluntarily first."""
    n = life.people.size
    start, end = np.full(n, NEVER), np.full(n, -NEVER)
    for origin in (VOLUNTARY, BUNDLE):
        for line in life.lines:
            of_line = [offering for offering in line.offerings if offering in alternatives]
            rows = [rows for each in of_line for rows in life.held.get(each, []) if len(rows.who) and rows.origin[0] == origin]
            if rows:
                _merge(start, end, rows)
    return start, end


def _merge(start: Array, end: Array, chunks: list[Rows]) -> None:
    """Take one line's stay for those who have none yet."""
    first, last = np.full_like(start, NEVER), np.full_like(end, -NEVER)
    for rows in chunks:
        first[rows.who] = np.minimum(first[rows.who], rows.start)
        last[rows.who] = np.maximum(last[rows.who], rows.end)
    new = np.isinf(start) & np.isfinite(first)
    start[new], end[new] = first[new], last[new]
