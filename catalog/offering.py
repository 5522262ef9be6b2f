"""An offering as it is in one version (TMF620 ProductOffering), and the category it stands in.

Knows the shape and what must always hold of it; must not know where it is kept or who may see it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from catalog.bundle import BundleGroup, BundlePart
from catalog.complexity import Complexity
from catalog.lifecycle import LifecycleStatus
from catalog.period import ALWAYS, Period
from catalog.price import Price
from catalog.specification import CharacteristicUse
from catalog.term import Term
from catalog.text import EMPTY, Text
from catalog.trial import Trial


class RelationshipType(StrEnum):
    REQUIRES = "REQUIRES"
    EXCLUDES = "EXCLUDES"
    OPTIONAL_FOR = "OPTIONAL_FOR"
    EXCHANGEABLE_TO = "EXCHANGEABLE_TO"
    UPSELL = "UPSELL"
    CROSS_SELL = "CROSS_SELL"
    REPLACES = "REPLACES"


@dataclass(frozen=True, slots=True)
class Relationship:
    """Towards the offering `target`. REQUIRES of one `group` are alternatives: `min` of them must be held."""

    relationship_type: RelationshipType
    target: str
    group: str
    min: int = 1
    max: int | None = None

    def __post_init__(self) -> None:
        if self.min < 1 or (self.max is not None and self.max < self.min):
            raise ValueError(f"a relationship is with at least 1 and at most {self.max}, not with {self.min}")


@dataclass(frozen=True, slots=True)
class ChannelUse:
    """A channel that may sell the offering, and when."""

    channel: str
    valid: Period = ALWAYS


@dataclass(frozen=True, slots=True)
class ExternalIdentifier:
    """What another system of the operator calls this offering."""

    owner: str
    id: str


@dataclass(frozen=True, slots=True)
class Category:
    code: str
    name: Text
    parent: str | None = None
    valid: Period = ALWAYS
    etag: int = field(default=1, compare=False)


NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Offering:
    """One version. `code` is the offering for ever; `id` is its row, 0 until it has one.

    No `place`: everywhere; no `market_segment`: in every market and outside of them. Of `policy` all must hold.
    """

    code: str
    name: Text
    version: int = 1
    id: int = 0
    template: str | None = None
    description: Text = EMPTY
    is_sellable: bool = True
    lifecycle_status: LifecycleStatus = LifecycleStatus.LAUNCHED
    status_reason: str | None = None
    valid: Period = ALWAYS
    family: str | None = None
    step: int | None = None
    complexity: Complexity = Complexity.SIMPLE
    talking_point: Text = EMPTY
    margin: Decimal | None = None
    external_identifier: tuple[ExternalIdentifier, ...] = ()
    category: tuple[str, ...] = ()
    channel: tuple[ChannelUse, ...] = ()
    prices: tuple[Price, ...] = ()
    terms: tuple[Term, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    parts: tuple[BundlePart, ...] = ()
    groups: tuple[BundleGroup, ...] = ()
    specification: str | None = None
    characteristics: tuple[CharacteristicUse, ...] = ()
    place: tuple[str, ...] = ()
    market_segment: tuple[str, ...] = ()
    policy: tuple[str, ...] = ()
    allowed_action: tuple[str, ...] = ()
    trial: Trial | None = None
    last_update: datetime = NEVER
    etag: int = 1

    def __post_init__(self) -> None:
        if not self.code or not self.name:
            raise ValueError("an offering has a code, and a name in Chinese or English")
        if self.margin is not None and abs(self.margin) > 100:
            raise ValueError(f"a margin is a share like 0.35, not {self.margin}")

    @property
    def item(self) -> str:
        """The recommender's item: a market's copy shares the item of its template."""
        return self.template or self.code

    @property
    def is_bundle(self) -> bool:
        return bool(self.parts)

    def is_launched(self, at: datetime) -> bool:
        return self.lifecycle_status is LifecycleStatus.LAUNCHED and self.valid.contains(at)

    def is_open(self, channel: str | None, at: datetime) -> bool:
        """Whether `channel` sells it at `at`; no list means every channel, and None asks for none in particular."""
        if not self.channel or channel is None:
            return True
        return any(use.channel == channel and use.valid.contains(at) for use in self.channel)

    def same_content(self, other: Offering) -> bool:
        """Whether nothing differs but the version's own bookkeeping and its dates."""
        return self._content() == other._content()

    def _content(self) -> Offering:
        return replace(
            self,
            id=0,
            version=1,
            etag=1,
            valid=ALWAYS,
            last_update=NEVER,
            # Lists whose order says nothing.
            category=tuple(sorted(self.category)),
            place=tuple(sorted(self.place)),
            market_segment=tuple(sorted(self.market_segment)),
            policy=tuple(sorted(self.policy)),
            allowed_action=tuple(sorted(self.allowed_action)),
            characteristics=tuple(sorted(self.characteristics, key=lambda use: use.name)),
            channel=tuple(sorted(self.channel, key=lambda use: use.channel)),
            relationships=tuple(sorted(self.relationships, key=lambda one: (one.relationship_type, one.target))),
            groups=tuple(sorted(self.groups, key=lambda group: group.code)),
        )

    def boundaries(self) -> tuple[datetime, ...]:
        """Every instant at which something of this version begins or ends."""
        periods = [self.valid, *(use.valid for use in self.channel)]
        periods += [*(price.valid for price in self.prices), *(term.valid for term in self.terms)]
        return tuple(edge for period in periods for edge in period.boundaries())
