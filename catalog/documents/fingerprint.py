"""A short print of what a version says: two versions with the same one say the same.

Knows values and how they are equal: 0.59 and 0.5900 are; must not know files or stages of work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog.offering import NEVER, Offering

LENGTH = 12


def fingerprint(one: Offering) -> str:
    """Of everything but the version's own bookkeeping."""
    plain = replace(one, id=0, version=1, etag=1, last_update=NEVER)
    return hashlib.sha256(repr(_canonical(plain)).encode()).hexdigest()[:LENGTH]


def _canonical(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value.normalize())
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, tuple):
        return [_canonical(one) for one in value]
    if isinstance(value, Mapping):
        return {key: _canonical(inner) for key, inner in sorted(value.items())}
    if is_dataclass(value) and not isinstance(value, type):
        return [type(value).__name__, *(_canonical(getattr(value, one.name)) for one in fields(value))]
    return str(value) if value is not None else None
