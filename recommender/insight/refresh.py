"""The story of a refresh: read a sample, settle what is usual, describe everybody range by range, switch.

It knows the order of the steps; it must not know a formula.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from threadpoolctl import threadpool_limits

from recommender import store as models
from recommender.errors import NothingToLearn
from recommender.insight import concentration, panel_store, portfolio, store
from recommender.insight.definition import KINDS, built_in, parse
from recommender.insight.describe import Sums, Usual, describe, settle
from recommender.insight.panel import Offers, Panel
from recommender.insight.products import products
from recommender.insight.rows import money
from recommender.insight.source import Source, of_categories
from recommender.interactions import DAY
from sql.pool import Database

Progress = Callable[[str], None]
# Customers from whom is learned what is usual; everybody is then described this many ids at a time.
SAMPLED, STEP = 100_000, 50_000
# Accepted recommendations of so many days say how many are cancelled later.
ACCEPTED_DAYS = 365


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What came of a refresh: the version that is read from now on, its customers, and the report it keeps."""

    version: int
    customers: int
    report: dict[str, Any]


async def refresh(
    db: Database, offers_of: Callable[[int], Offers], *, at: datetime, progress: Progress = lambda message: None
) -> Refreshed:
    """Everything anew as of `at`; readers see the former run until the new one is whole.

    `offers_of` says what the catalog knows of the offerings, in arrays of a length. Raises NothingToLearn on a database
    without offerings or customers, BadDefinition when the operator's definition cannot be used.
    """
    content = await store.definition(db) or built_in()
    shelves, kinds, size = await panel_store.shelves(db), await models.attributes(db), await models.extent(db)
    if not shelves.words.items or not size.customers:
        raise NothingToLearn("insight needs offerings and customers; import them first 请先导入目录和客户")
    definition = parse(content)
    offers = of_categories(offers_of(len(shelves.words.place)), shelves, definition.data_use.categories)
    source = Source(definition, shelves, kinds, offers, at)
    former = await store.run(db)
    progress(f"reading {min(size.customers, SAMPLED)} of {size.customers} customers 读取客户")
    whole = size.customers <= SAMPLED
    sample = await _read(db, source, models.spaced(size, SAMPLED))
    progress("learning what is usual: value, risk, needs 学习价值、流失与需求")
    usual = await asyncio.to_thread(_alone, source, sample, former.report if former else {})
    slot = await store.clear_spare(db)
    sums = Sums()
    if whole:
        await _write(db, source, usual, slot, sample, sums, progress)
    else:
        # It would only take memory.
        del sample
        for part in models.ranges(size, STEP):
            await _write(db, source, usual, slot, await _read(db, source, [part]), sums, progress)
    accepted = await store.cancelled(db, at, ACCEPTED_DAYS)
    small, report = _close(source, usual, sums, accepted)
    version = await store.switch(db, slot, small, at=at, customers=sums.customers, definition=content, report=report)
    return Refreshed(version, sums.customers, report)


async def _read(db: Database, source: Source, parts: list[models.Range]) -> Panel:
    async with db.connection() as connection:
        return await panel_store.read(connection, parts, source.shelves.words, source.kinds, source.at, source.since)


async def _write(
    db: Database, source: Source, usual: Usual, slot: int, panel: Panel, sums: Sums, progress: Progress
) -> None:
    customers, opened = await asyncio.to_thread(describe, source, usual, panel, sums)
    await store.write_customers(db, slot, customers, opened)
    progress(f"{sums.customers} customers described 已完成")


def _alone(source: Source, sample: Panel, former: Mapping[str, Any]) -> Usual:
    # One thread of BLAS, as in training.
    with threadpool_limits(1, "blas"):
        return settle(source, sample, former)


def _close(
    source: Source, usual: Usual, sums: Sums, accepted: Mapping[int, tuple[int, int]]
) -> tuple[store.Small, dict[str, Any]]:
    assert sums.tally is not None
    rows = products(source, sums.tally, accepted)
    carried = concentration.concentration(sums.tally.current)
    pyramid = [
        (kind, level, position, customers, money(revenue))
        for kind, level, position, customers, revenue in sums.pyramid.rows(source.definition.value)
    ]
    told = []
    for place, made in enumerate(usual.groups):
        total = sum(sums.segments[code] for code in made.codes) if made else 0
        for code, traits in zip(made.codes if made else (), usual.traits[place], strict=True):
            count = sums.segments[code]
            told.append((code, KINDS[place], count, count / max(total, 1), traits))
    report = {
        "churn": usual.churn,
        "stages": dict(sums.stages),
        "quadrants": dict(sums.quadrants),
        "moments": dict(sums.moments),
        "segments": {KINDS[place]: made.to_dict() for place, made in enumerate(usual.groups) if made},
        "concentration": {
            "products": carried.products,
            "subscriptions": carried.subscriptions,
            "gini": carried.gini,
            "topTenth": carried.top_tenth,
            "forMost": carried.for_most,
            "curve": [list(point) for point in carried.curve],
        },
        "growth": portfolio.overall_growth(sums.tally),
        "windowDays": source.window // DAY,
    }
    return store.Small(pyramid, told, list(sums.reach.items()), rows), report
