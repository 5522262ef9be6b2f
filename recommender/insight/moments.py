"""Moments: days on which something happened to a customer that opens a play, each by a rule given as data.

It knows panels, features and dates in seconds; it must not know what is offered at a moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.insight.definition import Calling, DataUse, MomentRule
from recommender.insight.lifecycle import silent
from recommender.insight.panel import Features, Offers, Panel, numbers
from recommender.interactions import DAY, Float64Array, IntArray

# A trend of volumes over a few months carries on by at most this much.
MOST_TREND = float(np.log(2))


@dataclass(frozen=True, slots=True)
class Opened:
    """Open moments: customer (place), rule (place among the rules), first second, and the one after the last."""

    customer: IntArray
    rule: IntArray
    opened: IntArray
    until: IntArray


def allowances(panel: Panel, offers: Offers, at: int) -> Float64Array:
    """The GB a month that each customer's products allow, at an instant."""
    held = panel.products.held(at)
    data = offers.data[panel.products.offering[held]]
    return np.bincount(panel.products.owner[held], weights=data, minlength=panel.size).astype(np.float64)


def open_moments(rules: Sequence[MomentRule], panel: Panel, found: Features, offers: Offers, at: int) -> Opened:
    """Everything open at `at`, of customers who are not closed."""
    days: dict[str, Callable[[MomentRule], Float64Array]] = {
        "ATTRIBUTE_CHANGE": lambda rule: _changed(panel, rule.attribute or "", at),
        "SILENCE": lambda rule: np.where(silent(found), float(panel.months(at)[1]), np.nan),
        "RUNNING_OUT": lambda rule: _running_out(rule, panel, found, offers, at),
        "DATE_NEAR": lambda rule: numbers(panel.known(at).get(rule.attribute or ""), panel.size) - rule.before * DAY,
        "NEW_JOINER": lambda rule: panel.joined,
    }
    parts = []
    for place, rule in enumerate(rules):
        begins = days[rule.rule](rule)
        ends = begins + rule.days * DAY
        with np.errstate(invalid="ignore"):
            who = np.flatnonzero((begins <= at) & (ends > at) & ~panel.closed)
        parts.append((who, np.full(len(who), place), begins[who], ends[who]))
    columns = [np.concatenate(column).astype(np.int64) for column in zip(*parts, strict=True)] if parts else []
    return Opened(*columns) if columns else Opened(*[np.empty(0, dtype=np.int64)] * 4)


def _changed(panel: Panel, name: str, at: int) -> Float64Array:
    """When each customer's attribute last became another one, NaN where it never did."""
    found = np.full(panel.size, np.nan)
    column, profiles = panel.profiles.table.get(name), panel.profiles
    if column is None or len(profiles.customer) < 2:
        return found
    told = column.codes if column.kind == "categorical" else column.numbers
    known = told >= 0 if column.kind == "categorical" else np.isfinite(told)
    same = profiles.customer[1:] == profiles.customer[:-1]
    other = same & known[1:] & known[:-1] & (told[1:] != told[:-1]) & (profiles.known_from[1:] <= at)
    rows = np.flatnonzero(other) + 1
    # Rows rise by time within a customer, so the last one assigned is the latest.
    found[profiles.customer[rows]] = profiles.known_from[rows]
    return found


def _running_out(rule: MomentRule, panel: Panel, found: Features, offers: Offers, at: int) -> Float64Array:
    used = numbers(panel.known(at).get(rule.attribute or ""), panel.size)
    allowed = allowances(panel, offers, at)
    trend = np.clip(np.nan_to_num(found["volume_trend"]), -MOST_TREND, MOST_TREND)
    with np.errstate(invalid="ignore"):
        near = (allowed > 0) & (used <= allowed) & (used * np.exp(trend) >= rule.share * allowed)
    return np.where(near, float(at), np.nan)


def data_uses(rule: DataUse, panel: Panel, offers: Offers, at: int) -> list[str | None]:
    """One of DATA_USES a customer, None where use is not known."""
    known = panel.known(at)
    used, allowed = numbers(known.get(rule.attribute), panel.size), allowances(panel, offers, at)
    beyond = numbers(known.get(rule.over_attribute or ""), panel.size)
    with np.errstate(invalid="ignore"):
        conditions = [
            ~np.isfinite(used) | panel.closed,
            allowed <= 0,
            (used > allowed) | (beyond >= rule.over_from),
            used <= 0,
            used < rule.low * allowed,
            used >= rule.high * allowed,
        ]
    words = np.select(conditions, ["", "NO_PACKAGE", "OVER", "NONE", "LOW", "HIGH"], "NORMAL")
    return [word or None for word in words.tolist()]


def callings(rule: Calling, panel: Panel, at: int) -> list[str | None]:
    """The calling segment of each customer, None where minutes are not known."""
    minutes = numbers(panel.known(at).get(rule.attribute), panel.size)
    edges = [step.below for step in rule.steps if step.below is not None]
    place = np.searchsorted(edges, minutes, side="right")
    known = np.isfinite(minutes) & ~panel.closed
    codes = [step.code for step in rule.steps]
    return [codes[at] if told else None for at, told in zip(place.tolist(), known.tolist(), strict=True)]
