"""What each cluster market is worth: the recommender's expectations times what the catalog says an offering brings.

Knows both rooms and the table of outlooks; must not know processes or files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import numpy as np

from api.batch import Scorer
from catalog.market import MarketSegment
from catalog.moment import Moment
from recommender.interactions import Float64Array
from recommender.market_kin import Profile
from recommender.market_outlook import LEAST, Outlook, Sums, outlook
from recommender.market_store import ItemRow, OutlookRow
from recommender.ranking import likely_enough

CENT = Decimal("0.0001")


def in_force(moment: Moment, at: datetime) -> list[MarketSegment]:
    """The markets of `at`, by code."""
    markets = moment.snapshot.markets
    return [markets[code] for code in sorted(markets) if markets[code].valid.contains(at)]


def profile(one: MarketSegment) -> Profile:
    return Profile(one.code, one.kind.value, one.place, one.size, one.facts)


def figures(
    sums: Sums, markets: Sequence[MarketSegment], scorer: Scorer, worth: Mapping[str, float]
) -> tuple[list[OutlookRow], list[ItemRow]]:
    """The rows of every market and of every item in it that somebody there may buy."""
    found = outlook(sums, [profile(one) for one in markets])
    items = scorer.recommender.items
    value = np.array([worth.get(scorer.stands_for(item) or "", 0.0) for item in items], dtype=np.float64)
    offering = [scorer.offering_id(item) for item in items]
    monthly = (np.zeros_like(found.worth) if found.expected is None else likely_enough(found.expected)) * value
    gap = (found.gap() * value).sum(axis=1)
    outlooks, cells = [], []
    for place, one in enumerate(markets):
        cells += _items(one.id, place, found, monthly[place], offering)
        outlooks.append(
            OutlookRow(
                market_id=one.id,
                code=one.code,
                at=scorer.job.at,
                model_version=scorer.recommender.version,
                members=round(float(found.members[place])),
                expected_adopters=None if found.expected is None else float(found.expected[place].sum()),
                monthly_value=_money(float(monthly[place].sum())),
                gap_value=_money(float(gap[place])),
                borrowed_from=found.borrowed[place],
                offers=int((found.eligible[place] > 0).sum()),
                most_offers=0,
            )
        )
    return outlooks, cells


def _items(
    market: int, place: int, found: Outlook, monthly: Float64Array, offering: Sequence[int | None]
) -> list[ItemRow]:
    """Of what hardly anybody there may buy nothing is kept: it would speak of single people."""
    rates, lift = found.rates, found.rates.lift[place]
    return [
        ItemRow(
            market_id=market,
            offering_id=row,
            eligible=float(found.eligible[place, j]),
            expected_adopters=None if found.expected is None else float(found.expected[place, j]),
            worth=float(found.worth[place, j]),
            penetration=float(rates.own[place, j]),
            reference=float(rates.reference[place, j]),
            strength=float(rates.strength[place, j]),
            lift=float(lift[j]),
            monthly_value=_money(float(monthly[j])),
            possible_adopters=None if found.possible is None else float(found.possible[place, j]),
        )
        for j, row in enumerate(offering)
        if row is not None and found.members[place] >= LEAST
    ]


def _money(amount: float) -> Decimal:
    return Decimal(amount).quantize(CENT)
