"""Where the two rooms meet: the catalog says what may be offered, the recommender what is likely to be taken.

Knows both by codes and plain values; must not know GraphQL or a database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, takewhile

from api import wording
from api.buyer import Buyer, Situation, holdings, known
from api.closed_loop import PLAIN, Policy
from api.pairing import Shelf, paired
from catalog.customer import Customer
from catalog.eligibility import Qualification, Rule
from catalog.moment import Moment
from catalog.offering import Offering
from recommender.experiment import depth, draw
from recommender.ranking import Ranking
from recommender.scored import Contribution, Scored
from recommender.serve import Recommender

__all__ = ["Answer", "Item", "Situation", "for_customer", "shown_reasons", "upgrades"]

SHOWN_REASONS = 3
# What an answer of higher steps names as its source.
UPSELL = "upsell"


@dataclass(frozen=True, slots=True)
class Item:
    """An offering that is recommended, with how likely and why; `replaces` is the step it would take the place of.

    A lead is more complex than the channel handles: it goes on to an account manager (P17).
    """

    offering: Offering
    scored: Scored
    propensity: float | None = None
    replaces: Offering | None = None
    is_lead: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What one customer is recommended; `withheld` counts the offerings that each rule kept back.

    `passed_over` would have stood in the list, were it not full of their category; `by_value` says that the order is
    that of probability × worth.
    """

    items: tuple[Item, ...]
    withheld: Mapping[Rule, int]
    is_personalised: bool
    source: str
    in_control: bool | None = None
    passed_over: tuple[Offering, ...] = ()
    by_value: bool = False


def for_customer(
    customer: Customer,
    moment: Moment,
    recommender: Recommender,
    *,
    here: Situation,
    at: datetime,
    n: int,
    policy: Policy = PLAIN,
    request: str = "",
    worth: Mapping[str, float] | None = None,
) -> Answer:
    """At most `n` offerings that the customer may buy `here` at `at`, the likeliest first; never padded.

    With `worth` (code → what it brings) those of the highest probability × worth come first. `request` is the answer's
    random id, from which `policy` draws whether and how slots are shuffled.
    """
    qualification = Buyer.of(customer, moment, here, at, policy).qualify()
    shelf = paired(moment, recommender).shelf(qualification)
    held = holdings(customer, moment)
    arm = policy.arm(customer.code, personal=customer.personalisation)
    personal = customer.personalisation and not arm
    ranked = recommender.choose(
        held,
        known(customer, moment, at),
        at=at,
        candidates=shelf.places,
        n=depth(n, policy.explore),
        personal=personal,
        ranking=_ranking(shelf, worth, policy),
    )
    slots = draw(ranked.items, n, share=policy.explore, request=request)
    return Answer(
        tuple(_item(shelf[slot.item.item], slot.item, qualification, propensity=slot.propensity) for slot in slots),
        qualification.counts,
        personal,
        recommender.source(history=bool(held), personal=personal),
        arm,
        tuple(shelf[item] for item in ranked.passed_over),
        ranked.by_value,
    )


def _ranking(shelf: Shelf, worth: Mapping[str, float] | None, policy: Policy) -> Ranking:
    value = None if worth is None else shelf.worth(worth)
    return Ranking(value, shelf.categories if policy.per_category else {}, policy.per_category)


def _item(
    offering: Offering,
    scored: Scored,
    found: Qualification,
    *,
    propensity: float | None = None,
    replaces: Offering | None = None,
) -> Item:
    return Item(offering, scored, propensity, replaces, offering.code in found.leads)


def upgrades(
    customer: Customer,
    moment: Moment,
    recommender: Recommender,
    *,
    here: Situation,
    at: datetime,
    n: int,
    policy: Policy = PLAIN,
) -> Answer:
    """At most `n` higher steps of what the customer holds that may be bought in its place, the likeliest first.

    Nothing for who switched personalisation off or is in the control group: a step up speaks of what they hold.
    """
    rules, buyer = moment.rules, Buyer.of(customer, moment, here, at, policy)
    arm = policy.arm(customer.code, personal=customer.personalisation)
    items: list[Item] = []
    withheld: Counter[Rule] = Counter()
    if customer.personalisation and not arm:
        facts = known(customer, moment, at)
        for step in recommender.upsell(holdings(customer, moment), facts, at=at, n=len(recommender.items)):
            replaced = frozenset(code for code in buyer.held if rules.items.get(code, code) == step.replaces)
            found = buyer.qualify(replaced)
            alike = rules.by_item.get(step.scored.item, frozenset())
            # The copy of a market of theirs stands behind its template.
            above = next((moment.offerings[code] for code in reversed(found.ordered) if code in alike), None)
            if above:
                below = moment.snapshot.latest(min(replaced, default=step.replaces))
                items.append(_item(above, step.scored, found, replaces=below))
            else:
                withheld.update(rule for rule, codes in found.withheld.items() if step.scored.item in codes)
    return Answer(tuple(items[:n]), withheld, customer.personalisation and not arm, UPSELL, arm)


def shown_reasons(scored: Scored, moment: Moment) -> list[Contribution]:
    """The strongest facts that speak for the item, without those that must not be spoken of or have no name."""
    speaking = takewhile(lambda reason: reason.weight > 0, scored.contributions)
    return list(islice((reason for reason in speaking if wording.told(reason, moment).sentence), SHOWN_REASONS))
