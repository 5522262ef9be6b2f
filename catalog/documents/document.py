"""The catalog as a JSON document: what a file says, read into values, and values written back.

Knows the file's shape and names every place that is wrong; must not know what is already in the catalog.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from functools import partial
from typing import Any

from catalog.bundle import BundleGroup, BundlePart
from catalog.complexity import Complexity
from catalog.customer import Attribute
from catalog.documents.prices import PriceReader
from catalog.documents.values import Path, T
from catalog.errors import Problem
from catalog.lifecycle import LifecycleStatus
from catalog.offering import (
    Category,
    ChannelUse,
    ExternalIdentifier,
    Offering,
    Relationship,
    RelationshipType,
)
from catalog.registry import REGISTERS, Entry
from catalog.specification import read_use
from catalog.trial import LONGEST_TRIAL, TRIAL_FIELDS, Conversion, Trial

CATEGORY_FIELDS = frozenset({"code", "name", "parent", "validFor"})
# What a file may say of the version that it means, beside the version's content.
VERSION_FIELDS = frozenset({"version", "etag", "fingerprint"})
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
        "productSpecification",
        "prodSpecCharValueUse",
        "place",
        "marketSegment",
        "policy",
        "allowedAction",
        "trial",
        "externalIdentifier",
        "productOfferingPrice",
        "productOfferingTerm",
        "productOfferingRelationship",
        "bundledProductOffering",
        "bundledGroup",
    ]
)


@dataclass(frozen=True, slots=True)
class Stated:
    """The version that a file means, None: what is sold; and what it was exported with, None: unchecked.

    A row that still has the `fingerprint` it was exported with was not edited, whatever happened to the version since.
    """

    version: int | None = None
    etag: int | None = None
    fingerprint: str | None = None


UNSTATED = Stated()


@dataclass(frozen=True, slots=True)
class CatalogDocument:
    """What a file says, in its order. Every value is valid in itself; whether they fit together is lint's matter."""

    categories: tuple[Category, ...]
    offerings: tuple[Offering, ...]
    attributes: tuple[Attribute, ...] = ()
    # kind of register → its entries, as catalog.registry knows them.
    entries: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    # One for each offering, or none at all when the file says nothing of versions.
    stated: tuple[Stated, ...] = ()

    def states(self, position: int) -> Stated:
        return self.stated[position] if self.stated else UNSTATED


def read(document: object, zone: tzinfo) -> tuple[CatalogDocument, tuple[Problem, ...]]:
    """The document's values, and every problem found; what has a problem is left out. Bare dates are read in `zone`."""
    reader = Reader(zone)
    known = frozenset({"categories", "offerings", "attributes", *(one.key for one in REGISTERS.values())})
    root = reader.mapping(document, (), known)
    categories = reader.each(root.get("categories"), ("categories",), reader.category)
    offerings = reader.each(root.get("offerings"), ("offerings",), reader.version)
    attributes = reader.each(root.get("attributes"), ("attributes",), reader.attribute)
    entries: dict[str, tuple[Entry, ...]] = {
        kind: tuple(reader.each(root.get(one.key), (one.key,), partial(one.read, reader)))
        for kind, one in REGISTERS.items()
    }
    stated = tuple(one for _, one in offerings)
    found = CatalogDocument(
        tuple(categories),
        tuple(one for one, _ in offerings),
        tuple(attributes),
        entries,
        stated if any(one != UNSTATED for one in stated) else (),
    )
    return found, tuple(reader.problems)


@dataclass
class Reader(PriceReader):
    """Walks a JSON value and collects problems instead of stopping at the first."""

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

    def trial(self, offering: Mapping[str, Any], path: Path) -> Trial | None:
        if offering.get("trial") is None:
            return None
        path = (*path, "trial")
        node = self.mapping(offering["trial"], path, TRIAL_FIELDS)
        duration = self.quantity(node, path, "duration")
        conversion, to = self.enum(node, "conversion", path, Conversion, Conversion.END), self.string(node, "to", path)
        if duration is None:
            self.wrong((*path, "duration"), "MISSING", "is required", "必填")
            return None
        if not 1 <= duration.amount <= LONGEST_TRIAL or duration.amount % 1:
            en, zh = f"is a whole number from 1 to {LONGEST_TRIAL}", f"须为 1 到 {LONGEST_TRIAL} 的整数"
            self.wrong((*path, "duration"), "OUTSIDE_LIMITS", en, zh)
            return None
        return self.build(path, lambda: Trial(duration, conversion, to))

    def version(self, value: object, path: Path) -> tuple[Offering, Stated] | None:
        """An offering of a file, in the version that it states, else as its first."""
        if not isinstance(value, Mapping):
            self.mapping(value, path, OFFERING_FIELDS)
            return None
        version, etag = self.whole(value, "version", path, None), self.whole(value, "etag", path, None)
        if version is not None and version < 1:
            self.wrong((*path, "version"), "OUT_OF_RANGE", "counts from 1", "从 1 开始")
        fingerprint = self.string(value, "fingerprint", path)
        one = self.offering({key: inner for key, inner in value.items() if key not in VERSION_FIELDS}, path)
        return (replace(one, version=version or 1), Stated(version, etag, fingerprint)) if one else None

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
            "terms": each("productOfferingTerm", self.term),
            "relationships": each("productOfferingRelationship", self.relationship),
            "parts": each("bundledProductOffering", self.part),
            "groups": each("bundledGroup", self.group),
            "specification": self.string(node, "productSpecification", path),
            "characteristics": each("prodSpecCharValueUse", partial(read_use, self)),
            "place": each("place", self.reference),
            "market_segment": each("marketSegment", self.reference),
            "policy": each("policy", self.reference),
            "allowed_action": each("allowedAction", self.reference),
            "trial": self.trial(node, path),
        }
        return self.build(path, lambda: Offering(**fields))
