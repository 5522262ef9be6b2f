"""What the operator's rules kept from whom at a cutoff, a bit for each customer and item.

It knows how bits are packed; it must not know a rule, nor who is asked for them.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from recommender.interactions import BoolArray

# customers × ⌈items / 8⌉: of a hundred thousand customers and two thousand items 25 MB.
Bits: TypeAlias = npt.NDArray[np.uint8]


def pack(barred: BoolArray) -> Bits:
    """customers × items, True where barred."""
    return np.packbits(barred, axis=1)


def unpack(bits: Bits, items: int) -> BoolArray:
    """The inverse of `pack`."""
    return np.unpackbits(bits, axis=1, count=items).view(np.bool_)


def is_barred(bits: Bits, row: npt.NDArray[np.integer], item: npt.NDArray[np.integer]) -> BoolArray:
    """Whether each item is barred from the customer of each row; parallel."""
    found: BoolArray = (bits[row, item // 8] >> (7 - item % 8) & 1).astype(np.bool_)
    return found
