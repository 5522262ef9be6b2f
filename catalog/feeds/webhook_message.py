"""What a webhook says: changes of the catalog and steps of hand-overs as one JSON body.

Knows the shape that receivers parse; must not know who they are. The same rows make the same body whenever they are
sent, but for what a hand-over's own record has gained meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.feeds.change import Change
from catalog.feeds.hand_over import HandOver, HandOverEvent
from catalog.feeds.webhook import Topic

Json = dict[str, Any]
TYPES = {Topic.CATALOG_CHANGED: "catalog.changed", Topic.HAND_OVER_CHANGED: "handOver.changed"}


def of_changes(found: Sequence[Change]) -> Json:
    """{"type": "catalog.changed", "timestamp": …, "data": {"changes": […]}}; there is at least one change."""
    return _message(Topic.CATALOG_CHANGED, found[-1].at.isoformat(), {"changes": [change(one) for one in found]})


def change(one: Change) -> Json:
    return {
        "sequence": str(one.sequence),
        "revision": one.revision,
        "at": one.at.isoformat(),
        "subject": one.subject,
        "entity": one.entity,
        "code": one.code,
        "version": one.version,
        "action": one.action,
        "before": one.before,
        "after": one.after,
    }


def of_events(found: Sequence[HandOverEvent], contacts: Mapping[str, Mapping[str, str | None]]) -> Json:
    """`contacts` holds phone number and name by customer, for endpoints that may have them; there is an event."""
    events = [_event(one, contacts.get(one.hand_over.customer)) for one in found]
    return _message(Topic.HAND_OVER_CHANGED, found[-1].at.isoformat(), {"events": events})


def _event(one: HandOverEvent, contact: Mapping[str, str | None] | None) -> Json:
    return {
        "sequence": str(one.sequence),
        "at": one.at.isoformat(),
        "subject": one.subject,
        "before": one.before_status,
        "status": one.status,
        "reason": one.reason,
        "handOver": _hand_over(one.hand_over) | ({"contact": dict(contact)} if contact else {}),
    }


def _hand_over(one: HandOver) -> Json:
    return {
        "id": str(one.id),
        "kind": one.kind,
        "customerId": one.customer,
        "productOffering": one.offering,
        "version": one.version,
        "quantity": one.quantity,
        "parts": dict(one.parts),
        "replaces": one.replaces,
        "term": one.term,
        "isTrial": one.is_trial,
        "trialUntil": one.trial_until.isoformat() if one.trial_until else None,
        "quote": one.quote,
        "channel": one.channel,
        "agent": one.agent,
        "accountManager": one.account_manager,
        "contactConsent": one.contact_consent,
        "note": one.note,
        "recommendationId": str(one.recommendation_id) if one.recommendation_id else None,
        "externalId": one.external_id,
        "createdAt": one.created_at.isoformat(),
    }


def _message(topic: Topic, at: str, data: Json) -> Json:
    return {"type": TYPES[topic], "timestamp": at, "data": data}
