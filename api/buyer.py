"""A customer as the rules and the model see one: by codes, with the facts that each of them reads.

Knows what both rooms ask of a customer; must not know what either answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import cast

from api.closed_loop import Policy
from catalog.customer import Customer, Member
from catalog.eligibility import Facts, Qualification, Rules
from catalog.eligibility import facts_of as eligibility_facts
from catalog.moment import Moment
from recommender.facts import facts_of
from recommender.scored import Holding, HoldingKind


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a customer is asked: `place` and `market` beside what is known of them, days by the operator's `zone`.

    `known` are facts that are kept outside of the customer's row, like {"customer.valueLevel": "A"}.
    """

    channel: str | None = None
    place: str | None = None
    market: str | None = None
    zone: tzinfo = UTC
    known: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer before the rules of a moment, by codes."""

    rules: Rules
    here: Situation
    facts: Facts
    held: tuple[str, ...]
    refused: tuple[str, ...]
    often: tuple[str, ...]

    @classmethod
    def of(cls, customer: Customer, moment: Moment, here: Situation, at: datetime, policy: Policy) -> Buyer:
        names = moment.snapshot.codes_by_id
        held = (product.offering_id for product in customer.products if product.is_held)
        several = (held, customer.refused, policy.shown_often(customer.shown))
        codes = (tuple(names[one] for one in offerings if one in names) for offerings in several)
        return cls(moment.rules, here, eligibility_facts(customer, at.astimezone(here.zone), here.known), *codes)

    def qualify(self, replacing: frozenset[str] = frozenset()) -> Qualification:
        return self.rules.qualify(
            self.held,
            channel=self.here.channel,
            refused=self.refused,
            shown_often=self.often,
            replacing=replacing,
            facts=self.facts,
            place=self.here.place,
            market=self.here.market,
        )


def known(who: Customer | Member, moment: Moment, at: datetime) -> dict[str, str | float | None]:
    """Declared attributes and the facts of the customer's own row, as training reads them."""
    segments = moment.snapshot.markets
    markets = [(code, segments[code].kind.value) for code in who.markets if code in segments]
    return {**who.attributes, **facts_of(who.kind, who.joined_at, who.place, markets, at)}


def holdings(customer: Customer, moment: Moment) -> list[Holding]:
    """Everything the customer holds or once held, with what is known of its dates."""
    names, latest = moment.snapshot.codes_by_id, moment.snapshot.latest
    found = []
    for one in customer.products:
        version = latest(names.get(one.offering_id, ""))
        if version:
            kind = cast(HoldingKind, one.holding_kind)
            found.append(Holding(version.item, kind, one.termination_date, one.start_date))
    return found
