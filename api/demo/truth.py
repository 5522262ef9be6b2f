"""The truth about the demo operator: with what probability each customer takes each item next.

Knows the needs and laws that made the operator up, which no model may see; must not know how anybody estimates them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from api.demo import block, catalog, chance
from api.demo.data import load
from api.demo.ledger import TRIAL, VOLUNTARY, Life, prerequisites
from api.demo.life import contests, moment_of
from api.demo.lines import STORY, Line

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Truth:
    """For a block of customers, people first: `probability[c, i]` is the chance that customer c takes item i of their
    own will within the window, given all that had happened before it. float32, (customers, items); 0 for what is held
    or cannot be taken; NaN for customers whose story is written by hand. `segments` has "" for enterprises.
    """

    customers: tuple[str, ...]
    items: tuple[str, ...]
    segments: tuple[str, ...]
    probability: npt.NDArray[np.float32]


def truth(*, customers: int, seed: int, until: date, at: date | None = None, days: int = 90) -> Iterator[Truth]:
    """Block by block, for the `days` that follow `at`; by default these are the last before `until`.

    `customers`, `seed` and `until` are those of `write_files`. A new phone is known once it is there, a contract's end
    always, a customer from the day of joining.
    Left out, as too rare to matter: two steps up, or a prerequisite and what needs it, within one window.
    """
    since = float(STORY - (until - at).days if at else STORY - days)
    around = block.world(seed, until)
    names = [one["code"] for one in load("population")["segments"]]
    told = {story["customer"] for story in load("stories")}
    for number in block.blocks(customers):
        made = block.generate(around, number, customers)
        people, firms = made.people.people, made.firms.people
        numbers = np.r_[people.number, firms.number].tolist()
        chances = np.concatenate([_chances(made.people, since, days), _chances(made.firms, since, days)])
        chances[[place for place, one in enumerate(numbers) if one in told]] = np.nan
        segments = [names[at] for at in people.traits["segment"].tolist()] + [""] * firms.size
        yield Truth(tuple(f"C{one:07}" for one in numbers), catalog.codes(), tuple(segments), chances)


def _chances(life: Life, since: float, days: int) -> Array:
    found = np.zeros((life.people.size, len(catalog.codes())), dtype=np.float32)
    for name, members in contests(life.lines):
        if not life.lines[members[0]].base:
            _entries(life, name, members, since, days, found)
    for at, line in enumerate(life.lines):
        _climbs(life, at, line, since, days, found)
        _conversions(life, at, line, since, found)
    found[(life.people.quiet <= since) | (life.people.joined > since)] = 0
    return found


def _entries(life: Life, name: str, members: list[int], since: float, days: int, found: Array) -> None:
    """Whoever never had any line of a contest may take one: first come, first served among its lines."""
    hazards = np.stack([_hazard(life, at, since, days) for at in members])
    hazards[:, life.arrival[members].min(axis=0) <= since] = 0
    forced = life.forced.get(name)
    if forced is not None:
        hazards[:, (forced.start <= since) & (forced.end > since)] = 0
    total = hazards.sum(axis=0)
    share = np.divide(-np.expm1(-total), total, out=np.zeros_like(total), where=total > 0)
    for at, hazard in zip(members, hazards, strict=True):
        line = life.lines[at]
        ends_in_time = max(days - float(chance.TRIAL_DAYS), 0) / days
        pushed = chance.PUSH / (np.exp(np.minimum(life.affinity[at], 3)) + chance.PUSH)
        trial = line.trial * (1 - pushed)
        voluntary = 1 - trial + trial * chance.keeps_trial(life.affinity[at]) * ends_in_time
        found[:, line.offerings] += (_steps(life, at) * (hazard * share * voluntary)).T


def _hazard(life: Life, at: int, since: float, days: int) -> Array:
    """The expected number of arrivals within the window, (n,)."""
    line, rate = life.lines[at], life.rate[at]
    low, high = max(since, line.launched), min(since + days, line.retired)
    if high <= low:
        return np.zeros_like(rate)
    pace = np.diff(chance.passed(np.array([low, high]), line.trend))
    hazard: Array = rate * (pace + _moments(life, line, since, low, high))
    if line.phone5g:
        hazard = np.where(life.people.phone5g <= since, hazard, 0)
    for start, end in prerequisites(life, line):
        hazard = np.where((start <= since) & (end > since), hazard, 0)
    return hazard


def _moments(life: Life, line: Line, since: float, low: float, high: float) -> Array:
    moment = moment_of(line, life.people)
    if moment is None or line.moment is None:
        return np.zeros_like(life.people.joined)
    begins, ends, times = chance.MOMENTS[line.moment]
    overlap = np.minimum(moment + ends, high) - np.maximum(moment + begins, low)
    known = np.isfinite(moment) & ((line.moment == "contract") | (moment <= since))
    return np.where(known, times * np.maximum(overlap, 0), 0.0)


def _steps(life: Life, at: int) -> Array:
    """P(step | entering), (steps, n)."""
    line = life.lines[at]
    above = chance.step_chances(life.depth(at), len(line.offerings), line.base)
    edge = np.ones((1, life.people.size), dtype=np.float32)
    return np.asarray(-np.diff(np.concatenate([edge, above, 0 * edge]), axis=0))


def _climbs(life: Life, at: int, line: Line, since: float, days: int, found: Array) -> None:
    steps = len(line.offerings)
    for step in range(steps - 1):
        for who in _holding(life, line.offerings[step], VOLUNTARY, since):
            depth, here = life.depth(at)[who], np.full(len(who), step)
            expected = days * chance.climb_rate(depth, here, steps, line.base)
            if line.base:
                contract = life.people.contract_end[who]
                inside = np.minimum(contract + 60, since + days) - np.maximum(contract, since)
                expected += np.fmax(inside, 0) * chance.climb_rate_at_contract(depth, here, steps)
            found[who, line.offerings[step + 1]] += -np.expm1(-expected)


def _conversions(life: Life, at: int, line: Line, since: float, found: Array) -> None:
    for offering in line.offerings:
        for who in _holding(life, offering, TRIAL, since):
            found[who, offering] += chance.keeps_trial(life.affinity[at][who])


def _holding(life: Life, offering: int, origin: int, since: float) -> Iterator[Array]:
    for rows in life.held.get(offering, []):
        if len(rows.who) and rows.origin[0] == origin:
            yield rows.who[(rows.start <= since) & (rows.end > since)]
