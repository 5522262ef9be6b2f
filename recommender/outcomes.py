"""What came of recommendations, counted in groups that are large enough to be spoken of.

It knows counts; it must not know who accepted, nor a database.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from recommender.uplift import Counted, Interval, share, uplift

# A group of fewer customers would speak of single people.
LEAST = 5


@dataclass(frozen=True, slots=True)
class Arms:
    """The same thing counted among the treated and among control."""

    treated: Counted
    control: Counted

    @property
    def uplift(self) -> Interval | None:
        return uplift(self.treated, self.control)


@dataclass(frozen=True, slots=True)
class Effect:
    """One product, channel, agent or segment (`key`, None: not reported).

    `shown`, `accepted`, `refused` and `cancelled` (of the accepted) count items, the others customers: shares are of
    customers, for items shown to one of them are not independent. `accepting_arms` and `adopting_arms` compare those
    who were recommended to by what was learned of them with those who got the general list.
    """

    key: str | None
    shown: int
    accepted: int
    refused: int
    cancelled: int
    customers: int
    accepting: int
    refusing: int
    cancelling: int
    accepting_arms: Arms
    adopting_arms: Arms

    @property
    def accepted_share(self) -> Interval | None:
        return share(Counted(self.customers, self.accepting))

    @property
    def refused_share(self) -> Interval | None:
        return share(Counted(self.customers, self.refusing))

    @property
    def cancelled_share(self) -> Interval | None:
        """Of the customers who accepted."""
        return share(Counted(self.accepting, self.cancelling))

    @property
    def has_control(self) -> bool:
        """Whether both arms are large enough to be spoken of."""
        return min(self.accepting_arms.treated.n, self.accepting_arms.control.n) >= LEAST


def large_enough(effects: Iterable[Effect]) -> list[Effect]:
    """Those that speak of at least `LEAST` customers."""
    return [one for one in effects if one.customers >= LEAST]
