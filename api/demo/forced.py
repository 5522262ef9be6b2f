"""What customers did not choose one by one: the parts of their bundles, and presents.

Knows how forced things come and what makes way for what; must not know how bundles are chosen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from api.demo import chance
from api.demo.ledger import BUNDLE, GIFT, VOLUNTARY, Forced, Life, Rows
from api.demo.lines import STORY
from api.demo.population import NEVER

Array = npt.NDArray[Any]

GIFTED = 0.10
"""The share of people who are given something."""
GIFT_DAYS = np.float32(90)


def unpack(rng: np.random.Generator, life: Life, bundles: list[int]) -> None:
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


def give(rng: np.random.Generator, life: Life) -> None:
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


def impose(rng: np.random.Generator, life: Life, contest: str, members: list[int]) -> None:
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
        used = rng.random(len(mine), dtype=np.float32) < chance.logistic(
            life.affinity[_line_of(life, offering)][mine] - 0.4
        )
        for origin, chosen in ((BUNDLE, forced.bundle[mine] >= 0), (GIFT, forced.bundle[mine] < 0)):
            some = mine[chosen]
            life.add(some, offering, forced.start[some], forced.end[some], origin, forced.bundle[some], used[chosen])
