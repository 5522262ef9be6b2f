"""Units of use and how they convert: a minute is 60 s, a GB is 1024 MB, and any other unit stands alone.

Knows amounts of use; must not know what they cost.
"""

from __future__ import annotations

from decimal import Decimal

from catalog.price import Quantity

# unit → (what it measures, how many of the smallest unit it is)
_KNOWN: dict[str, tuple[str, int]] = {
    "s": ("time", 1),
    "second": ("time", 1),
    "minute": ("time", 60),
    "hour": ("time", 3600),
    "KB": ("data", 1),
    "MB": ("data", 1024),
    "GB": ("data", 1024**2),
    "TB": ("data", 1024**3),
}


def dimension(units: str) -> str:
    """What `units` measures; amounts of one dimension can be compared."""
    return _KNOWN.get(units, (units, 1))[0]


def size(units: str) -> int:
    """How many of the smallest unit of its dimension one of `units` is."""
    return _KNOWN.get(units, (units, 1))[1]


def smallest(quantity: Quantity) -> Decimal:
    """The quantity in the smallest unit of its dimension: seconds, KB, pieces."""
    return quantity.amount * size(quantity.units)
