"""Sets of small whole numbers as the bits of one large one, and as flags.

Knows arithmetic; must not know what a number stands for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

BoolArray: TypeAlias = npt.NDArray[np.bool_]


def bits_of(places: Iterable[int], width: int) -> int:
    """The number with these of `width` bits set; built in bytes, for shifting long numbers is slow."""
    raw = bytearray(width // 8 + 1)
    for place in places:
        raw[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(raw, "little")


def union(several: Iterable[int]) -> int:
    found = 0
    for one in several:
        found |= one
    return found


def flags(bits: int, width: int) -> BoolArray:
    """`width` flags, the lowest bit first."""
    raw = np.frombuffer(bits.to_bytes((width + 7) // 8, "little"), dtype=np.uint8)
    return np.unpackbits(raw, bitorder="little", count=width).view(np.bool_)
