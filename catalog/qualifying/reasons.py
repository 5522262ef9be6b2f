"""Why an offering may not be bought: every rule that stands in the way, said in both languages.

Knows one offering and one customer; works out nothing that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from catalog.eligibility import Rule
from catalog.eligibility.relations import Requirement, own_requirements
from catalog.eligibility.rules import markets_of
from catalog.eligibility.tracing import Failure, Trace
from catalog.market import within
from catalog.offering import Offering, RelationshipType
from catalog.policies.condition import (
    ATTRIBUTE,
    CHANNEL,
    CONTEXT_PLACE,
    CUSTOMER_PLACE,
    HELD_CATEGORY,
    HELD_FAMILY,
    HELD_OFFERING,
    PLACE,
    TAGS,
)
from catalog.policies.policy import Policy, Visibility
from catalog.policies.text import UNSAID, Names, missing, needed, together
from catalog.qualifying.qualification import Asked, Reason
from catalog.text import Text

# What only people of the operator may learn that it counts.
INTERNAL = frozenset({TAGS, "customer.valueLevel"})


def reasons(asked: Asked, code: str, replacing: frozenset[str] = frozenset()) -> tuple[Reason, ...]:
    """Everything that keeps `code` from being bought, in the order of rules; empty when nothing does."""
    if code not in asked.moment.rules.index:
        return (Reason(Rule.RETIRED, Text("没有此产品", "there is no such offering"), code),)
    found = [*_as_held(asked, code), *_as_sold(asked, code)]
    offering = asked.moment.offerings.get(code)
    if offering:
        found += _as_limited(asked, offering)
        found += _as_related(asked, offering, replacing)
    rules = asked.moment.rules
    resting = {Rule.REFUSED_RECENTLY: asked.refused, Rule.SHOWN_OFTEN: asked.often}
    said = {
        Rule.REFUSED_RECENTLY: Text("近期已拒绝", "refused a short while ago"),
        Rule.SHOWN_OFTEN: Text("近期展示次数已达上限", "shown as often as is borne"),
    }
    for rule, codes in resting.items():
        if any(rules.items.get(one, one) == rules.items[code] for one in codes):
            found.append(Reason(rule, said[rule]))
    order = list(Rule)
    return tuple(sorted(found, key=lambda one: order.index(one.rule)))


def too_complex(asked: Asked) -> Reason:
    """Why it goes on as a lead."""
    channel = asked.channel or ""
    name = _channel(asked, channel)
    zh, en = (
        f"{name.zh}不直接受理此业务，转客户经理跟进",
        f"{name.en} passes it on to an account manager",
    )
    return Reason(Rule.COMPLEXITY, Text(zh, en), channel)


def _as_held(asked: Asked, code: str) -> Iterator[Reason]:
    rules = asked.moment.rules
    item = rules.items[code]
    for held in asked.held or ():
        name = _name(asked, held)
        if rules.items.get(held, held) == item:
            yield Reason(Rule.HELD, Text(f"已订购{name.zh}", f"{name.en} is already held"), held)
        if any(rules.items.get(part, part) == item for part in rules.inside.get(held, ())):
            zh, en = f"已包含在所订的{name.zh}中", f"already inside {name.en}, which is held"
            yield Reason(Rule.INSIDE_HELD_BUNDLE, Text(zh, en), held)


def _as_sold(asked: Asked, code: str) -> Iterator[Reason]:
    moment, rules = asked.moment, asked.moment.rules
    for one, part in ((code, None), *((part, part) for part in sorted(rules.inside.get(code, ())))):
        if one in moment.offerings:
            continue
        name = _name(asked, one) if part else Text("", "it")
        start = _start(asked, one)
        if start:
            zh, en = f"{name.zh}{start} 起可办理", f"{name.en} is offered from {start} on"
            yield Reason(Rule.NOT_YET_IN_FORCE, Text(zh, en), one, part=part)
        else:
            yield Reason(Rule.RETIRED, Text(f"{name.zh}已下架", f"{name.en} is no longer offered"), one, part=part)
    offering = moment.offerings.get(code)
    if offering and not offering.is_sellable:
        yield Reason(Rule.NOT_SELLABLE, Text("不单独销售", "not sold by itself"))


def _start(asked: Asked, code: str) -> str | None:
    """The operator's day on which a coming offering begins."""
    rules = asked.moment.rules
    if code not in rules.index or not rules.coming >> rules.index[code] & 1:
        return None
    starts = [one.valid.start for one in asked.moment.snapshot.versions.get(code, ()) if one.valid.start]
    later = [start for start in starts if start > asked.at]
    return min(later).astimezone(asked.at.tzinfo).date().isoformat() if later else None


def _whole(asked: Asked, offering: Offering) -> Iterator[tuple[Offering, str | None]]:
    """The offering, and its mandatory parts by code."""
    yield offering, None
    for part in sorted(asked.moment.rules.inside.get(offering.code, ())):
        if part in asked.moment.offerings:
            yield asked.moment.offerings[part], part


def _as_limited(asked: Asked, offering: Offering) -> Iterator[Reason]:
    trace, snapshot = _trace(asked), asked.moment.snapshot
    registered = snapshot.channels.get(asked.channel or "")
    if registered and not registered.valid.contains(asked.moment.at):
        name = _channel(asked, registered.code)
        yield Reason(Rule.CHANNEL, Text(f"{name.zh}未开放", f"{name.en} is not open"), asked.channel)
    for one, part in _whole(asked, offering):
        behind = _behind(one) if part else Text("", "")
        if not one.is_open(asked.channel, asked.moment.at):
            name = _channel(asked, asked.channel or "")
            zh, en = f"{name.zh}不可办理{behind.zh}", f"not sold by {name.en}{behind.en}"
            yield Reason(Rule.CHANNEL, Text(zh, en), asked.channel, part=part)
        if one.place:
            here = trace.facts.get(PLACE)
            if here is None or not any(within(str(here), place) for place in one.place):
                yield Reason(Rule.PLACE, _only_in(asked, one, here is None, behind), part=part)
        if one.market_segment and not any(market.code in one.market_segment for market in trace.markets or ()):
            yield Reason(Rule.MARKET, _only_for(asked, one, trace.markets is None, behind), part=part)
        for code in one.policy:
            # What the bundle asks for itself its parts need not repeat.
            if part and code in offering.policy:
                continue
            policy = snapshot.policies.get(code)
            if policy is None:
                yield Reason(Rule.POLICY, UNSAID, code, part=part, visibility=Visibility.HIDDEN)
            elif policy.valid.contains(asked.moment.at) and trace.says(policy.condition) is not True:
                yield _refusal(asked, policy, trace, part, behind)


def _refusal(asked: Asked, policy: Policy, trace: Trace, part: str | None, behind: Text) -> Reason:
    failures = trace.failures(policy.condition)
    names, hidden = _names(asked), _hidden(asked)
    shown = [one for one in failures if not _is_hidden(one, hidden)]
    message = policy.message or _needs(shown if len(shown) == len(failures) else [], names)
    unknown = missing((one.check.fact for one in shown if one.is_open), names)
    zh = f"{message.said('zh')}{behind.zh}{unknown.zh or ''}"
    en = f"{message.said('en')}{behind.en}{unknown.en or ''}"
    path = ("condition", *failures[0].path) if failures else ()
    return Reason(Rule.POLICY, Text(zh, en), policy.code, path, part, policy.visibility)


def _needs(failures: Iterable[Failure], names: Names) -> Text:
    """What must hold; of a choice one is enough."""
    said = []
    for choice, several in groupby(failures, key=lambda one: one.choice):
        texts = [needed(one.check, one.negated, names) for one in several]
        said.append(together(texts, "，或", ", or ") if choice is not None else together(texts, "；", "; "))
    return together(said, "；", "; ") if said else UNSAID


def _is_hidden(failure: Failure, hidden: frozenset[str]) -> bool:
    return failure.check.fact in hidden


def _hidden(asked: Asked) -> frozenset[str]:
    """Facts that the answer must not spell out: the sensitive to nobody, the operator's own to nobody outside."""
    known = asked.moment.snapshot.attributes
    if asked.is_internal:
        return frozenset(ATTRIBUTE + code for code, one in known.items() if one.sensitive)
    return INTERNAL | {ATTRIBUTE + code for code in known}


def _as_related(asked: Asked, offering: Offering, replacing: frozenset[str]) -> Iterator[Reason]:
    rules = asked.moment.rules
    for held in asked.held or ():
        if held not in replacing and rules.effect(held).shuts >> rules.index[offering.code] & 1:
            name = _name(asked, held)
            yield Reason(Rule.EXCLUDED, Text(f"与已订购的{name.zh}互斥", f"excluded by {name.en}, which is held"), held)
    for need in unmet(asked, offering):
        least, others = need
        names = [_name(asked, code) for code in sorted(others)]
        zh, en = "、".join(one.said("zh") for one in names), ", ".join(one.said("en") for one in names)
        if len(others) > 1:
            zh, en = f"以下 {least} 项：{zh}", f"{least} of {en}"
        yield Reason(Rule.REQUIRES, Text(f"需先订购{zh}", f"needs {en}"), min(others))


def unmet(asked: Asked, offering: Offering) -> list[Requirement]:
    """What must be held before, and is not."""
    rules = asked.moment.rules
    brought = rules.owned(rules.inside.get(offering.code, ()))
    owned = rules.owned(asked.held or ()) | brought
    needs = [need for one, _ in _whole(asked, offering) for need in own_requirements(one)]
    return [need for need in dict.fromkeys(needs) if len(need[1] & owned) < need[0]]


def targets(offering: Offering, kind: RelationshipType) -> list[str]:
    """The codes that the offering relates to in this way."""
    return [one.target for one in offering.relationships if one.relationship_type is kind]


def _trace(asked: Asked) -> Trace:
    snapshot, rules = asked.moment.snapshot, asked.moment.rules
    facts = dict(asked.facts)
    facts |= {CHANNEL: asked.channel, CONTEXT_PLACE: asked.place, PLACE: asked.place or facts.get(CUSTOMER_PLACE)}
    if asked.held is not None:
        owned = frozenset(code for code in rules.owned(asked.held) if code in rules.index)
        held = [one for one in map(snapshot.latest, owned) if one]
        facts[HELD_OFFERING] = owned
        facts[HELD_FAMILY] = frozenset(one.family for one in held if one.family)
        facts[HELD_CATEGORY] = frozenset(
            above for one in held for category in one.category for above in snapshot.path(category)
        )
    codes = markets_of(asked.facts, asked.market)
    if codes is None:
        return Trace(facts, None)
    known = [snapshot.markets[code] for code in sorted(codes) if code in snapshot.markets]
    return Trace(facts, tuple(one for one in known if one.valid.contains(asked.moment.at)))


def _names(asked: Asked) -> Names:
    """Names of attributes, and of codes that policies compare with."""
    snapshot = asked.moment.snapshot
    registers = (snapshot.channels, snapshot.places, snapshot.markets, snapshot.categories)

    def name(code: str) -> Text | None:
        if code.startswith(ATTRIBUTE):
            attribute = snapshot.attributes.get(code.removeprefix(ATTRIBUTE))
            return _both(attribute.name) if attribute and attribute.name else None
        entry = next((register[code] for register in registers if code in register), None) or snapshot.latest(code)
        return _both(entry.name) if entry else None

    return name


def _both(text: Text) -> Text:
    return Text(text.said("zh"), text.said("en"))


def _name(asked: Asked, code: str) -> Text:
    found = asked.moment.snapshot.latest(code)
    return _both(found.name) if found else Text(code, code)


def _channel(asked: Asked, code: str) -> Text:
    found = asked.moment.snapshot.channels.get(code)
    return _both(found.name) if found else Text(code, code)


def _behind(part: Offering) -> Text:
    """Which part of a bundle it is about."""
    name = _both(part.name)
    return Text(f"（成员：{name.zh}）", f" (part: {name.en})")


def _only_in(asked: Asked, one: Offering, is_unknown: bool, behind: Text) -> Text:
    places = asked.moment.snapshot.places
    names = [_both(places[code].name) if code in places else Text(code, code) for code in one.place]
    zh, en = "、".join(name.said("zh") for name in names), ", ".join(name.said("en") for name in names)
    vague = missing([PLACE], _names(asked)) if is_unknown else Text("", "")
    return Text(f"仅限{zh}{behind.zh}{vague.zh}", f"only in {en}{behind.en}{vague.en}")


def _only_for(asked: Asked, one: Offering, is_unknown: bool, behind: Text) -> Text:
    markets = asked.moment.snapshot.markets
    names = [_both(markets[code].name) if code in markets else Text(code, code) for code in one.market_segment]
    zh, en = "、".join(name.said("zh") for name in names), ", ".join(name.said("en") for name in names)
    vague = missing(["market.code"], _names(asked)) if is_unknown else Text("", "")
    return Text(f"仅限{zh}的成员{behind.zh}{vague.zh}", f"only for members of {en}{behind.en}{vague.en}")
