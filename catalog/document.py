"""The catalog as a JSON document: what a file says, read into values, and values written back.

Knows the file's shape and names every place that is wrong; must not know what is already in the catalog.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, TypeVar

from catalog.bundle import BundleGroup, BundlePart
from catalog.customer import Attribute
from catalog.errors import Problem
from catalog.lifecycle import LifecycleStatus
from catalog.offering import (
    Category,
    ChannelUse,
    Complexity,
    ExternalIdentifier,
    Offering,
    Relationship,
    RelationshipType,
)
from catalog.period import ALWAYS, Period, instant
from catalog.price import Money, Price, PriceType, Quantity
from catalog.text import LANGUAGES, Text

Path = tuple[str | int, ...]
T = TypeVar("T")
E = TypeVar("E", bound=Enum)

CATEGORY_FIELDS = frozenset({"code", "name", "parent", "validFor"})
OFFERING_FIELDS = frozenset(
    [
        "code",
        "name",
        "description",
        "lifecycleStatus",
        "statusReason",
        "validFor",
        "isSellable",
        "category",
        "family",
        "step",
        "complexity",
        "talkingPoint",
        "margin",
        "channel",
        "template",
        "externalIdentifier",
        "productOfferingPrice",
        "productOfferingRelationship",
        "bundledProductOffering",
        "bundledGroup",
    ]
)
PRICE_FIELDS = frozenset(
    [
        "code",
        "name",
        "priceType",
        "price",
        "percentage",
        "unitOfMeasure",
        "recurringChargePeriod",
        "taxIncluded",
        "taxRate",
        "validFor",
    ]
)


@dataclass(frozen=True, slots=True)
class CatalogDocument:
    """What a file says, in its order. Every value is valid in itself; whether they fit together is lint's matter."""

    categories: tuple[Category, ...]
    offerings: tuple[Offering, ...]
    attributes: tuple[Attribute, ...] = ()


def read(document: object, zone: tzinfo) -> tuple[CatalogDocument, tuple[Problem, ...]]:
    """The document's values, and every problem found; what has a problem is left out. Bare dates are read in `zone`."""
    reader = Reader(zone)
    root = reader.mapping(document, (), frozenset({"categories", "offerings", "attributes"}))
    categories = reader.each(root.get("categories"), ("categories",), reader.category)
    offerings = reader.each(root.get("offerings"), ("offerings",), reader.offering)
    attributes = reader.each(root.get("attributes"), ("attributes",), reader.attribute)
    return CatalogDocument(tuple(categories), tuple(offerings), tuple(attributes)), tuple(reader.problems)


@dataclass
class Reader:
    """Walks a JSON value and collects problems instead of stopping at the first."""

    zone: tzinfo
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, path: Path, code: str, en: str, zh: str) -> None:
        self.problems.append(Problem(path, code, Text(zh, en)))

    def mapping(self, value: object, path: Path, known: frozenset[str]) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            self.wrong(path, "NOT_AN_OBJECT", "must be a JSON object", "必须是 JSON 对象")
            return {}
        for key in value.keys() - known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"; did you mean {near[0]}" if near else f"; known are {', '.join(sorted(known))}"
            self.wrong((*path, key), "UNKNOWN_FIELD", f"is not a field{hint}", "未知字段")
        return value

    def each(self, value: object, path: Path, read_one: Callable[[Any, Path], T | None]) -> list[T]:
        if value is None:
            return []
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.wrong(path, "NOT_A_LIST", "must be a list", "必须是列表")
            return []
        found = (read_one(entry, (*path, position)) for position, entry in enumerate(value))
        return [one for one in found if one is not None]

    def build(self, path: Path, make: Callable[[], T]) -> T | None:
        """`make()`, its ValueError turned into a problem; None as well when a problem below `path` was found before."""
        if any(problem.path[: len(path)] == path for problem in reversed(self.problems)):
            return None
        try:
            return make()
        except ValueError as error:
            self.wrong(path, "INVALID", str(error), "取值不合规则")
            return None

    def string(self, node: Mapping[str, Any], key: str, path: Path, *, required: bool = False) -> str | None:
        value = node.get(key)
        if value is None or value == "":
            if required:
                self.wrong((*path, key), "MISSING", "is required", "必填")
            return None
        if not isinstance(value, str) or value != value.strip() or not value.isprintable():
            self.wrong(
                (*path, key), "NOT_A_STRING", "must be a string without outer blanks", "必须是首尾无空白的字符串"
            )
            return None
        return value

    def code(self, node: Mapping[str, Any], key: str, path: Path) -> str:
        return self.string(node, key, path, required=True) or "?"

    def text(self, node: Mapping[str, Any], key: str, path: Path, *, required: bool = False) -> Text:
        value = node.get(key)
        if value is None and not required:
            return Text()
        inner = self.mapping(value if value is not None else {}, (*path, key), frozenset(LANGUAGES))
        text = Text(*(self.string(inner, language, (*path, key)) for language in LANGUAGES))
        if required and not text and isinstance(value, Mapping | None):
            self.wrong((*path, key), "MISSING", "needs a text in zh or en", "需要中文或英文")
        return text

    def whole(self, node: Mapping[str, Any], key: str, path: Path, default: int | None) -> int | None:
        value = node.get(key, default)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or abs(value) > 10**9):
            self.wrong((*path, key), "NOT_A_WHOLE_NUMBER", "must be a whole number", "必须是整数")
            return default
        return value

    def flag(self, node: Mapping[str, Any], key: str, path: Path, default: bool) -> bool:
        value = node.get(key, default)
        if not isinstance(value, bool):
            self.wrong((*path, key), "NOT_A_BOOLEAN", "must be true or false", "必须是 true 或 false")
            return default
        return value

    def decimal(self, node: Mapping[str, Any], key: str, path: Path) -> Decimal | None:
        value = node.get(key)
        if value is None:
            return None
        try:
            number = Decimal(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or abs(number) >= 10**14 or number != round(number, 4):
            remedy = 'must be a number in quotes with at most four decimals, like "19.90"'
            self.wrong((*path, key), "NOT_A_DECIMAL", remedy, "必须是带引号、最多四位小数的数字")
            return None
        return number

    def enum(self, node: Mapping[str, Any], key: str, path: Path, kind: type[E], default: E | None) -> E:
        value = node.get(key)
        if value is None and default is not None:
            return default
        try:
            return kind(value)
        except ValueError:
            names = ", ".join(member.value for member in kind)
            self.wrong((*path, key), "UNKNOWN_VALUE", f"must be one of {names}", f"只能是 {names}")
            return default or next(iter(kind))

    def period(self, node: Mapping[str, Any], path: Path) -> Period:
        value = node.get("validFor")
        if value is None:
            return ALWAYS
        path = (*path, "validFor")
        inner = self.mapping(value, path, frozenset({"startDateTime", "endDateTime"}))
        edges = []
        for key in ("startDateTime", "endDateTime"):
            written = self.string(inner, key, path)
            try:
                edges.append(instant(written, self.zone) if written else None)
            except ValueError:
                self.wrong(
                    (*path, key), "NOT_A_TIME", "must be a date like 2026-03-01 or an ISO 8601 time", "不是有效日期"
                )
                edges.append(None)
        return self.build(path, lambda: Period(*edges)) or ALWAYS

    def category(self, value: object, path: Path) -> Category | None:
        node = self.mapping(value, path, CATEGORY_FIELDS)
        code, name = self.code(node, "code", path), self.text(node, "name", path, required=True)
        parent, valid = self.string(node, "parent", path), self.period(node, path)
        return self.build(path, lambda: Category(code, name, parent, valid))

    def attribute(self, value: object, path: Path) -> Attribute | None:
        node = self.mapping(value, path, frozenset({"code", "kind", "sensitive", "name"}))
        code, kind = self.code(node, "code", path), self.string(node, "kind", path, required=True)
        sensitive, name = self.flag(node, "sensitive", path, False), self.text(node, "name", path, required=True)
        return self.build(path, lambda: Attribute(code, kind or "?", sensitive, name))

    def money(self, node: Mapping[str, Any], path: Path) -> Money | None:
        if node.get("price") is None:
            return None
        path = (*path, "price")
        inner = self.mapping(node["price"], path, frozenset({"unit", "value"}))
        unit, value = self.string(inner, "unit", path) or "CNY", self.decimal(inner, "value", path)
        if inner.get("value") is None:
            self.wrong((*path, "value"), "MISSING", "is required", "必填")
        if value is None:
            return None
        return self.build(path, lambda: Money(unit, value))

    def quantity(self, node: Mapping[str, Any], path: Path) -> Quantity | None:
        if node.get("unitOfMeasure") is None:
            return None
        path = (*path, "unitOfMeasure")
        inner = self.mapping(node["unitOfMeasure"], path, frozenset({"amount", "units"}))
        amount, units = self.decimal(inner, "amount", path), self.string(inner, "units", path, required=True)
        return Quantity(Decimal(1) if amount is None else amount, units or "?")

    def price(self, value: object, path: Path) -> Price | None:
        node = self.mapping(value, path, PRICE_FIELDS)
        fields: dict[str, Any] = {
            "code": self.code(node, "code", path),
            "price_type": self.enum(node, "priceType", path, PriceType, None),
            "name": self.text(node, "name", path),
            "price": self.money(node, path),
            "percentage": self.decimal(node, "percentage", path),
            "unit_of_measure": self.quantity(node, path),
            "recurring_charge_period": self.string(node, "recurringChargePeriod", path),
            "tax_included": self.flag(node, "taxIncluded", path, True),
            "tax_rate": self.decimal(node, "taxRate", path),
            "valid": self.period(node, path),
        }
        return self.build(path, lambda: Price(**fields))

    def part(self, value: object, path: Path) -> BundlePart | None:
        node = self.mapping(value, path, frozenset({"code", "lower", "default", "upper", "group"}))
        code, group = self.code(node, "code", path), self.string(node, "group", path)
        lower = self.whole(node, "lower", path, 0 if group else 1) or 0
        default = self.whole(node, "default", path, lower) or 0
        upper = self.whole(node, "upper", path, max(lower, 1))
        return self.build(path, lambda: BundlePart(code, lower, default, upper, group))

    def group(self, value: object, path: Path) -> BundleGroup | None:
        node = self.mapping(value, path, frozenset({"code", "name", "lower", "upper", "parent"}))
        code, name, parent = (
            self.code(node, "code", path),
            self.text(node, "name", path),
            self.string(node, "parent", path),
        )
        lower, upper = self.whole(node, "lower", path, 0) or 0, self.whole(node, "upper", path, None)
        return self.build(path, lambda: BundleGroup(code, name, lower, upper, parent))

    def relationship(self, value: object, path: Path) -> Relationship | None:
        node = self.mapping(value, path, frozenset({"relationshipType", "target", "group", "min", "max"}))
        kind = self.enum(node, "relationshipType", path, RelationshipType, None)
        target = self.code(node, "target", path)
        group = self.string(node, "group", path) or target
        low, high = self.whole(node, "min", path, 1) or 1, self.whole(node, "max", path, None)
        return self.build(path, lambda: Relationship(kind, target, group, low, high))

    def channel(self, value: object, path: Path) -> ChannelUse | None:
        if isinstance(value, str) and value.strip():
            return ChannelUse(value.strip())
        node = self.mapping(value, path, frozenset({"id", "validFor"}))
        channel, valid = self.code(node, "id", path), self.period(node, path)
        return self.build(path, lambda: ChannelUse(channel, valid))

    def external(self, value: object, path: Path) -> ExternalIdentifier | None:
        node = self.mapping(value, path, frozenset({"owner", "id"}))
        owner, identifier = self.code(node, "owner", path), self.code(node, "id", path)
        return self.build(path, lambda: ExternalIdentifier(owner, identifier))

    def reference(self, value: object, path: Path) -> str | None:
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.wrong(path, "NOT_A_STRING", "must be a code", "必须是代码")
        return None

    def offering(self, value: object, path: Path) -> Offering | None:
        node = self.mapping(value, path, OFFERING_FIELDS)

        def each(key: str, read_one: Callable[[Any, Path], T | None]) -> tuple[T, ...]:
            return tuple(self.each(node.get(key), (*path, key), read_one))

        fields: dict[str, Any] = {
            "code": self.code(node, "code", path),
            "name": self.text(node, "name", path, required=True),
            "template": self.string(node, "template", path),
            "description": self.text(node, "description", path),
            "is_sellable": self.flag(node, "isSellable", path, True),
            "lifecycle_status": self.enum(node, "lifecycleStatus", path, LifecycleStatus, LifecycleStatus.LAUNCHED),
            "status_reason": self.string(node, "statusReason", path),
            "valid": self.period(node, path),
            "family": self.string(node, "family", path),
            "step": self.whole(node, "step", path, None),
            "complexity": self.enum(node, "complexity", path, Complexity, Complexity.SIMPLE),
            "talking_point": self.text(node, "talkingPoint", path),
            "margin": self.decimal(node, "margin", path),
            "external_identifier": each("externalIdentifier", self.external),
            "category": each("category", self.reference),
            "channel": each("channel", self.channel),
            "prices": each("productOfferingPrice", self.price),
            "relationships": each("productOfferingRelationship", self.relationship),
            "parts": each("bundledProductOffering", self.part),
            "groups": each("bundledGroup", self.group),
        }
        return self.build(path, lambda: Offering(**fields))
