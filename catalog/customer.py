"""A customer as one look-up finds them, and what they hold (TMF629, TMF637).

Knows the shape and how personal data is masked; must not know who is asking.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from catalog.text import EMPTY, Text

ENDED = "ended"
ATTRIBUTE_KINDS = ("categorical", "numeric", "date")


@dataclass(frozen=True, slots=True)
class Attribute:
    """A column that the operator knows of customers; a sensitive one is never a reason that anybody reads."""

    code: str
    kind: str
    sensitive: bool = False
    name: Text = EMPTY

    def __post_init__(self) -> None:
        if self.kind not in ATTRIBUTE_KINDS:
            raise ValueError(f"the kind of an attribute is one of {', '.join(ATTRIBUTE_KINDS)}")


@dataclass(frozen=True, slots=True)
class Product:
    """A subscription. `holding_kind` is what the row says about taste: voluntary, forced, inactive or ended.

    `start_date` None is unknown; `active_days` (of the latest month of usage) None is unknown. `version` None: the one
    that was in force when it began.
    """

    offering_id: int
    holding_kind: str
    status: str
    origin: str
    start_date: datetime | None
    termination_date: datetime | None
    instance: str
    bundle_offering_id: int | None
    price: Decimal | None
    channel: str | None
    active_days: int | None
    last_active: date | None
    version: int | None = None

    @property
    def is_held(self) -> bool:
        return self.holding_kind != ENDED


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer at one time. `msisdn` and `name` are personal data in full: mask them before they leave.

    `refused` and `shown` (how often) are of recommended offerings, lately: how lately, the look-up was told.
    """

    id: int
    code: str
    kind: str
    status: str
    msisdn: str | None
    name: str | None
    place: str | None
    brand: str | None
    joined_at: datetime | None
    enterprise: str | None
    industry: str | None
    size_class: str | None
    account_manager: str | None
    tags: tuple[str, ...]
    personalisation: bool
    etag: int
    attributes: Mapping[str, str | float | None]
    products: tuple[Product, ...]
    refused: frozenset[int]
    markets: tuple[str, ...]
    shown: Mapping[int, int] = field(default_factory=dict)

    @property
    def held(self) -> tuple[Product, ...]:
        return tuple(product for product in self.products if product.is_held)


@dataclass(frozen=True, slots=True)
class Member:
    """What recommending to a market needs of one member; a holding is (offering id, kind, end if it has one)."""

    customer_id: int
    attributes: Mapping[str, str | float | None]
    holdings: tuple[tuple[int, str, datetime | None], ...]
    kind: str
    status: str
    place: str | None
    brand: str | None
    joined_at: datetime | None
    enterprise: str | None
    industry: str | None
    size_class: str | None
    tags: tuple[str, ...]
    personalisation: bool
    markets: tuple[str, ...]


def mask_msisdn(number: str | None) -> str | None:
    """138****5678: enough to recognise, too little to call. Short numbers keep their last two digits only."""
    if not number:
        return number
    if len(number) < 8:
        return "*" * (len(number) - 2) + number[-2:]
    return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"


def mask_name(name: str | None) -> str | None:
    """王小明 → 王**: the first character stays."""
    return name[0] + "*" * min(len(name) - 1, 2) if name else name
