"""What to bring to the members of a cluster market together.

Knows what its members may buy and what they are likely to take; must not know GraphQL or a database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from api.buyer import Situation, known
from catalog.customer import Member
from catalog.eligibility import Here, batch, population_of
from catalog.eligibility import facts_of as eligibility_facts
from catalog.moment import Moment
from catalog.offering import Offering
from recommender.market import MarketItem
from recommender.scored import Holding
from recommender.serve import Recommender


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
    rows = [(_holdings(member.holdings, moment), known(member, moment, at)) for member in members]
    offers = _by_item((code for code in moment.rules.codes.tolist() if code in moment.offerings), moment)
    found = recommender.rank_market(rows, asked.ask(who).mask, at=at, n=n, like=like)
    return [(offers[one.item], one) for one in found if one.item in offers]


def _by_item(codes: Iterable[str], moment: Moment) -> dict[str, Offering]:
    """item → the offering to show for it: the first of `codes`, which name a template before its copies."""
    found: dict[str, Offering] = {}
    for code in codes:
        offering = moment.offerings[code]
        found.setdefault(offering.item, offering)
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
