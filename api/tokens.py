"""The signed token that a recommended item carries: outcomes name it, so that showing needs no write.

Knows bytes and a key; must not know what becomes of an outcome.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass, fields
from hashlib import sha256
from uuid import UUID

import orjson

SIGNATURE = 16


class BadItem(Exception):
    """The text is no item id that this operator signed."""


@dataclass(frozen=True, slots=True)
class ItemToken:
    """What was recommended to whom, as it was shown. Holds internal numbers only, no personal data.

    `at` is when, in seconds since 1970; None: nobody wrote it down, so the id never grows old.
    """

    customer: int
    recommendation: str
    offering: int
    model: int
    priority: int
    score: float
    propensity: float | None = None
    in_control: bool | None = None
    at: int | None = None

    @property
    def recommendation_id(self) -> UUID:
        return UUID(self.recommendation)


FIELDS = tuple(one.name for one in fields(ItemToken))


class ItemSigner:
    """Signs with HMAC-SHA256, cut to 128 bits."""

    def __init__(self, key: bytes) -> None:
        self._keyed = hmac.new(key, digestmod=sha256)

    def sign(self, item: ItemToken) -> str:
        body = orjson.dumps([getattr(item, name) for name in FIELDS])
        return base64.urlsafe_b64encode(self._seal(body) + body).decode().rstrip("=")

    def read(self, text: str) -> ItemToken:
        """Raises BadItem unless the text was signed with this key."""
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            raise BadItem from None
        seal, body = raw[:SIGNATURE], raw[SIGNATURE:]
        if not hmac.compare_digest(seal, self._seal(body)):
            raise BadItem
        return ItemToken(*orjson.loads(body))

    def _seal(self, body: bytes) -> bytes:
        seal = self._keyed.copy()
        seal.update(body)
        return seal.digest()[:SIGNATURE]
