"""What a search finds and counts by columns is what looking at one offering after the other finds and counts."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from api.graphql.common import View
from api.graphql.filters import BooleanFilter, NumberFilter, NumberRange, StringFilter
from api.graphql.offering_filters import ProductOfferingWhere, is_sellable, sellable_rows
from catalog.bundle import BundlePart
from catalog.columns import Field
from catalog.complexity import Complexity
from catalog.facets import FacetField, counted
from catalog.market import within
from catalog.monthly_fee import band, monthly_fee
from catalog.offering import Category, ChannelUse, Offering
from catalog.period import Period
from catalog.price import Money, Price, PriceType
from catalog.snapshot import Snapshot
from catalog.text import Text

AT = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
CATEGORIES = {f"c{n}": Category(f"c{n}", Text(f"类{n}"), f"c{n // 3}" if n > 2 else None) for n in range(30)}
PLACES, MARKETS, CHANNELS = ("sx", "sx/ty", "sx/dt", "gd"), ("M1", "M2"), ("HALL", "ONLINE", "10086")


def some(rng: random.Random, choices: Iterable[str], most: int = 2) -> tuple[str, ...]:
    return tuple(rng.sample(sorted(choices), rng.randint(0, most)))


def dated(rng: random.Random) -> Period:
    return rng.choice((Period(), Period(AT + DAY), Period(None, AT + 2 * DAY), Period(AT - DAY, AT)))


def offering(number: int, rng: random.Random) -> Offering:
    fees = [
        Price(
            f"p{n}",
            PriceType.RECURRING,
            price=Money("CNY", Decimal(rng.randint(0, 250)) / 2),
            recurring_charge_period=rng.choice(("month", "month", "year")),
            valid=dated(rng),
        )
        for n in range(rng.randint(0, 2))
    ]
    return Offering(
        f"O{number:03d}",
        Text(rng.choice(("流量", "语音")), f"Pack {number}"),
        version=rng.randint(1, 10**6),
        is_sellable=rng.random() < 0.8,
        family=rng.choice((None, "f", "g")),
        step=rng.choice((None, 1, 2)),
        complexity=rng.choice(list(Complexity)),
        category=some(rng, CATEGORIES),
        channel=tuple(ChannelUse(code, dated(rng)) for code in some(rng, CHANNELS)),
        prices=tuple(fees),
        parts=(BundlePart("O000"),) if rng.random() < 0.3 else (),
        specification=rng.choice((None, "s")),
        place=some(rng, PLACES),
        market_segment=some(rng, MARKETS),
    )


def text(rng: random.Random, choices: Iterable[str]) -> StringFilter | None:
    if rng.random() < 0.7:
        return None
    found = sorted(choices)
    return StringFilter(
        eq=rng.choice(found) if rng.random() < 0.4 else None,
        in_=rng.sample(found, min(2, len(found))) if rng.random() < 0.4 else None,
        contains=rng.choice(found)[:2] if rng.random() < 0.3 else None,
    )


def condition(rng: random.Random, depth: int = 2) -> ProductOfferingWhere:
    inner = [condition(rng, depth - 1) for _ in range(rng.randint(0, 2))] if depth else None
    low = Decimal(rng.randint(0, 60))
    fee = NumberFilter(eq=low) if rng.random() < 0.2 else NumberFilter(range=NumberRange(min=low, max=low + 50))
    found = ProductOfferingWhere(
        code=text(rng, ("O001", "O017")),
        name=text(rng, ("流量", "语音")),
        family=text(rng, "fg"),
        category=text(rng, CATEGORIES),
        channel=text(rng, CHANNELS),
        complexity=text(rng, Complexity),
        step=NumberFilter(eq=Decimal(1)) if rng.random() < 0.1 else None,
        monthly_fee=fee if rng.random() < 0.2 else None,
        place=rng.choice(("sx/ty", "sx", "gd/gz")) if rng.random() < 0.2 else None,
        market_segment=text(rng, MARKETS),
        product_specification=text(rng, "s"),
        is_bundle=BooleanFilter(eq=rng.random() < 0.5) if rng.random() < 0.2 else None,
        is_sellable=BooleanFilter(eq=rng.random() < 0.5) if rng.random() < 0.2 else None,
    )
    found.and_ = inner if rng.random() < 0.3 else None
    found.or_ = inner if rng.random() < 0.4 else None
    found.not_ = condition(rng, depth - 1) if depth and rng.random() < 0.3 else None
    return found


def holds(where: ProductOfferingWhere, one: Offering, view: View) -> bool:
    def asks(asked: Any, *values: Any) -> bool:
        return asked is None or any(asked.accepts(value) for value in values)

    above = {code for inner in one.category for code in view.moment.snapshot.path(inner)}
    own = (
        asks(where.code, one.code),
        asks(where.name, one.name.zh, one.name.en),
        asks(where.family, one.family),
        asks(where.category, *above),
        not one.channel or asks(where.channel, *(use.channel for use in one.channel)),
        asks(where.complexity, one.complexity.value),
        asks(where.step, one.step),
        asks(where.monthly_fee, monthly_fee(one, view.at)),
        where.place is None or not one.place or any(within(where.place, place) for place in one.place),
        asks(where.market_segment, *one.market_segment),
        asks(where.product_specification, one.specification),
        asks(where.is_bundle, one.is_bundle),
        asks(where.is_sellable, is_sellable(one, view)),
    )
    return (
        all(own)
        and all(holds(inner, one, view) for inner in where.and_ or ())
        and (where.or_ is None or any(holds(inner, one, view) for inner in where.or_))
        and not (where.not_ and holds(where.not_, one, view))
    )


def counts(offerings: list[Offering], view: View) -> dict[FacetField, Counter[str]]:
    found: dict[FacetField, Counter[str]] = {one: Counter() for one in FacetField}
    for one in offerings:
        found[FacetField.CATEGORY].update({up for code in one.category for up in view.moment.snapshot.path(code)})
        found[FacetField.FAMILY].update([one.family] if one.family is not None else [])
        found[FacetField.CHANNEL].update(use.channel for use in one.channel if use.valid.contains(view.at))
        found[FacetField.COMPLEXITY][one.complexity.value] += 1
        found[FacetField.KIND]["BUNDLE" if one.parts else "OFFERING"] += 1
        fee = monthly_fee(one, view.at)
        found[FacetField.MONTHLY_FEE].update([band(fee)] if fee is not None else [])
    for code in found[FacetField.CHANNEL]:
        found[FacetField.CHANNEL][code] += sum(not one.channel for one in offerings)
    return found


def compare(known: Snapshot, at: datetime, rng: random.Random) -> int:
    """How many offerings were found in all, by columns as by looking at each."""
    total = 0
    for _ in range(12):
        channel, place, market = (rng.choice((None, *one)) for one in (CHANNELS, (*PLACES, "gd/gz"), MARKETS))
        view = View(known.moment(at), at, "zh", channel, place, market)
        where, columns = condition(rng), view.moment.columns
        wanted = [one for one in view.moment.ordered if holds(where, one, view)]
        rows = where.selected(view)
        assert list(columns.offerings(rows)) == wanted
        assert counted(columns, rows, FacetField) == counts(wanted, view)
        assert list(columns.offerings(sellable_rows(view))) == [
            one for one in view.moment.ordered if is_sellable(one, view)
        ]
        total += len(wanted)
    return total


@pytest.mark.parametrize("seed", range(8))
def test_columns_find_and_count_what_looking_at_each_offering_does(seed: int) -> None:
    rng = random.Random(seed)
    versions = {one.code: (one,) for one in (offering(number, rng) for number in range(60))}
    known = Snapshot(1, versions, CATEGORIES, {})
    assert sum(compare(known, AT + day * DAY, rng) for day in (-1, 0, 1, 3)) > 0


@pytest.mark.parametrize("seed", range(8))
def test_columns_follow_every_edit(seed: int) -> None:
    rng = random.Random(seed)
    versions = {one.code: (one,) for one in (offering(number, rng) for number in range(60))}
    held = Snapshot(1, versions, CATEGORIES, {}).prepared(AT)
    for revision in range(2, 8):
        before = held.moment(AT).columns
        made = [before[name] for name in Field]
        edited: dict[str, tuple[Offering, ...]] = {}
        edited |= {f"O{number:03d}": (offering(number, rng),) for number in rng.sample(range(60), 3)}
        if rng.random() < 0.3:
            edited |= {f"N{revision}": (replace(offering(revision, rng), code=f"N{revision}"),)}
        if rng.random() < 0.3:
            edited |= {rng.choice(sorted(held.versions)): ()}
        categories = dict(list(CATEGORIES.items())[: rng.randint(3, 30)]) if rng.random() < 0.2 else held.categories
        held = held.advanced(revision, edited, categories=categories).prepared(AT, held)
        compare(held, AT, rng)
        # Whoever still reads the catalog before sees what it was.
        assert [before[name] for name in Field] == made


def test_an_edit_makes_no_column_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(1)
    versions = {one.code: (one,) for one in (offering(number, rng) for number in range(60))}
    held = Snapshot(1, versions, CATEGORIES, {}).prepared(AT)
    held.moment(AT).columns[Field.MONTHLY_FEE]
    looked: list[str] = []

    def looked_at(one: Offering, at: datetime) -> Decimal | None:
        looked.append(one.code)
        return monthly_fee(one, at)

    monkeypatch.setattr("catalog.columns.monthly_fee", looked_at)
    edited = {"O007": (offering(7, rng),)}
    after = held.advanced(2, edited).prepared(AT, held)
    assert after.moment(AT).columns[Field.MONTHLY_FEE].bits
    assert looked == ["O007"]
