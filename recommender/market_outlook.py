"""What is to be expected of each cluster market, item by item: its own members' chances, or those of markets like it.

It knows sums over members as arrays and markets as plain values; it must not know a member, nor a price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender.interactions import BoolArray, Float32Array, Float64Array, Matrix
from recommender.market_kin import Profile, kin
from recommender.market_rates import Rates, groups_of, shrunk
from recommender.scoring import Rows

# Fewer members, or fewer who may take an item, would speak of single people.
LEAST = 5


@dataclass(frozen=True, slots=True)
class Sums:
    """Added up over the members of each market; they add up over any split of the customers.

    `members` (markets,); `holders`, `eligible`, `expected` (adopters; None: scores have no probability) and `worth`
    markets × items, the last three over members who may take the item and do not hold it; `possible` is `expected` over
    all who do not hold it, as if they might. Without evidence nothing is expected.
    """

    members: Float64Array
    holders: Float64Array
    eligible: Float64Array
    expected: Float64Array | None
    worth: Float64Array
    possible: Float64Array | None = None

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.members + other.members,
            self.holders + other.holders,
            self.eligible + other.eligible,
            _both(self.expected, other.expected),
            self.worth + other.worth,
            _both(self.possible, other.possible),
        )


def _both(one: Float64Array | None, other: Float64Array | None) -> Float64Array | None:
    return None if one is None or other is None else one + other


def nothing(markets: int, items: int) -> Sums:
    """The sums over nobody."""
    zero = np.zeros((markets, items))
    return Sums(np.zeros(markets), zero, zero, zero, zero, zero)


def summed(belong: Matrix, scored: Rows, open_: BoolArray, held: Matrix) -> Sums:
    """Some customers added up, what is held not counted: `belong` markets × customers, the others customers × items."""
    without = np.ones(open_.shape, dtype=bool)
    without[held.nonzero()] = False
    free = without & np.isfinite(scored.scores)
    counted = open_ & free

    def over(values: Float64Array | Float32Array, among: BoolArray = counted) -> Float64Array:
        return np.asarray(belong @ np.where(among, values, 0.0), dtype=np.float64)

    return Sums(
        np.asarray(belong.sum(axis=1), dtype=np.float64),
        np.asarray((belong @ held).toarray(), dtype=np.float64),
        np.asarray(belong @ (open_ & without).astype(np.float32), dtype=np.float64),
        None if scored.chances is None else over(scored.chances),
        over(scored.worth),
        None if scored.chances is None else over(scored.chances, free),
    )


@dataclass(frozen=True, slots=True)
class Outlook:
    """As `Sums`, with small cells hidden and unknown markets borrowed; `borrowed` names from whom, per market.

    `members` of a market that borrows are as many as its likes would have at its size.
    """

    members: Float64Array
    eligible: Float64Array
    expected: Float64Array | None
    worth: Float64Array
    possible: Float64Array | None
    rates: Rates
    borrowed: tuple[tuple[str, ...], ...]

    def gap(self) -> Float64Array:
        """Markets × items: holders that are missing to be like the reference, where the item may be bought at all."""
        missing = np.maximum(self.rates.reference - self.rates.own, 0.0) * self.members[:, None]
        return np.where(self.eligible > 0, missing, 0.0)


def outlook(sums: Sums, profiles: Sequence[Profile], least: int = LEAST) -> Outlook:
    """What is expected of each of `profiles`, in their order; markets of fewer than `least` members borrow."""
    counted = sums.members >= least
    kinds, places = [one.kind for one in profiles], [one.place for one in profiles]
    rates = shrunk(sums.holders, sums.members, groups_of(kinds, places, counted), counted)
    large = sums.eligible >= least
    found = Outlook(
        sums.members.copy(),
        np.where(large, sums.eligible, 0.0),
        None if sums.expected is None else np.where(large, sums.expected, 0.0),
        np.where(large, sums.worth, 0.0),
        None if sums.possible is None else _spoken(sums, least),
        Rates(rates.own.copy(), rates.reference, rates.strength),
        tuple(() for _ in profiles),
    )
    known = np.flatnonzero(counted)
    likes = [profiles[place] for place in known.tolist()]
    borrowed = list(found.borrowed)
    for place in np.flatnonzero(~counted).tolist():
        kindred = kin(profiles[place], likes)
        if kindred:
            rows = known[[each for each, _ in kindred]]
            _borrow(found, place, rows, np.array([alike for _, alike in kindred]), profiles)
            borrowed[place] = tuple(profiles[row].code for row in rows.tolist())
    return replace(found, borrowed=tuple(borrowed))


def _spoken(sums: Sums, least: int) -> Float64Array:
    """What is possible among those who do not hold an item, where they are enough to be spoken of."""
    without = sums.members[:, None] - sums.holders
    return np.where(without >= least, 0.0 if sums.possible is None else sums.possible, 0.0)


def _borrow(
    found: Outlook, place: int, rows: np.typing.NDArray[np.int64], alike: Float64Array, profiles: Sequence[Profile]
) -> None:
    """Rates of the likes, weighed by likeness and members, times the members they would have at this size."""
    weight = alike * found.members[rows]
    members = _members(profiles[place], [profiles[row] for row in rows.tolist()], found.members[rows], alike)
    scale = members / float(weight.sum())
    for values in (found.eligible, found.expected, found.worth, found.possible):
        if values is not None:
            values[place] = (alike @ values[rows]) * scale
    found.rates.own[place] = weight @ found.rates.own[rows] / float(weight.sum())
    found.members[place] = members


def _members(one: Profile, likes: Sequence[Profile], members: Float64Array, alike: Float64Array) -> float:
    """As many of its size as of theirs; where sizes are not known, as many as they have."""
    sized = [place for place, other in enumerate(likes) if other.size]
    if not one.size or not sized:
        return float(np.average(members, weights=alike))
    share = np.array([members[place] / float(likes[place].size or 1) for place in sized])
    return float(one.size * np.average(share, weights=alike[sized]))
