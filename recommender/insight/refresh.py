"""The story of a refresh: read a sample, settle what is usual, describe everybody range by range, switch.

It knows the order of the steps; it must not know a formula.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from recommender import store as models
from recommender.errors import NothingToLearn
from recommender.inputs import AttributeKind
from recommender.insight import churn, concentration, health, lifecycle, moments, portfolio, segments, store, value
from recommender.insight.definition import KINDS, Definition, built_in, parse
from recommender.insight.panel import TEN_THOUSANDTHS, Features, Offers, Panel, features
from recommender.insight.plays import Many, quadrant, reach
from recommender.insight.product import ProductRow
from recommender.insight.segments import Groups, Key
from recommender.insight.store import Shelves
from recommender.interactions import DAY, IntArray
from sql.pool import Database

Progress = Callable[[str], None]
# Customers from whom is learned what is usual; everybody is then described this many ids at a time.
SAMPLED, STEP = 100_000, 50_000
# Months of use before the earliest cutoff with which they are compared.
LOOKBACK = 100
# Accepted recommendations of so many days say how many are cancelled later.
ACCEPTED_DAYS = 365
PREFIXES = ("P", "E")


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What came of a refresh: the version that is read from now on, its customers, and the report it keeps."""

    version: int
    customers: int
    report: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """What is the same for every range: definition, shelves, attributes, offers, and the instant."""

    definition: Definition
    shelves: Shelves
    kinds: Mapping[str, AttributeKind]
    offers: Offers
    at: datetime

    @property
    def moment(self) -> int:
        return int(self.at.timestamp())

    @property
    def window(self) -> int:
        return churn.window_of(self.definition.churn)

    @property
    def since(self) -> date:
        """The first month of use that is read: a cutoff two windows back still has months behind it."""
        return (self.at - timedelta(days=2 * self.definition.churn.days + LOOKBACK)).date().replace(day=1)

    @property
    def question(self) -> churn.Question:
        words = self.shelves.words
        families = {name: place for place, name in enumerate(self.shelves.families)}
        main = churn.main_items(families, words.family, self.definition.churn.main_families)
        return churn.Question(self.window, self.offers, self.definition.revenue_attribute, main)

    def features(self, panel: Panel) -> Features:
        return features(panel, self.moment, self.window, self.offers, self.definition.revenue_attribute)

    def needs(self, panel: Panel, found: Features) -> dict[Key, Any]:
        """What groups are made of; revenue stands among it already, whatever attribute it came from."""
        without = (*self.definition.segments.without, self.definition.revenue_attribute or "")
        words = self.shelves
        return segments.raw(panel, self.moment, found, words.words.category, words.categories, without)


@dataclass(frozen=True, slots=True)
class Usual:
    """What was learned from the sample: scales of value, the risk (None: unknown), groups and traits per kind."""

    scales: tuple[value.Scale, ...]
    risk: churn.Risk | None
    churn: dict[str, Any]
    groups: tuple[Groups | None, ...]
    traits: tuple[list[list[dict[str, Any]]], ...]


@dataclass(slots=True)
class Sums:
    """What adds up over the ranges."""

    pyramid: value.Pyramid = field(default_factory=value.Pyramid)
    tally: portfolio.Tally | None = None
    segments: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    quadrants: Counter[str] = field(default_factory=Counter)
    moments: Counter[str] = field(default_factory=Counter)
    reach: Counter[str] = field(default_factory=Counter)
    customers: int = 0


async def refresh(
    db: Database, offers_of: Callable[[int], Offers], *, at: datetime, progress: Progress = lambda message: None
) -> Refreshed:
    """Everything anew as of `at`; readers see the former run until the new one is whole.

    `offers_of` says what the catalog knows of the offerings, in arrays of a length. Raises NothingToLearn on a database
    without offerings or customers, BadDefinition when the operator's definition cannot be used.
    """
    content = await store.definition(db) or built_in()
    shelves, kinds, size = await store.shelves(db), await models.attributes(db), await models.extent(db)
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
    usual = await asyncio.to_thread(_settle, source, sample, former.report if former else {})
    slot = await store.clear_spare(db)
    sums = Sums()
    ranges = [None] if whole else models.ranges(size, STEP)
    for part in ranges:
        panel = sample if part is None else await _read(db, source, [part])
        customers, opened = await asyncio.to_thread(_describe, source, usual, panel, sums)
        await store.write_customers(db, slot, customers, opened)
        progress(f"{sums.customers} customers described 已完成")
    accepted = await store.cancelled(db, at, ACCEPTED_DAYS)
    small, report = _close(source, usual, sums, accepted)
    version = await store.switch(db, slot, small, at=at, customers=sums.customers, definition=content, report=report)
    return Refreshed(version, sums.customers, report)


def of_categories(offers: Offers, shelves: Shelves, named: Collection[str]) -> Offers:
    """Allowances of other categories than the named ones are no data: storage is counted in GB too. None: all are."""
    if not named:
        return offers
    chosen = [place for place, code in enumerate(shelves.categories) if code in named]
    inside = np.append(np.isin(shelves.words.category, chosen), False)
    return replace(offers, data=np.where(inside[shelves.words.place], offers.data, 0.0))


async def _read(db: Database, source: Source, parts: list[models.Range]) -> Panel:
    async with db.connection() as connection:
        return await store.read(connection, parts, source.shelves.words, source.kinds, source.at, source.since)


def _settle(source: Source, sample: Panel, former: Mapping[str, Any]) -> Usual:
    # One thread of BLAS, as in training.
    with threadpool_limits(1, "blas"):
        found = source.features(sample)
        scales = value.scales(source.definition, sample, found)
        items, rules = source.shelves.words.items, source.definition.churn
        risk, report = churn.estimate(sample, items, rules, source.question, source.moment)
        told = source.needs(sample, found)
        groups, traits = [], []
        for place, kind in enumerate(KINDS):
            own = np.flatnonzero((sample.kind == place) & ~sample.closed)
            part = {key: amounts[own] for key, amounts in told.items()}
            before = former.get("segments", {}).get(kind)
            known = Groups.from_dict(before) if before else None
            made = segments.group(source.definition.segments, part, len(own), PREFIXES[place], known)
            label = made.assign(part, np.arange(len(own))) if made else np.empty(0, dtype=np.int64)
            groups.append(made)
            traits.append(segments.traits(part, label, len(made.codes)) if made else [])
        return Usual(scales, risk, report, tuple(groups), tuple(traits))


def _describe(source: Source, usual: Usual, panel: Panel, sums: Sums) -> tuple[store.CustomerRows, store.MomentRows]:
    definition, at = source.definition, source.moment
    found = source.features(panel)
    worth = value.valued(definition, usual.scales, panel, found)
    risk = usual.risk(panel, found, at) if usual.risk else np.full(panel.size, np.nan)
    known = [None if np.isnan(one) else one for one in risk.tolist()]
    base = usual.risk.base if usual.risk else None
    quadrants = [
        quadrant(definition.value, definition.churn, level, chance, base)
        for level, chance in zip(worth.level, known, strict=True)
    ]
    stage = lifecycle.stages(definition.lifecycle, found, panel.closed)
    group = _segments(source, usual, panel, found)
    data = moments.data_uses(definition.data_use, panel, source.offers, at)
    calling = moments.callings(definition.calling, panel, at)
    opened = moments.open_moments(definition.moments, panel, found, source.offers, at)
    revenue = np.where(panel.closed, 0, found.revenue)
    sums.customers += panel.size
    sums.pyramid.add(panel.kind, worth.level, revenue)
    part = portfolio.tally(panel, source.offers, source.shelves.words.family, at, source.window)
    sums.tally = part if sums.tally is None else sums.tally + part
    codes = [rule.code for rule in definition.moments]
    sums.segments.update(word for word in group if word)
    sums.stages.update(stage)
    sums.quadrants.update(word for word in quadrants if word)
    sums.moments.update(codes[rule] for rule in opened.rule.tolist())
    facets: dict[str, list[str | None]] = {
        "level": worth.level,
        "quadrant": quadrants,
        "stage": [*stage],
        "calling": calling,
        "dataUse": data,
    }
    open_ = {
        code: np.isin(np.arange(panel.size), opened.customer[opened.rule == at_]) for at_, code in enumerate(codes)
    }
    sums.reach.update(reach(definition, Many(panel.kind, facets, open_, revenue / TEN_THOUSANDTHS, risk)))
    return (
        store.CustomerRows(panel.ids, worth.score, worth.level, revenue, risk, quadrants, stage, group, data, calling),
        store.MomentRows(
            panel.ids[opened.customer], [codes[rule] for rule in opened.rule.tolist()], opened.opened, opened.until
        ),
    )


def _segments(source: Source, usual: Usual, panel: Panel, found: Features) -> list[str | None]:
    told = source.needs(panel, found)
    group: list[str | None] = [None] * panel.size
    for place, made in enumerate(usual.groups):
        own = np.flatnonzero((panel.kind == place) & ~panel.closed)
        if made is None or not len(own):
            continue
        for row, label in zip(own.tolist(), made.assign(told, own).tolist(), strict=True):
            group[row] = made.codes[label]
    return group


def _close(
    source: Source, usual: Usual, sums: Sums, accepted: Mapping[int, tuple[int, int]]
) -> tuple[store.Small, dict[str, Any]]:
    assert sums.tally is not None
    rows = products(source, sums.tally, accepted)
    carried = concentration.concentration(sums.tally.now)
    pyramid = [
        (kind, level, position, customers, store.money(revenue))
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
    advice, into = concentration.advice(rules.portfolio, counted.now, grown, words.category, words.family, launched)
    counts = health.shares(counted, taken, cancelled)
    found = []
    for at in range(len(words.items)):
        revenue = store.money(int(counted.revenue[at]))
        earned = None if np.isnan(margin[at]) else store.money(round(int(counted.revenue[at]) * float(margin[at])))
        found.append(
            ProductRow(
                offering_id=int(offering[at]),
                subscribers=int(counted.now[at]),
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
                portfolio_class=classes[at] if counted.now[at] else None,
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
