"""How answers are given so that something can be learned from them, and so that nobody is pestered.

Knows shares, caps and what a customer was shown lately; must not know scores or the catalog.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from api.settings import Settings
from recommender.experiment import in_control

# One control group for all recommendations; a campaign has a salt of its own.
SALT = "recommendation"


@dataclass(frozen=True, slots=True)
class Policy:
    """`explore` is the share of answers whose slots are shuffled, `control` that of customers who get the general list.

    A refused offering rests for `quiet`; one that was shown `cap` times within `window` rests too (cap 0: never).
    A list holds at most `per_category` offerings of one category (0: any number).
    """

    explore: float = 0.0
    control: float = 0.0
    quiet: timedelta = timedelta(days=90)
    cap: int = 0
    window: timedelta = timedelta(days=30)
    per_category: int = 0

    @property
    def counted(self) -> timedelta:
        """How far back a look-up counts what was shown; nothing is counted where nothing is capped."""
        return self.window if self.cap else timedelta(0)

    def shown_often(self, shown: Mapping[int, int]) -> frozenset[int]:
        """The offerings that rest, of those that were shown so many times."""
        return frozenset(offering for offering, times in shown.items() if self.cap and times >= self.cap)

    def arm(self, customer: str, *, personal: bool) -> bool | None:
        """Whether the customer is in control; None: compared with nobody, for there is no control group, or the
        customer switched personalisation off and would get the same list in either."""
        return in_control(customer, SALT, self.control) if self.control and personal else None


PLAIN = Policy()


def policy_of(settings: Settings) -> Policy:
    """How answers are given, as the settings say."""
    return Policy(
        explore=settings.explore,
        control=settings.control,
        quiet=timedelta(days=settings.quiet_days),
        cap=settings.shown_cap,
        window=timedelta(days=settings.shown_days),
        per_category=settings.per_category,
    )
