"""What a customer accepted, on its way to the system that delivers it: an order, or a lead for an account manager.

Knows the states and which follow which (TMF622), and when a sale becomes a lead; must not know who asks or where they
are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from catalog.channel import Channel
from catalog.complexity import Complexity

RISING = tuple(Complexity)


class HandOverKind(StrEnum):
    ORDER = "ORDER"
    LEAD = "LEAD"


class HandOverStatus(StrEnum):
    ACKNOWLEDGED = "ACKNOWLEDGED"
    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    HELD = "HELD"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


_OVER = frozenset({HandOverStatus.COMPLETED, HandOverStatus.CANCELLED, HandOverStatus.FAILED})
_UNDER_WAY = frozenset({HandOverStatus.PENDING, HandOverStatus.IN_PROGRESS, HandOverStatus.HELD})
FOLLOWING: Mapping[HandOverStatus, frozenset[HandOverStatus]] = {
    HandOverStatus.ACKNOWLEDGED: _UNDER_WAY | _OVER | {HandOverStatus.REJECTED},
    HandOverStatus.PENDING: _UNDER_WAY - {HandOverStatus.PENDING} | _OVER | {HandOverStatus.REJECTED},
    HandOverStatus.IN_PROGRESS: _UNDER_WAY - {HandOverStatus.IN_PROGRESS} | _OVER,
    HandOverStatus.HELD: _UNDER_WAY - {HandOverStatus.HELD} | _OVER,
    HandOverStatus.COMPLETED: frozenset(),
    HandOverStatus.FAILED: frozenset(),
    HandOverStatus.REJECTED: frozenset(),
    HandOverStatus.CANCELLED: frozenset(),
}
OPEN = frozenset(status for status, following in FOLLOWING.items() if following)

# What a subscription that lands (TMF637) says of the order that asked for it.
OF_PRODUCT: Mapping[str, HandOverStatus] = {
    "created": HandOverStatus.IN_PROGRESS,
    "pendingActive": HandOverStatus.IN_PROGRESS,
    "active": HandOverStatus.COMPLETED,
    "aborted": HandOverStatus.FAILED,
    "cancelled": HandOverStatus.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class NewHandOver:
    """What is handed over. `quote` is the price as it was when it was accepted; `parts` counts what was chosen;
    `replaces` is the code of what is held and gives way."""

    kind: HandOverKind
    customer_id: int
    offering_id: int
    version: int
    quantity: int = 1
    parts: Mapping[str, int] = field(default_factory=dict)
    term: str | None = None
    is_trial: bool = False
    trial_until: datetime | None = None
    quote: Mapping[str, Any] | None = None
    channel: str | None = None
    agent: str | None = None
    account_manager: str | None = None
    contact_consent: bool = False
    note: str | None = None
    recommendation_id: UUID | None = None
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class HandOver:
    """A hand-over as it is now; `customer` and `offering` are codes."""

    id: int
    kind: HandOverKind
    status: HandOverStatus
    status_reason: str | None
    customer: str
    offering: str
    version: int
    quantity: int
    parts: Mapping[str, int]
    replaces: str | None
    term: str | None
    is_trial: bool
    trial_until: datetime | None
    quote: Mapping[str, Any] | None
    channel: str | None
    agent: str | None
    account_manager: str | None
    contact_consent: bool
    note: str | None
    recommendation_id: UUID | None
    external_id: str | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    etag: int


@dataclass(frozen=True, slots=True)
class HandOverEvent:
    """One step of a hand-over; rows come in the order of `sequence`, which has gaps."""

    sequence: int
    at: datetime
    subject: str
    before_status: HandOverStatus | None
    status: HandOverStatus
    reason: str | None
    hand_over: HandOver


def may_follow(status: HandOverStatus, to: HandOverStatus) -> bool:
    return to in FOLLOWING[status]


def kind_in(complexity: Complexity, channel: Channel | None) -> HandOverKind:
    """What is more complex than the channel handles is no order there but a lead (product.md P17).

    A channel that nobody registered handles everything.
    """
    handles = channel.handles if channel else Complexity.COMPLEX
    return HandOverKind.ORDER if RISING.index(complexity) <= RISING.index(handles) else HandOverKind.LEAD
