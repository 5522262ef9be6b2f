"""Customers described: what is usual among a sample, then every range of them by it, with the sums over all.

It knows panels and the order in which one figure needs another; it must not know where rows are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recommender.insight import churn, lifecycle, moments, portfolio, segments, value
from recommender.insight.definition import KINDS
from recommender.insight.panel import TEN_THOUSANDTHS, Features, Panel
from recommender.insight.plays import Many, quadrant, reach
from recommender.insight.rows import CustomerRows, MomentRows
from recommender.insight.segments import Groups
from recommender.insight.source import Source

PREFIXES = ("P", "E")


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


def settle(source: Source, sample: Panel, former: Mapping[str, Any]) -> Usual:
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


def describe(source: Source, usual: Usual, panel: Panel, sums: Sums) -> tuple[CustomerRows, MomentRows]:
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
        CustomerRows(panel.ids, worth.score, worth.level, revenue, risk, quadrants, stage, group, data, calling),
        MomentRows(
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
