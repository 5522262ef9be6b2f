"""Catalogs that nobody would think of: every field of a document, empty or full, in odd characters, in any version."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from catalog.bundle import BundleGroup, BundlePart
from catalog.channel import Channel
from catalog.complexity import Complexity
from catalog.customer import ATTRIBUTE_KINDS, Attribute
from catalog.documents.whole import whole
from catalog.lifecycle import LifecycleStatus
from catalog.offering import Category, ChannelUse, ExternalIdentifier, Offering, Relationship, RelationshipType
from catalog.period import ALWAYS, Period
from catalog.place import Place
from catalog.price import DURATIONS, PERIODS, Money, Price, PriceType, Quantity, Scope, Stacking, Tier, TierMode
from catalog.specification import (
    Characteristic,
    CharacteristicUse,
    CharacteristicValue,
    Specification,
    SpecificationRelationship,
    SpecificationRelationshipType,
    ValueType,
)
from catalog.term import EarlyTermination, ShortfallPolicy, Term, TermKind
from catalog.text import Text
from catalog.time_window import TimeWindow
from catalog.trial import Conversion, Trial

# What spreadsheets take for something else: formulas, escapes, numbers, dates, lists, JSON.
ODD = ["=1+1", "+86", "-1", "@home", "_x0041_", "_x005F_x000D_", "007", "1e5", "2026-03-01", "a;b", "a；b", "[x]"]
ODD += ['["x"]', "{}", "TRUE", "any", "10GB流量包", "a  b", "'quoted", '"', "1.50", "#REF!", "null", "🎓", "<b>&amp;"]
plain = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=6)
strings = st.sampled_from(ODD) | plain.filter(lambda one: one.isprintable())
texts = st.builds(Text, strings | st.none(), strings | st.none())
names = texts.filter(bool)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2031, 1, 1)).map(
    lambda at: at.replace(tzinfo=UTC)
) | st.sampled_from(
    [
        datetime(2026, 2, 28, 16, tzinfo=UTC),
        datetime(1850, 1, 1, tzinfo=UTC),
        datetime(2026, 3, 1, 4, 30, 15, tzinfo=UTC),
    ]
)
decimals = st.decimals(0, 10**9, places=4) | st.sampled_from(
    [Decimal(0), Decimal("19.9"), Decimal("0.0001"), Decimal("10.00"), Decimal("99999999999999.9999"), Decimal("1.1")]
)
shares = st.decimals(0, 100, places=4)
amounts = st.builds(Money, st.just("CNY"), decimals)
quantities = st.builds(Quantity, decimals.filter(bool), strings)
durations = st.builds(Quantity, st.integers(1, 99).map(Decimal), st.sampled_from(DURATIONS))


@st.composite
def periods(draw) -> Period:
    start = draw(st.none() | moments)
    length = draw(st.none() | st.timedeltas(timedelta(microseconds=1), timedelta(days=3000)))
    if start is None:
        return Period(None, draw(st.none() | moments))
    return Period(start, start + length if length else None)


def listed(codes, size: int = 3):
    return st.lists(codes, max_size=size, unique=True).map(tuple)


@st.composite
def tiers(draw, by_share: bool) -> tuple[Tier, ...]:
    lowers = sorted(draw(st.lists(decimals, max_size=3, unique=True)))
    lowers = [Decimal(0), *lowers[1:]] if lowers and Decimal(0) not in lowers[1:] else lowers[:1]
    return tuple(Tier(low, None, draw(shares)) if by_share else Tier(low, draw(amounts)) for low in lowers)


windows = st.builds(
    TimeWindow,
    st.times().map(lambda one: one.replace(microsecond=0)),
    st.sampled_from([time(), time(7), time(23, 59, 59)]),
    st.lists(st.integers(1, 7), min_size=1, unique=True).map(tuple),
)


@st.composite
def prices(draw, code: str) -> Price:
    kind = draw(st.sampled_from(PriceType))
    is_usage, is_discount = kind is PriceType.USAGE, kind is PriceType.DISCOUNT
    may_tier = kind in (PriceType.ONE_TIME, PriceType.RECURRING, PriceType.USAGE, PriceType.DISCOUNT)
    stacking = draw(st.sampled_from(Stacking))
    return Price(
        code,
        kind,
        name=draw(texts),
        price=draw(amounts),
        percentage=draw(st.none() | shares),
        unit_of_measure=draw(quantities if is_usage or kind is PriceType.ALLOWANCE else st.none() | quantities),
        recurring_charge_period=draw(st.sampled_from(PERIODS if kind is PriceType.RECURRING else ["month", "year"])),
        tax_included=draw(st.booleans()),
        tax_rate=draw(st.none() | st.decimals(0, 1, places=4)),
        valid=draw(periods()),
        rating_increment=draw(st.none() | quantities) if is_usage else None,
        connect_fee=draw(st.none() | amounts) if is_usage else None,
        tier_mode=draw(st.sampled_from(TierMode)),
        tiers=draw(tiers(is_discount)) if may_tier else (),
        carry_over=draw(st.booleans()),
        time_window=draw(st.none() | windows),
        stacking=stacking,
        exclusive_group=draw(st.none() | strings) if stacking is Stacking.EXCLUSIVE else None,
        application_duration=draw(st.none() | durations),
        priority=draw(st.integers(-3, 3)),
        scope=draw(st.sampled_from(Scope)),
        applies_to=draw(listed(strings)),
        term=draw(st.none() | strings),
    )


@st.composite
def terms(draw, code: str) -> Term:
    kind = draw(st.sampled_from(TermKind))
    early = st.builds(EarlyTermination, amounts, st.none()) | st.builds(EarlyTermination, st.none(), shares)
    return Term(
        code,
        kind,
        draw(durations),
        name=draw(texts),
        minimum=draw(st.none() | amounts) if kind is TermKind.COMMITMENT else None,
        minimum_period=draw(st.sampled_from(["month", "quarter", "year"])),
        shortfall_policy=draw(st.builds(ShortfallPolicy, shares, st.booleans())),
        early_termination=draw(st.none() | early),
        tier_lift=draw(st.integers(0, 3)),
        scope=draw(st.sampled_from(Scope)),
        valid=draw(periods()),
    )


@st.composite
def parts(draw, code: str, groups: tuple[str, ...]) -> BundlePart:
    lower, more, most = draw(st.integers(0, 2)), draw(st.integers(0, 2)), draw(st.none() | st.integers(0, 2))
    upper = None if most is None else max(1, lower + more + most)
    group = draw(st.sampled_from([None, *groups]))
    return BundlePart(code, lower, lower + more, upper, group)


@st.composite
def groups(draw) -> tuple[BundleGroup, ...]:
    found: list[BundleGroup] = []
    for code in draw(listed(strings)):
        lower, upper = draw(st.integers(0, 2)), draw(st.none() | st.integers(2, 4))
        parent = draw(st.sampled_from([None, *(one.code for one in found)]))
        found.append(BundleGroup(code, draw(texts), lower, upper, parent))
    return tuple(found)


@st.composite
def uses(draw, name: str) -> CharacteristicUse:
    values = draw(st.lists(strings, min_size=1, max_size=3, unique=True).map(tuple))
    return CharacteristicUse(name, values, draw(st.none() | st.sampled_from(values)))


@st.composite
def trials(draw) -> Trial:
    conversion = draw(st.sampled_from(Conversion))
    return Trial(draw(durations), conversion, draw(st.none() | strings) if conversion is Conversion.CONVERT else None)


def each(codes: tuple[str, ...], make, draw) -> tuple[Any, ...]:
    return tuple(draw(make(code)) for code in codes)


@st.composite
def offerings(draw, code: str, version: int) -> Offering:
    inside = draw(groups())
    names_of_groups = tuple(one.code for one in inside)
    relation = st.builds(
        lambda kind, target, group, low, more: Relationship(
            kind, target, group, low, None if more is None else low + more
        ),
        st.sampled_from(RelationshipType),
        strings,
        strings,
        st.integers(1, 3),
        st.none() | st.integers(0, 3),
    )
    return Offering(
        code,
        draw(names),
        version=version,
        template=draw(st.none() | strings),
        description=draw(texts),
        is_sellable=draw(st.booleans()),
        lifecycle_status=draw(st.sampled_from(LifecycleStatus)),
        status_reason=draw(st.none() | strings),
        valid=draw(periods()),
        family=draw(st.none() | strings),
        step=draw(st.none() | st.integers(-2, 9)),
        complexity=draw(st.sampled_from(Complexity)),
        talking_point=draw(texts),
        margin=draw(st.none() | st.decimals(-1, 1, places=4)),
        external_identifier=draw(listed(st.builds(ExternalIdentifier, strings, strings))),
        category=draw(listed(strings)),
        channel=draw(
            st.lists(st.builds(ChannelUse, strings, periods()), max_size=3, unique_by=lambda one: one.channel).map(
                tuple
            )
        ),
        prices=each(draw(listed(strings)), prices, draw),
        terms=each(draw(listed(strings)), terms, draw),
        relationships=draw(
            st.lists(relation, max_size=3, unique_by=lambda one: (one.relationship_type, one.target)).map(tuple)
        ),
        parts=each(draw(listed(strings)), lambda one: parts(one, names_of_groups), draw),
        groups=inside,
        specification=draw(st.none() | strings),
        characteristics=each(draw(listed(strings)), uses, draw),
        place=draw(listed(strings)),
        market_segment=draw(listed(strings)),
        policy=draw(listed(strings)),
        allowed_action=draw(listed(strings)),
        trial=draw(st.none() | trials()),
    )


@st.composite
def characteristics(draw, name: str) -> Characteristic:
    low = draw(st.integers(0, 2))
    values = st.builds(CharacteristicValue, strings, st.none(), st.none(), st.none() | strings, st.booleans())
    ranges = st.builds(CharacteristicValue, st.none(), shares, st.none(), st.none() | strings)
    return Characteristic(
        name,
        draw(st.sampled_from(ValueType)),
        draw(texts),
        draw(st.booleans()),
        low,
        draw(st.none() | st.integers(max(1, low), 5)),
        tuple(draw(st.lists(values | ranges, max_size=3))),
    )


@st.composite
def specifications(draw, code: str) -> Specification:
    relation = st.builds(SpecificationRelationship, st.sampled_from(SpecificationRelationshipType), strings)
    return Specification(
        code,
        draw(names),
        draw(st.none() | strings),
        draw(st.none() | strings),
        draw(st.sampled_from(["1", "2.1"])),
        draw(st.sampled_from(LifecycleStatus)),
        draw(periods()),
        each(draw(listed(strings, 2)), characteristics, draw),
        tuple(draw(st.lists(relation, max_size=2))),
    )


@st.composite
def documents(draw) -> dict[str, Any]:
    """A whole document, as an export writes it. Whether its parts fit together is lint's matter."""
    versions = [
        draw(offerings(code, version))
        for code in draw(listed(strings, 2))
        for version in range(1, draw(st.integers(1, 2)) + 1)
    ]
    categories = [
        Category(code, draw(names), draw(st.none() | strings), draw(st.just(ALWAYS) | periods()))
        for code in draw(listed(strings))
    ]
    attributes = [
        Attribute(code, draw(st.sampled_from(ATTRIBUTE_KINDS)), draw(st.booleans()), draw(names))
        for code in draw(listed(strings, 2))
    ]
    entries = {
        "specification": each(draw(listed(strings, 2)), specifications, draw),
        "place": [Place(code, draw(names), draw(st.none() | strings)) for code in draw(listed(plain_codes, 2))],
        "channel": [
            Channel(code, draw(names), draw(st.sampled_from(Complexity)), draw(st.booleans()), draw(periods()))
            for code in draw(listed(strings, 2))
        ],
    }
    return whole(versions, categories, attributes, entries, etags=draw(st.booleans()))


plain_codes = strings.filter(lambda one: "/" not in one)
