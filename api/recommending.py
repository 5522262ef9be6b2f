"""Where the two rooms meet: the catalog says what may be offered, the recommender what is likely to be taken.

Knows both by codes and plain values; must not know GraphQL or a database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import numpy as np

from api.closed_loop import PLAIN, Policy
from catalog.customer import Attribute, Customer, Member
from catalog.eligibility import Rule
from catalog.offering import Offering
from catalog.moment import Moment
from catalog.text import Text
from recommender.experiment import depth, draw
from recommender.facts import MARKET, facts_of
from recommender.market import MarketItem
from recommender.ranking import Ranking
from recommender.scored import Contribution, Holding, HoldingKind, Scored
from recommender.serve import Recommender

SHOWN_REASONS = 3
# A fact that the recommender learns from beside attributes, and that people read; codes of places stay unspoken.
KNOWN_FACTS = {MARKET: Attribute(MARKET, "categorical", name=Text("所在聚类市场", "a cluster market of kind"))}
# What an answer of higher steps names as its source.
UPSELL = "upsell"


@dataclass(frozen=True, slots=True)
class Item:
    """An offering that is recommended, with how likely and why; `replaces` is the step it would take the place of."""

    offering: Offering
    scored: Scored
    propensity: float | None = None
    replaces: Offering | None = None


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
    channel: str | None,
    at: datetime,
    n: int,
    policy: Policy = PLAIN,
    request: str = "",
    worth: Mapping[str, float] | None = None,
) -> Answer:
    """At most `n` offerings that the customer may buy in `channel` at `at`, the likeliest first; never padded.

    With `worth` (code → what it brings) those of the highest probability × worth come first. `request` is the answer's
    random id, from which `policy` draws whether and how slots are shuffled.
    """
    names = moment.snapshot.codes_by_id
    held = [names[product.offering_id] for product in customer.held if product.offering_id in names]
    refused = [names[offering] for offering in customer.refused if offering in names]
    often = [names[offering] for offering in policy.shown_often(customer.shown) if offering in names]
    qualification = moment.rules.qualify(held, channel=channel, refused=refused, shown_often=often)
    offers = _by_item(qualification.qualified, moment)
    holdings = _held(customer, moment)
    arm = policy.arm(customer.code, personal=customer.personalisation)
    personal = customer.personalisation and not arm
    known = _known(customer, moment, at)
    ranked = recommender.choose(
        holdings,
        known,
        at=at,
        candidates=offers,
        n=depth(n, policy.explore),
        personal=personal,
        ranking=_ranking(offers, worth, policy),
    )
    slots = draw(ranked.items, n, share=policy.explore, request=request)
    return Answer(
        tuple(Item(offers[slot.item.item], slot.item, slot.propensity) for slot in slots),
        {rule: len(codes) for rule, codes in qualification.withheld.items()},
        personal,
        recommender.source(history=bool(holdings), personal=personal),
        arm,
        tuple(offers[item] for item in ranked.passed_over),
        ranked.by_value,
    )


def _ranking(offers: Mapping[str, Offering], worth: Mapping[str, float] | None, policy: Policy) -> Ranking:
    value = None if worth is None else {item: worth.get(one.code, 0.0) for item, one in offers.items()}
    return Ranking(value, {item: one.category for item, one in offers.items()}, policy.per_category)


def upgrades(
    customer: Customer,
    moment: Moment,
    recommender: Recommender,
    *,
    channel: str | None,
    at: datetime,
    n: int,
    policy: Policy = PLAIN,
) -> Answer:
    """At most `n` higher steps of what the customer holds that may be bought in its place, the likeliest first.

    Nothing for who switched personalisation off or is in the control group: a step up speaks of what they hold.
    """
    names, rules = moment.snapshot.codes_by_id, moment.rules
    held = [names[product.offering_id] for product in customer.held if product.offering_id in names]
    refused = [names[offering] for offering in customer.refused if offering in names]
    often = [names[offering] for offering in policy.shown_often(customer.shown) if offering in names]
    arm = policy.arm(customer.code, personal=customer.personalisation)
    items: list[Item] = []
    withheld: Counter[Rule] = Counter()
    if customer.personalisation and not arm:
        known = _known(customer, moment, at)
        for step in recommender.upsell(_held(customer, moment), known, at=at, n=len(recommender.items)):
            replaced = frozenset(code for code in held if rules.items.get(code, code) == step.replaces)
            found = rules.qualify(held, channel=channel, refused=refused, shown_often=often, replacing=replaced)
            offers = _by_item(found.qualified & rules.by_item.get(step.scored.item, frozenset()), moment)
            if step.scored.item in offers:
                below = moment.snapshot.latest(min(replaced, default=step.replaces))
                items.append(Item(offers[step.scored.item], step.scored, replaces=below))
            else:
                withheld.update(rule for rule, codes in found.withheld.items() if step.scored.item in codes)
    return Answer(tuple(items[:n]), withheld, customer.personalisation and not arm, UPSELL, arm)


def for_market(
    members: Sequence[Member], moment: Moment, recommender: Recommender, *, channel: str | None, at: datetime, n: int
) -> list[tuple[Offering, MarketItem]]:
    """At most `n` offerings to bring to these members together, those with the most expected adopters first."""
    names, rules = moment.snapshot.codes_by_id, moment.rules
    position = {item: index for index, item in enumerate(recommender.items)}
    eligible = np.zeros((len(members), len(position)), dtype=bool)
    known: dict[frozenset[str], list[int]] = {}
    for row, member in enumerate(members):
        held = frozenset(names[one] for one, kind, _ in member.holdings if kind != "ended" and one in names)
        if held not in known:
            qualified = rules.qualify(held, channel=channel).qualified
            known[held] = [position[rules.items[code]] for code in qualified if rules.items[code] in position]
        eligible[row, known[held]] = True
    rows = [(_holdings(member.holdings, moment), _known(member, moment, at)) for member in members]
    offers = _by_item(frozenset(moment.offerings), moment)
    found = recommender.rank_market(rows, eligible, at=at, n=n)
    return [(offers[one.item], one) for one in found if one.item in offers]


def _by_item(codes: frozenset[str], moment: Moment) -> dict[str, Offering]:
    """item → the offering to show for it: the template itself where it qualifies, else the first copy by code."""
    found: dict[str, Offering] = {}
    for code in sorted(codes):
        offering = moment.offerings[code]
        if offering.item not in found or offering.code == offering.item:
            found[offering.item] = offering
    return found


def _known(who: Customer | Member, moment: Moment, at: datetime) -> dict[str, str | float | None]:
    """Declared attributes and the facts of the customer's own row, as training reads them."""
    segments = moment.snapshot.markets
    markets = [(code, segments[code].kind.value) for code in who.markets if code in segments]
    return {**who.attributes, **facts_of(who.kind, who.joined_at, who.place, markets, at)}


def _held(customer: Customer, moment: Moment) -> list[Holding]:
    """Everything the customer holds or once held, with what is known of its dates."""
    names, latest = moment.snapshot.codes_by_id, moment.snapshot.latest
    found = []
    for one in customer.products:
        version = latest(names.get(one.offering_id, ""))
        if version:
            kind = cast(HoldingKind, one.holding_kind)
            found.append(Holding(version.item, kind, one.termination_date, one.start_date))
    return found


def _holdings(products: Sequence[tuple[int, str, datetime | None]], moment: Moment) -> list[Holding]:
    names = moment.snapshot.codes_by_id
    latest = moment.snapshot.latest
    found = []
    for offering_id, kind, ended_at in products:
        version = latest(names.get(offering_id, ""))
        if version:
            found.append(Holding(version.item, kind, ended_at))  # type: ignore[arg-type]
    return found


def attribute(key: str, moment: Moment) -> Attribute | None:
    """What a fact about a customer is called: as the operator declared it, or as we do what every operator knows."""
    return moment.snapshot.attributes.get(key) or KNOWN_FACTS.get(key)


def shown_reasons(scored: Scored, moment: Moment) -> list[Contribution]:
    """The strongest facts that speak for the item, without attributes that are sensitive or have no name."""
    return [
        reason
        for reason in scored.contributions
        if reason.weight > 0 and not (reason.kind == "ATTRIBUTE" and _is_hidden(attribute(reason.key, moment)))
    ][:SHOWN_REASONS]


def _is_hidden(found: Attribute | None) -> bool:
    return found is None or found.sensitive
