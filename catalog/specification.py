"""What a product is technically, and which of its characteristics an offering fixes (TMF620 ProductSpecification).

Knows names and values of characteristics; must not know prices, or who sells what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from catalog.documents.values import Path, ValueReader
from catalog.documents.written import Json, decimal, known, period
from catalog.lifecycle import LifecycleStatus
from catalog.period import ALWAYS, Period
from catalog.text import EMPTY, Text


class ValueType(StrEnum):
    STRING = "STRING"
    NUMBER = "NUMBER"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"


class SpecificationRelationshipType(StrEnum):
    DEPENDENCY = "DEPENDENCY"
    EXCLUSIVITY = "EXCLUSIVITY"
    MIGRATION = "MIGRATION"
    SUBSTITUTION = "SUBSTITUTION"


@dataclass(frozen=True, slots=True)
class CharacteristicValue:
    """One value that is allowed, or a range of numbers from `lower` to `upper`, both included; None is open."""

    value: str | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    unit: str | None = None
    is_default: bool = False

    def __post_init__(self) -> None:
        if (self.value is None) == (self.lower is None and self.upper is None):
            raise ValueError("an allowed value is either one value or a range")
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise ValueError(f"the range {self.lower} to {self.upper} is empty")


@dataclass(frozen=True, slots=True)
class Characteristic:
    """`min_cardinality` values at least, `max_cardinality` at most (None: any number); no `values`: any is allowed."""

    name: str
    value_type: ValueType = ValueType.STRING
    label: Text = EMPTY
    configurable: bool = False
    min_cardinality: int = 0
    max_cardinality: int | None = 1
    values: tuple[CharacteristicValue, ...] = ()

    def __post_init__(self) -> None:
        if self.min_cardinality < 0 or (
            self.max_cardinality is not None and self.max_cardinality < max(1, self.min_cardinality)
        ):
            raise ValueError(f"from {self.min_cardinality} to {self.max_cardinality} values contradict each other")


@dataclass(frozen=True, slots=True)
class SpecificationRelationship:
    """Towards the specification `target`."""

    relationship_type: SpecificationRelationshipType
    target: str


@dataclass(frozen=True, slots=True)
class Specification:
    """`code` is the specification for ever."""

    code: str
    name: Text
    brand: str | None = None
    product_number: str | None = None
    version: str = "1"
    lifecycle_status: LifecycleStatus = LifecycleStatus.LAUNCHED
    valid: Period = ALWAYS
    characteristics: tuple[Characteristic, ...] = ()
    relationships: tuple[SpecificationRelationship, ...] = ()
    etag: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class CharacteristicUse:
    """The values of a characteristic that an offering has or lets choose from (TMF620 prodSpecCharValueUse)."""

    name: str
    values: tuple[str, ...]
    default: str | None = None

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError(f"the characteristic {self.name} needs a value")
        if self.default is not None and self.default not in self.values:
            raise ValueError(f"the default {self.default} of {self.name} is none of its values")


SPECIFICATION_FIELDS = frozenset(
    [
        "code",
        "name",
        "brand",
        "productNumber",
        "version",
        "lifecycleStatus",
        "validFor",
        "productSpecCharacteristic",
        "productSpecificationRelationship",
    ]
)
CHARACTERISTIC_FIELDS = frozenset(
    ["name", "valueType", "label", "configurable", "minCardinality", "maxCardinality", "productSpecCharacteristicValue"]
)


def read(reader: ValueReader, value: object, path: Path) -> Specification | None:
    """A specification as a catalog document has it."""
    node = reader.mapping(value, path, SPECIFICATION_FIELDS)
    lists = ("productSpecCharacteristic", "productSpecificationRelationship")
    fields: dict[str, Any] = {
        "code": reader.code(node, "code", path),
        "name": reader.text(node, "name", path, required=True),
        "brand": reader.string(node, "brand", path),
        "product_number": reader.string(node, "productNumber", path),
        "version": reader.string(node, "version", path) or "1",
        "lifecycle_status": reader.enum(node, "lifecycleStatus", path, LifecycleStatus, LifecycleStatus.LAUNCHED),
        "valid": reader.period(node, path),
        "characteristics": tuple(
            reader.each(node.get(lists[0]), (*path, lists[0]), lambda one, at: _characteristic(reader, one, at))
        ),
        "relationships": tuple(
            reader.each(node.get(lists[1]), (*path, lists[1]), lambda one, at: _relationship(reader, one, at))
        ),
    }
    return reader.build(path, lambda: Specification(**fields))


def _characteristic(reader: ValueReader, value: object, path: Path) -> Characteristic | None:
    node = reader.mapping(value, path, CHARACTERISTIC_FIELDS)
    key = "productSpecCharacteristicValue"
    fields: dict[str, Any] = {
        "name": reader.code(node, "name", path),
        "value_type": reader.enum(node, "valueType", path, ValueType, ValueType.STRING),
        "label": reader.text(node, "label", path),
        "configurable": reader.flag(node, "configurable", path, False),
        "min_cardinality": reader.whole(node, "minCardinality", path, 0) or 0,
        "max_cardinality": reader.whole(node, "maxCardinality", path, 1),
        "values": tuple(reader.each(node.get(key), (*path, key), lambda one, at: _value(reader, one, at))),
    }
    return reader.build(path, lambda: Characteristic(**fields))


def _value(reader: ValueReader, value: object, path: Path) -> CharacteristicValue | None:
    node = reader.mapping(value, path, frozenset({"value", "valueFrom", "valueTo", "unitOfMeasure", "isDefault"}))
    single, unit = reader.string(node, "value", path), reader.string(node, "unitOfMeasure", path)
    lower, upper = reader.decimal(node, "valueFrom", path), reader.decimal(node, "valueTo", path)
    default = reader.flag(node, "isDefault", path, False)
    return reader.build(path, lambda: CharacteristicValue(single, lower, upper, unit, default))


def _relationship(reader: ValueReader, value: object, path: Path) -> SpecificationRelationship | None:
    node = reader.mapping(value, path, frozenset({"relationshipType", "target"}))
    kind = reader.enum(node, "relationshipType", path, SpecificationRelationshipType, None)
    target = reader.code(node, "target", path)
    return reader.build(path, lambda: SpecificationRelationship(kind, target))


def read_use(reader: ValueReader, value: object, path: Path) -> CharacteristicUse | None:
    """What an offering says of one characteristic."""
    node: Mapping[str, Any] = reader.mapping(value, path, frozenset({"name", "value", "default"}))
    name, default = reader.code(node, "name", path), reader.string(node, "default", path)
    values = tuple(reader.each(node.get("value"), (*path, "value"), reader.reference))
    return reader.build(path, lambda: CharacteristicUse(name, values, default))


def write(one: Specification) -> Json:
    """A specification as a catalog document has it."""
    return known(
        code=one.code,
        name=one.name.to_json(),
        brand=one.brand,
        productNumber=one.product_number,
        version=None if one.version == "1" else one.version,
        lifecycleStatus=one.lifecycle_status.value,
        validFor=period(one.valid),
        productSpecCharacteristic=[_written(each) for each in one.characteristics],
        productSpecificationRelationship=[
            {"relationshipType": each.relationship_type.value, "target": each.target} for each in one.relationships
        ],
    )


def _written(one: Characteristic) -> Json:
    values = [
        known(
            value=each.value,
            valueFrom=decimal(each.lower),
            valueTo=decimal(each.upper),
            unitOfMeasure=each.unit,
            isDefault=each.is_default or None,
        )
        for each in one.values
    ]
    return {
        **known(
            name=one.name,
            valueType=one.value_type.value,
            label=one.label.to_json(),
            configurable=one.configurable or None,
            minCardinality=one.min_cardinality or None,
            productSpecCharacteristicValue=values,
        ),
        # Left out it is one; only null means any number.
        "maxCardinality": one.max_cardinality,
    }


def write_use(one: CharacteristicUse) -> Json:
    return known(name=one.name, value=list(one.values), default=one.default)
