"""What the operator's rules kept from whom at a cutoff, a bit for each customer and item.

It knows how bits are packed and who is asked for them; it must not know a rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from recommender.interactions import BoolArray, Matrix
from sql.pool import Connection

# customers × ⌈items / 8⌉: of a hundred thousand customers and two thousand items 25 MB.
Bits: TypeAlias = npt.NDArray[np.uint8]
Range = tuple[int, int]


class Rules(Protocol):
    """The catalog's side, which this room does not know: api introduces it."""

    async def __call__(
        self, connection: Connection, parts: Sequence[Range], items: Sequence[str], held: Matrix, at: datetime
    ) -> Bits:
        """What the customers of these ranges of ids (in the order of ids, range by range) could not buy at `at`.

        `held`: customers × items, what they held then. Of what the catalog did not know nobody could buy anything.
        """
        ...


def pack(barred: BoolArray) -> Bits:
    """customers × items, True where barred."""
    return np.packbits(barred, axis=1)


def unpack(bits: Bits, items: int) -> BoolArray:
    """The inverse of `pack`."""
    return np.unpackbits(bits, axis=1, count=items).view(np.bool_)
