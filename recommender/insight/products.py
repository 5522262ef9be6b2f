"""Counts of products into rows: health, warnings, place in the portfolio, what might go.

It knows the order in which one figure needs another; it must not know a customer.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recommender.insight import concentration, health, portfolio
from recommender.insight.product import ProductRow
from recommender.insight.rows import money
from recommender.insight.shelves import Shelves
from recommender.insight.source import Source
from recommender.interactions import IntArray


def products(source: Source, counted: portfolio.Tally, accepted: Mapping[int, tuple[int, int]]) -> list[ProductRow]:
    """One row an item: its health, and its place in the portfolio."""
    words, offering, rules = source.shelves.words, source.shelves.offering, source.definition
    taken, cancelled = _accepted(source.shelves, accepted)
    margin = source.offers.margin[offering]
    marks = health.marks(rules.health, counted, taken, cancelled, margin)
    score, told = health.health(rules.health, marks), health.warnings(rules.health, marks)
    share, grown = portfolio.relative_share(counted.revenue, words.category), portfolio.growth(counted)
    classes = portfolio.classes(rules.portfolio, share, grown, portfolio.overall_growth(counted))
    launched = source.shelves.launched
    advice, into = concentration.advice(rules.portfolio, counted.current, grown, words.category, words.family, launched)
    counts = health.shares(counted, taken, cancelled)
    found = []
    for at in range(len(words.items)):
        revenue = money(int(counted.revenue[at]))
        earned = None if np.isnan(margin[at]) else money(round(int(counted.revenue[at]) * float(margin[at])))
        found.append(
            ProductRow(
                offering_id=int(offering[at]),
                subscribers=int(counted.current[at]),
                subscribers_before=int(counted.before[at]),
                active_share=_known(counts.active[at]),
                churn_share=_known(counts.churn[at]),
                forced_share=_known(counts.forced[at]),
                cancelled_share=_known(counts.cancelled[at]),
                monthly_revenue=revenue,
                margin=_known(margin[at]),
                monthly_profit=earned,
                relative_share=_known(share[at]),
                growth=_known(grown[at]),
                portfolio_class=classes[at] if counted.current[at] else None,
                health=float(score[at]),
                warnings=told[at],
                advice=advice[at],
                merge_into=int(offering[into[at]]) if into[at] >= 0 else None,
            )
        )
    return found


def _known(number: float) -> float | None:
    return None if np.isnan(number) else float(number)


def _accepted(shelves: Shelves, accepted: Mapping[int, tuple[int, int]]) -> tuple[IntArray, IntArray]:
    counts = np.zeros((2, len(shelves.words.items)), dtype=np.int64)
    for offering, (taken, cancelled) in accepted.items():
        place = shelves.words.place[offering] if offering < len(shelves.words.place) else -1
        if place >= 0:
            counts[:, place] += (taken, cancelled)
    return counts[0], counts[1]
