"""Where the two rooms meet: the catalog says what may be offered, the recommender what is likely to be taken.

Knows both by codes and plain values; must not know GraphQL or a database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from itertools import islice
from typing import cast

from api import wording
from api.closed_loop import PLAIN, Policy
from catalog.customer import Customer, Member
from catalog.eligibility import Facts, Here, Qualification, Rule, Rules, batch, population_of
from catalog.eligibility import facts_of as eligibility_facts
from catalog.moment import Moment
from catalog.offering import Offering
from recommender.experiment import depth, draw
from recommender.facts import facts_of
from recommender.market import MarketItem
from recommender.ranking import Ranking
from recommender.scored import Contribution, Holding, HoldingKind, Scored
from recommender.serve import Recommender

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
    qualification = _Buyer.of(customer, moment, here, at, policy).qualify()
    offers = _for_buyer(qualification.ordered, moment)
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
        tuple(_item(offers[slot.item.item], slot.item, qualification, propensity=slot.propensity) for slot in slots),
        qualification.counts,
        personal,
        recommender.source(history=bool(holdings), personal=personal),
        arm,
        tuple(offers[item] for item in ranked.passed_over),
        ranked.by_value,
    )


def _ranking(offers: Mapping[str, Offering], worth: Mapping[str, float] | None, policy: Policy) -> Ranking:
    value = None if worth is None else {item: worth.get(one.code, 0.0) for item, one in offers.items()}
    return Ranking(value, {item: one.category for item, one in offers.items()}, policy.per_category)


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
    rules, buyer = moment.rules, _Buyer.of(customer, moment, here, at, policy)
    arm = policy.arm(customer.code, personal=customer.personalisation)
    items: list[Item] = []
    withheld: Counter[Rule] = Counter()
    if customer.personalisation and not arm:
        known = _known(customer, moment, at)
        for step in recommender.upsell(_held(customer, moment), known, at=at, n=len(recommender.items)):
            replaced = frozenset(code for code in buyer.held if rules.items.get(code, code) == step.replaces)
            found = buyer.qualify(replaced)
            alike = rules.by_item.get(step.scored.item, frozenset())
            offers = _for_buyer((code for code in found.ordered if code in alike), moment)
            if step.scored.item in offers:
                below = moment.snapshot.latest(min(replaced, default=step.replaces))
                items.append(_item(offers[step.scored.item], step.scored, found, replaces=below))
            else:
                withheld.update(rule for rule, codes in found.withheld.items() if step.scored.item in codes)
    return Answer(tuple(items[:n]), withheld, customer.personalisation and not arm, UPSELL, arm)


@dataclass(frozen=True, slots=True)
class _Buyer:
    """A customer before the rules of a moment, by codes."""

    rules: Rules
    here: Situation
    facts: Facts
    held: tuple[str, ...]
    refused: tuple[str, ...]
    often: tuple[str, ...]

    @classmethod
    def of(cls, customer: Customer, moment: Moment, here: Situation, at: datetime, policy: Policy) -> _Buyer:
        names = moment.snapshot.codes_by_id
        held = (product.offering_id for product in customer.held)
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


def for_market(
    members: Sequence[Member],
    moment: Moment,
    recommender: Recommender,
    *,
    here: Situation,
    at: datetime,
    n: int,
    like: Mapping[str, tuple[float, float]] | None = None,
) -> list[tuple[Offering, MarketItem]]:
    """At most `n` offerings to bring to these members together, those with the most expected adopters first.

    `like`: item → its penetration among markets like this one, and how strongly it draws.
    """
    names, day = moment.snapshot.codes_by_id, at.astimezone(here.zone)
    held = [
        frozenset(names[one] for one, kind, _ in member.holdings if kind != "ended" and one in names)
        for member in members
    ]
    who = population_of(held, [eligibility_facts(member, day, here.known) for member in members])
    asked = batch(moment.rules, recommender.items, Here(day.date(), here.channel, here.place, here.market))
    rows = [(_holdings(member.holdings, moment), _known(member, moment, at)) for member in members]
    offers = _by_item((code for code in moment.rules.codes.tolist() if code in moment.offerings), moment)
    found = recommender.rank_market(rows, asked.ask(who).mask, at=at, n=n, like=like)
    return [(offers[one.item], one) for one in found if one.item in offers]


def _for_buyer(codes: Iterable[str], moment: Moment) -> dict[str, Offering]:
    """item → the offering to show to whoever may buy `codes`: the copy of a market of theirs, else the template.

    Copies stand behind their template.
    """
    offerings = (moment.offerings[code] for code in codes)
    return {one.item: one for one in offerings}


def _by_item(codes: Iterable[str], moment: Moment) -> dict[str, Offering]:
    """item → the offering to show for it: the first of `codes`, which name a template before its copies."""
    found: dict[str, Offering] = {}
    for code in codes:
        offering = moment.offerings[code]
        found.setdefault(offering.item, offering)
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


def shown_reasons(scored: Scored, moment: Moment) -> list[Contribution]:
    """The strongest facts that speak for the item, without those that must not be spoken of or have no name."""
    speaking = (reason for reason in scored.contributions if reason.weight > 0 and wording.sentence(reason, moment))
    return list(islice(speaking, SHOWN_REASONS))
