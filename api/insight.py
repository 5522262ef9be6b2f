"""Where catalog and insight meet: prices, margins and data allowances of offerings as arrays for a refresh.

Knows both by ids and plain numbers; must not know how a figure is reckoned from them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import numpy as np

from catalog import store as catalog_store
from catalog.offering import Offering
from catalog.price import Price, PriceType
from catalog.snapshot import EMPTY, Snapshot
from recommender.errors import RecommenderError
from recommender.insight import refresh as refreshing
from recommender.insight.panel import TEN_THOUSANDTHS, Offers
from recommender.insight.refresh import Progress, Refreshed
from sql.alone import alone
from sql.pool import Database

# How often a recurring charge falls due in a month.
PER_MONTH = {
    "day": Decimal("30.4375"),
    "week": Decimal("30.4375") / 7,
    "month": Decimal(1),
    "quarter": Decimal(1) / 3,
    "year": Decimal(1) / 12,
}
GIGABYTES = {"KB": 1 / 1024**2, "MB": 1 / 1024, "GB": 1.0, "TB": 1024.0}


class Busy(RecommenderError):
    """Another refresh runs in this database."""


async def refresh(db: Database, *, at: datetime, progress: Progress = lambda message: None) -> Refreshed:
    """Insight anew, with the catalog as it stands at `at`. Raises Busy, NothingToLearn or BadDefinition."""
    snapshot = await catalog_store.load(db, at, EMPTY)
    async with alone(db, "insight") as is_free:
        if not is_free:
            raise Busy("another refresh of insight runs in this database; wait for it to end 已有洞察更新正在进行")
        return await refreshing.refresh(db, offers_at(snapshot, at), at=at, progress=progress)


def offers_at(snapshot: Snapshot, at: datetime) -> Callable[[int], Offers]:
    """What the catalog says at `at` of offerings whose ids are below the given length."""

    def offers(size: int) -> Offers:
        price, margin, data = np.zeros(size, dtype=np.int64), np.full(size, np.nan), np.zeros(size)
        sold = snapshot.moment(at).offerings
        for code in snapshot.versions:
            one = sold.get(code) or snapshot.latest(code)
            if one is None or one.id >= size:
                continue
            price[one.id] = int(monthly(one, at) * TEN_THOUSANDTHS)
            data[one.id] = gigabytes(one, at)
            if one.margin is not None:
                margin[one.id] = float(one.margin)
        return Offers(price, margin, data)

    return offers


def _in_force(one: Offering, kind: PriceType, at: datetime) -> list[Price]:
    # A price for a term is in the place of the one without, for those who chose it.
    return [price for price in one.prices if price.price_type is kind and price.valid.contains(at) and not price.term]


def monthly(one: Offering, at: datetime) -> Decimal:
    """The recurring charges of a month, before discounts."""
    found = Decimal(0)
    for price in _in_force(one, PriceType.RECURRING, at):
        if price.price is not None:
            found += price.price.value * PER_MONTH[price.recurring_charge_period or "month"]
    return found


def gigabytes(one: Offering, at: datetime) -> float:
    """The data allowed a month; an allowance for a part of the day counts like any other."""
    return sum(
        float(price.unit_of_measure.amount) * GIGABYTES[price.unit_of_measure.units.upper()]
        for price in _in_force(one, PriceType.ALLOWANCE, at)
        if price.unit_of_measure is not None and price.unit_of_measure.units.upper() in GIGABYTES
    )
