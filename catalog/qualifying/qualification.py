"""What is asked and answered when somebody wants to buy (TMF679): a result for each offering, why not, what instead.

Knows one customer, or none, in one context; must not know how an answer is found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from catalog.eligibility import Facts, Qualification, Rule
from catalog.moment import Moment
from catalog.offering import Offering
from catalog.policies.policy import Visibility
from catalog.text import Text


class Result(StrEnum):
    """ALTERNATE: not this, but something else, or elsewhere."""

    QUALIFIED = "QUALIFIED"
    UNQUALIFIED = "UNQUALIFIED"
    ALTERNATE = "ALTERNATE"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is withheld, or goes on as a lead.

    `offending` is the code of the policy, offering or channel that stands in the way; `path` leads to the check in the
    policy's condition; `part` is the mandatory part of a bundle that it is about, None: the offering itself.
    """

    rule: Rule
    message: Text
    offending: str | None = None
    path: tuple[str | int, ...] = ()
    part: str | None = None
    visibility: Visibility = Visibility.LOCKED


class ProposalKind(StrEnum):
    """CHANNEL: the same elsewhere. CHANGE: the same in the place of what excludes it. PREREQUISITE: this first.
    REPLACEMENT and EXCHANGE: by a relation of the catalog."""

    CHANNEL = "CHANNEL"
    CHANGE = "CHANGE"
    PREREQUISITE = "PREREQUISITE"
    REPLACEMENT = "REPLACEMENT"
    EXCHANGE = "EXCHANGE"
    SAME_FAMILY = "SAME_FAMILY"
    SAME_CATEGORY = "SAME_CATEGORY"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What could be sold instead, in `channel` (None: in the one that was asked); it would take the place of what is
    held and `replaced`."""

    kind: ProposalKind
    offering: Offering
    channel: str | None = None
    is_lead: bool = False
    replaced: Offering | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and where. `held` None: nobody in particular; `at` is now, in the operator's zone.

    `is_internal`: the answer is read by somebody of the operator, who may learn which facts of the customer count.
    """

    moment: Moment
    at: datetime
    held: tuple[str, ...] | None = None
    facts: Facts = field(default_factory=dict)
    channel: str | None = None
    place: str | None = None
    market: str | None = None
    refused: tuple[str, ...] = ()
    often: tuple[str, ...] = ()
    is_internal: bool = False

    def qualify(self, replacing: frozenset[str] = frozenset(), *, channel: str | None = None) -> Qualification:
        """What may be bought; in another `channel`, when one is named."""
        return self.moment.rules.qualify(
            self.held,
            channel=channel or self.channel,
            refused=self.refused,
            shown_often=self.often,
            replacing=replacing,
            facts=self.facts,
            place=self.place,
            market=self.market,
        )


@dataclass(frozen=True, slots=True)
class Answered:
    """The result for one code. `offering` None: the catalog has nothing of the kind in force, or knows none."""

    code: str
    offering: Offering | None
    result: Result
    visibility: Visibility | None
    is_lead: bool
    reasons: tuple[Reason, ...]
    proposals: tuple[Proposal, ...]
