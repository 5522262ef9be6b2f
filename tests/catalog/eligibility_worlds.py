"""Generated catalogs and customers, and eligibility written once more as plainly as it can be said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from catalog.bundle import BundlePart
from catalog.channel import Channel
from catalog.complexity import Complexity
from catalog.eligibility import ENDED, Ground, Rule, Rules, compile_rules
from catalog.eligibility.facts import TODAY
from catalog.lifecycle import LifecycleStatus
from catalog.market import MarketKind, MarketSegment, within
from catalog.moment import Moment
from catalog.offering import Category, ChannelUse, Offering, Relationship, RelationshipType
from catalog.period import Period
from catalog.policies.condition import AllOf, AnyOf, Check, Not, OneMarket, Operator
from catalog.policies.policy import Policy
from catalog.snapshot import Snapshot
from catalog.text import Text

AT = datetime(2026, 3, 1, tzinfo=UTC)
CODES = tuple("ABCDEFGHIJ")
PLACES = ("n", "n/a", "n/a/x", "n/b", "s")
CHANNELS = ("HALL", "ONLINE", "10086", "CLOSED")
MARKETS = {
    "m1": MarketSegment(1, "m1", MarketKind.CAMPUS, Text(en="m"), "n/a", 100, facts={"wlan": True}),
    "m2": MarketSegment(2, "m2", MarketKind.CAMPUS, Text(en="m"), "n/b", None, facts={"wlan": False}),
    "m3": MarketSegment(3, "m3", MarketKind.PARK, Text(en="m"), None, 10),
    "m4": MarketSegment(4, "m4", MarketKind.CAMPUS, Text(en="m"), "s", valid=Period(end=AT), facts={"wlan": True}),
}
REGISTER = {
    "10086": Channel("10086", Text(en="c"), Complexity.SIMPLE),
    "CLOSED": Channel("CLOSED", Text(en="c"), valid=Period(end=AT)),
}
CATEGORIES = {"a": ("a",), "b": ("b", "a"), "c": ("c",)}

places = st.sampled_from(PLACES)
several_places = st.lists(places, min_size=1, max_size=2, unique=True).map(tuple)
a_check = st.one_of(
    st.sampled_from(["PERSON", "ENTERPRISE"]).map(lambda one: Check("customer.kind", Operator.EQ, (one,))),
    st.lists(st.sampled_from("tuv"), min_size=1, max_size=2).map(lambda found: _in("customer.tags", found)),
    several_places.map(lambda found: Check("customer.place", Operator.WITHIN, found)),
    several_places.map(lambda found: Check("context.place", Operator.WITHIN, found)),
    st.integers(0, 30).map(lambda low: Check("customer.tenure", Operator.RANGE, (), low, None)),
    st.booleans().map(lambda one: Check("customer.personalisation", Operator.EQ, (one,))),
    st.sampled_from("pq").map(lambda one: Check("attribute.plan", Operator.EQ, (one,))),
    st.integers(0, 9).map(lambda low: Check("attribute.arpu", Operator.RANGE, (), low, low + 3)),
    st.integers(0, 60).map(lambda high: Check("attribute.end", Operator.DAYS, (), 0, high)),
    st.just(Check("attribute.end", Operator.RANGE, (), None, date(2026, 4, 1))),
    st.sampled_from(CHANNELS).map(lambda one: Check("channel.code", Operator.EQ, (one,))),
    st.lists(st.sampled_from(CODES), min_size=1, max_size=2).map(lambda found: _in("holdings.offering", found)),
    st.sampled_from("abc").map(lambda one: Check("holdings.category", Operator.EQ, (one,))),
    st.sampled_from("fg").map(lambda one: Check("holdings.family", Operator.EQ, (one,))),
)
a_market_check = st.one_of(
    st.sampled_from(sorted(MARKETS)).map(lambda one: Check("market.code", Operator.EQ, (one,))),
    st.sampled_from(["CAMPUS", "PARK"]).map(lambda one: Check("market.kind", Operator.EQ, (one,))),
    st.booleans().map(lambda one: Check("market.facts.wlan", Operator.EQ, (one,))),
    several_places.map(lambda found: Check("market.place", Operator.WITHIN, found)),
    st.just(Check("market.size", Operator.RANGE, (), 50, None)),
)


def _in(fact: str, values: list[str]) -> Check:
    return Check(fact, Operator.IN, tuple(values))


def deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return several.map(AllOf) | several.map(AnyOf) | inner.map(Not)


of_one_market = st.recursive(a_market_check, deeper, max_leaves=4)
conditions = st.recursive(a_check | a_market_check | of_one_market.map(OneMarket), deeper, max_leaves=6)


@dataclass(frozen=True)
class World:
    offerings: tuple[Offering, ...]
    policies: dict[str, Policy]

    @property
    def launched(self) -> dict[str, Offering]:
        return {one.code: one for one in self.offerings if one.is_launched(AT)}

    @property
    def moment(self) -> Moment:
        above = {code: path[1] if path[1:] else None for code, path in CATEGORIES.items()}
        categories = {code: Category(code, Text(en=code), parent) for code, parent in above.items()}
        versions = {one.code: (one,) for one in self.offerings}
        return Snapshot(1, versions, categories, MARKETS, channels=REGISTER, policies=self.policies).moment(AT)

    @property
    def rules(self) -> Rules:
        others = [one for one in self.offerings if not one.is_launched(AT)]
        ground = Ground(self.policies, REGISTER, MARKETS, lambda code: CATEGORIES[code])
        return compile_rules(self.launched.values(), others, AT, ground)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    count = draw(st.integers(1, len(CODES)))
    found = tuple(draw(an_offering(number)) for number in range(count))
    valid = st.sampled_from([Period(), Period(end=AT), Period(start=AT)])
    policies = {
        f"p{number}": Policy(f"p{number}", Text(en="p"), draw(conditions), valid=draw(valid)) for number in range(3)
    }
    return World(found, policies)


@st.composite
def an_offering(draw: st.DrawFn, number: int) -> Offering:
    def some(values: tuple[str, ...], most: int = 2) -> tuple[str, ...]:
        return tuple(draw(st.lists(st.sampled_from(values), max_size=most, unique=True))) if values else ()

    def seldom(values: tuple[str, ...], most: int = 2) -> tuple[str, ...]:
        return some(values, most) if draw(st.integers(0, 3)) == 0 else ()

    earlier, code = CODES[:number], CODES[number]
    late = Period(start=AT + timedelta(days=1))
    valid = draw(st.sampled_from([Period(), Period(), Period(), Period(), late, Period(end=AT)]))
    kinds = st.sampled_from([RelationshipType.REQUIRES, RelationshipType.REQUIRES, RelationshipType.EXCLUDES])
    targets = tuple(one for one in CODES if one != code)
    return Offering(
        code,
        Text(en=code),
        template=next(iter(seldom(earlier, 1)), None),
        is_sellable=draw(st.integers(0, 5)) > 0,
        lifecycle_status=draw(
            st.sampled_from([*[LifecycleStatus.LAUNCHED] * 9, LifecycleStatus.RETIRED, LifecycleStatus.IN_DESIGN])
        ),
        valid=valid,
        family=next(iter(some(("f", "g"), 1)), None),
        category=some(("a", "b", "c")),
        complexity=draw(st.sampled_from(list(Complexity))),
        channel=tuple(map(ChannelUse, seldom(CHANNELS))),
        place=seldom(PLACES),
        market_segment=seldom(tuple(MARKETS)),
        policy=some(("p0", "p1", "p2", "unknown"), 2) if draw(st.integers(0, 2)) == 0 else (),
        relationships=tuple(
            Relationship(draw(kinds), target, draw(st.sampled_from("xy")), draw(st.integers(1, 2)))
            for target in seldom(targets)
        ),
        parts=tuple(BundlePart(one, draw(st.integers(0, 1))) for one in seldom(earlier, 3)),
    )


@st.composite
def customers(draw: st.DrawFn) -> dict[str, Any]:
    """Facts, of which some are missing."""
    known: dict[str, st.SearchStrategy[Any]] = {
        "customer.kind": st.sampled_from(["PERSON", "ENTERPRISE", None]),
        "customer.tags": st.frozensets(st.sampled_from("tuv")),
        "customer.place": st.sampled_from([*PLACES, "n/c", None]),
        "customer.tenure": st.integers(0, 40) | st.none(),
        "customer.personalisation": st.booleans(),
        "attribute.plan": st.sampled_from(["p", "q", "r", None]),
        "attribute.arpu": st.integers(0, 12) | st.none(),
        "attribute.end": st.dates(date(2026, 2, 1), date(2026, 6, 1)).map(date.isoformat) | st.none(),
        "market.code": st.frozensets(st.sampled_from(sorted(MARKETS))),
    }
    return {TODAY: AT.date(), **{fact: draw(values) for fact, values in known.items()}}


holdings = st.lists(st.sampled_from([*CODES, "GONE"]), max_size=4, unique=True)


@dataclass(frozen=True)
class Asked:
    channel: str | None
    place: str | None
    market: str | None


contexts = st.builds(
    Asked, st.sampled_from([None, *CHANNELS, "OTHER"]), st.none() | places, st.none() | st.sampled_from(sorted(MARKETS))
)


@dataclass(frozen=True)
class Plainly:
    """One customer in one context, each rule read off the offerings themselves."""

    world: World
    held: tuple[str, ...]
    facts: dict[str, Any]
    asked: Asked

    def verdicts(self) -> dict[str, Rule | None]:
        """For each considered code the first rule that withholds it."""
        return {
            one.code: next(iter(self.failing(one)), None) for one in self.world.offerings if self.is_considered(one)
        }

    def is_considered(self, one: Offering) -> bool:
        return one.lifecycle_status is LifecycleStatus.LAUNCHED or one.lifecycle_status in ENDED

    def failing(self, one: Offering) -> list[Rule]:
        whole = [one, *(part for part in map(self.named, self.parts(one)) if part)]
        found = []
        if self.is_item_of(one, self.held):
            found.append(Rule.HELD)
        if self.is_item_of(one, self.brought(self.held)):
            found.append(Rule.INSIDE_HELD_BUNDLE)
        if not self.is_launched(one) and not self.is_coming(one):
            found.append(Rule.RETIRED)
        if self.is_launched(one) and any(
            not self.is_launched_code(part) and not self.is_coming_code(part) for part in self.parts(one)
        ):
            found.append(Rule.RETIRED)
        if self.is_coming(one) or (self.is_launched(one) and any(map(self.is_coming_code, self.parts(one)))):
            found.append(Rule.NOT_YET_IN_FORCE)
        if not self.is_launched(one):
            return found
        if not one.is_sellable:
            found.append(Rule.NOT_SELLABLE)
        if self.asked.channel == "CLOSED" or any(not part.is_open(self.asked.channel, AT) for part in whole):
            found.append(Rule.CHANNEL)
        here = self.asked.place or self.facts.get("customer.place")
        if any(part.place and not any(here and within(here, place) for place in part.place) for part in whole):
            found.append(Rule.PLACE)
        mine = {code for code in self.markets() or () if MARKETS[code].valid.contains(AT)}
        if any(part.market_segment and not mine & set(part.market_segment) for part in whole):
            found.append(Rule.MARKET)
        if any(not self.allows(policy) for part in whole for policy in part.policy):
            found.append(Rule.POLICY)
        if any(self.excludes(part, code) for part in whole for code in self.owned()):
            found.append(Rule.EXCLUDED)
        if any(not self.has(part, one) for part in whole):
            found.append(Rule.REQUIRES)
        return found

    def named(self, code: str) -> Offering | None:
        return self.world.launched.get(code)

    def is_launched(self, one: Offering) -> bool:
        return one.is_launched(AT)

    def is_launched_code(self, code: str) -> bool:
        return code in self.world.launched

    def is_coming(self, one: Offering) -> bool:
        return one.lifecycle_status is LifecycleStatus.LAUNCHED and bool(one.valid.start and one.valid.start > AT)

    def is_coming_code(self, code: str) -> bool:
        return any(one.code == code and self.is_coming(one) for one in self.world.offerings)

    def parts(self, one: Offering) -> list[str]:
        """What it must bring, all the way down."""
        found = []
        for part in one.parts:
            if part.lower:
                inner = self.named(part.code)
                found += [part.code, *(self.parts(inner) if inner else ())]
        return found

    def brought(self, codes: tuple[str, ...]) -> list[str]:
        known = [self.world.launched[code] for code in codes if code in self.world.launched]
        return [part for one in known for part in self.parts(one)]

    def item(self, code: str) -> str:
        return next((one.item for one in self.world.offerings if one.code == code and self.is_considered(one)), code)

    def is_item_of(self, one: Offering, codes: Any) -> bool:
        return one.code in codes or one.item in {self.item(code) for code in codes}

    def owned(self) -> set[str]:
        codes = {*self.held, *self.brought(self.held)}
        return codes | {self.item(code) for code in codes}

    def markets(self) -> set[str] | None:
        known, named = self.facts.get("market.code"), self.asked.market
        if known is None and named is None:
            return None
        return {*(known or ()), *((named,) if named else ())}

    def excludes(self, one: Offering, held: str) -> bool:
        pairs = [(one, held)] + [(other, one.code) for other in self.world.launched.values() if other.code == held]
        return any(
            relation.relationship_type is RelationshipType.EXCLUDES and relation.target == code
            for side, code in pairs
            for relation in side.relationships
        )

    def has(self, part: Offering, whole: Offering) -> bool:
        brought = {*self.parts(whole)}
        mine = self.owned() | brought | {self.item(code) for code in brought}
        groups = {
            relation.group for relation in part.relationships if relation.relationship_type is RelationshipType.REQUIRES
        }
        for group in groups:
            wanted = [
                one
                for one in part.relationships
                if one.group == group and one.relationship_type is RelationshipType.REQUIRES
            ]
            if len({one.target for one in wanted} & mine) < max(one.min for one in wanted):
                return False
        return True

    def allows(self, code: str) -> bool:
        policy = self.world.policies.get(code)
        return policy is not None and (not policy.valid.contains(AT) or self.says(policy.condition) is True)

    def says(self, condition: Any) -> bool | None:
        if isinstance(condition, AllOf):
            return every([self.says(one) for one in condition.conditions])
        if isinstance(condition, AnyOf):
            return flip(every([flip(self.says(one)) for one in condition.conditions]))
        if isinstance(condition, Not):
            return flip(self.says(condition.condition))
        if isinstance(condition, OneMarket) or condition.is_market:
            return self.of_a_market(condition.condition if isinstance(condition, OneMarket) else condition)
        return compare(condition, self.value(condition.fact))

    def of_a_market(self, condition: Any) -> bool | None:
        markets = self.markets()
        if markets is None:
            return None
        return flip(
            every([flip(said_of(condition, MARKETS[code])) for code in markets if MARKETS[code].valid.contains(AT)])
        )

    def value(self, fact: str) -> Any:
        mine = [one for one in self.world.offerings if one.code in self.owned() and self.is_considered(one)]
        if fact == "holdings.offering":
            return frozenset(one.code for one in mine)
        if fact == "holdings.category":
            return frozenset(above for one in mine for code in one.category for above in CATEGORIES[code])
        if fact == "holdings.family":
            return frozenset(one.family for one in mine if one.family)
        here = {"channel.code": self.asked.channel, "context.place": self.asked.place}
        return here[fact] if fact in here else self.facts.get(fact)


def said_of(condition: Any, market: MarketSegment) -> bool | None:
    if isinstance(condition, AllOf):
        return every([said_of(one, market) for one in condition.conditions])
    if isinstance(condition, AnyOf):
        return flip(every([flip(said_of(one, market)) for one in condition.conditions]))
    if isinstance(condition, Not):
        return flip(said_of(condition.condition, market))
    known = {
        "market.code": market.code,
        "market.kind": market.kind,
        "market.place": market.place,
        "market.size": market.size,
        "market.facts.wlan": market.facts.get("wlan"),
    }
    return compare(condition, known[condition.fact])


def compare(check: Check, value: Any) -> bool | None:
    if value is None:
        return None
    if check.operator is Operator.WITHIN:
        return any(within(value, str(place)) for place in check.values)
    if check.values:
        return bool(value & set(check.values)) if isinstance(value, frozenset) else value in check.values
    if isinstance(value, str):
        value = date.fromisoformat(value)
        value = (value - AT.date()).days if check.operator is Operator.DAYS else value
    return (check.low is None or check.low <= value) and (check.high is None or value <= check.high)


def every(found: list[bool | None]) -> bool | None:
    return False if False in found else None if None in found else True


def flip(found: bool | None) -> bool | None:
    return None if found is None else not found
