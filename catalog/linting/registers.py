"""Whether an offering fits the registers that it names: specification, channels, places, markets, policies, trial.

Knows entries and when they hold; must not know relationships between offerings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial

from catalog.complexity import Complexity
from catalog.errors import Problem
from catalog.linting.structure import unknown
from catalog.linting.timed import Check
from catalog.linting.world import Dated, World
from catalog.offering import Offering
from catalog.specification import Characteristic, CharacteristicUse, CharacteristicValue, Specification, ValueType
from catalog.text import Text
from catalog.trial import Conversion

LEVELS = list(Complexity)
Path = tuple[str | int, ...]


def own(one: Offering, world: World) -> Iterator[Problem]:
    """Entries that do not exist. A register without any entry is not kept, and what names it is free text."""
    for key, named, register, what, zh in (
        ("place", one.place, world.places, "place", "地点"),
        ("channel", [use.channel for use in one.channel], world.channels, "channel", "渠道"),
        ("marketSegment", one.market_segment, world.markets, "market", "市场"),
    ):
        for position, code in enumerate(named) if register else ():
            if code not in register:
                zh_text, en = (
                    f"没有登记代码为 {code} 的{zh}",
                    f"there is no {what} with the code {code} in the register",
                )
                yield Problem((key, position), "UNREGISTERED", Text(zh_text, en))
    for position, code in enumerate(one.policy):
        if code not in world.policies:
            yield unknown(("policy", position), "policy", "策略", code)
    if one.specification:
        found = world.specifications.get(one.specification)
        if found is None:
            yield unknown(("productSpecification",), "specification", "产品规格", one.specification)
        else:
            yield from _characteristics(one, found)


def _characteristics(one: Offering, specification: Specification) -> Iterator[Problem]:
    known = {each.name: each for each in specification.characteristics}
    used = {use.name for use in one.characteristics}
    for position, use in enumerate(one.characteristics):
        place = ("prodSpecCharValueUse", position)
        if use.name not in known:
            zh, en = f"规格中没有特性 {use.name}", f"{specification.code} has no characteristic {use.name}"
            yield Problem((*place, "name"), "CHARACTERISTIC_UNKNOWN", Text(zh, en))
        else:
            yield from _values(use, known[use.name], place)
    for each in specification.characteristics:
        has_default = any(value.is_default for value in each.values)
        if each.min_cardinality and each.name not in used and not (each.configurable or has_default):
            zh, en = f"缺少必填特性 {each.name}", f"lacks {each.name}, which {specification.code} makes mandatory"
            yield Problem(("prodSpecCharValueUse",), "CHARACTERISTIC_MISSING", Text(zh, en))


def _values(use: CharacteristicUse, known: Characteristic, place: Path) -> Iterator[Problem]:
    for number, value in enumerate(use.values):
        if not is_allowed(value, known):
            zh, en = f"特性 {use.name} 不允许取值 {value}", f"{use.name} may not be {value}"
            yield Problem((*place, "value", number), "CHARACTERISTIC_VALUE", Text(zh, en))
    # What can be configured lists what there is to choose from; what cannot has exactly these values.
    too_many = known.max_cardinality is not None and len(use.values) > known.max_cardinality
    if not known.configurable and (too_many or len(use.values) < known.min_cardinality):
        most = "∞" if known.max_cardinality is None else known.max_cardinality
        zh = f"特性 {use.name} 须有 {known.min_cardinality} 到 {most} 个值"
        en = f"{use.name} has {len(use.values)} values, and not {known.min_cardinality} to {most}"
        yield Problem((*place, "value"), "CHARACTERISTIC_VALUE", Text(zh, en))


def is_allowed(value: str, known: Characteristic) -> bool:
    """Whether a value is of the characteristic's type, and one of its values or in one of its ranges, if it has any."""
    if not _is_of_type(value, known.value_type):
        return False
    if not known.values:
        return True
    return any(_fits(value, allowed, known.value_type) for allowed in known.values)


def _fits(value: str, allowed: CharacteristicValue, kind: ValueType) -> bool:
    number = _number(value)
    if allowed.value is not None:
        return allowed.value == value or (kind is ValueType.NUMBER and number == _number(allowed.value))
    if number is None or (allowed.lower is not None and number < allowed.lower):
        return False
    return allowed.upper is None or number <= allowed.upper


def _is_of_type(value: str, kind: ValueType) -> bool:
    if kind is ValueType.NUMBER:
        return _number(value) is not None
    if kind is ValueType.BOOLEAN:
        return value in ("true", "false")
    if kind is ValueType.DATE:
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
    return True


def _number(value: str) -> Decimal | None:
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def checks(one: Offering, world: World) -> Iterator[Check]:
    channels = [use.channel for use in one.channel]
    specification = [one.specification] if one.specification else []
    for key, named, register in (
        ("category", one.category, world.categories),
        ("place", one.place, world.places),
        ("channel", channels, world.channels),
        ("marketSegment", one.market_segment, world.markets),
        ("policy", one.policy, world.policies),
        ("productSpecification", specification, world.specifications),
    ):
        edges = _boundaries(register, named)
        if edges:
            yield Check(edges, partial(_over, key, named, register))
    if one.is_sellable:
        opening = [edge for use in one.channel for edge in use.valid.boundaries()]
        registered = _boundaries(world.channels, channels or world.channels)
        if opening or registered or one.complexity is not Complexity.SIMPLE:
            yield Check([*opening, *registered], partial(_openings, one, world))
    if one.trial and one.trial.conversion is Conversion.CONVERT:
        target = one.trial.to
        if target and world.versions.get(target):
            yield Check(world.edges(target), partial(_conversion, target, world))


def _boundaries(register: Mapping[str, Dated], named: Iterable[str]) -> list[datetime]:
    return [edge for code in named if code in register for edge in register[code].valid.boundaries()]


def _over(key: str, named: Collection[str], register: Mapping[str, Dated], at: datetime) -> Iterator[Problem]:
    """Entries that do not hold at `at`; of several alternatives one that holds is enough."""
    known = [code for code in named if code in register]
    closed = [code for code in known if not register[code].valid.contains(at)]
    if key in ("category", "place", "channel", "marketSegment") and len(closed) < len(named):
        return
    for code in closed:
        path = (key,) if key == "productSpecification" else (key, list(named).index(code))
        zh, en = f"{code} 届时无效", f"{code} does not hold then"
        yield Problem(path, "OUT_OF_DATE", Text(zh, en))


def _openings(one: Offering, world: World, at: datetime) -> Iterator[Problem]:
    """Whether some channel sells it, and can handle anything as complex."""
    uses = [use.channel for use in one.channel if use.valid.contains(at)] if one.channel else list(world.channels)
    if one.channel and not uses:
        zh, en = "届时没有任何渠道销售", "no channel sells it then: nobody may buy it"
        yield Problem(("channel",), "NO_OPEN_CHANNEL", Text(zh, en))
        return
    known = [world.channels[code] for code in uses if code in world.channels]
    able = [each for each in known if LEVELS.index(each.handles) >= LEVELS.index(one.complexity)]
    if known and len(known) == len(uses) and not any(each.valid.contains(at) for each in able):
        zh = f"没有渠道能办理 {one.complexity} 产品"
        en = f"is {one.complexity}, and none of its channels handles that: it can only become a lead"
        yield Problem(("complexity",), "TOO_COMPLEX", Text(zh, en))


def _conversion(target: str, world: World, at: datetime) -> Iterator[Problem]:
    found = world.sold(target, at)
    if found is None or not found.is_sellable:
        zh, en = f"试用转为 {target}，届时不可销售", f"converts to {target}, which is not sold then"
        yield Problem(("trial", "to"), "TRIAL_TO_NOTHING", Text(zh, en))
