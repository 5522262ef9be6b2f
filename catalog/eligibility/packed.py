"""Rows of bits as words of 64, for many customers at once.

Knows arrays; must not know what a bit stands for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from catalog.eligibility.bits import BoolArray, flags
from catalog.eligibility.population import IntArray, Ragged

Packed: TypeAlias = npt.NDArray[np.uint64]


def pack(several: Sequence[int], width: int, columns: IntArray) -> Packed:
    """several × words: of each number of `width` bits those at `columns`, in that order."""
    raw = np.zeros((len(several), words(len(columns)) * 8), dtype=np.uint8)
    for row, bits in enumerate(several):
        if bits:
            found = np.packbits(flags(bits, width)[columns], bitorder="little")
            raw[row, : len(found)] = found
    return raw.view(np.uint64)


def words(width: int) -> int:
    """How many words so many bits take."""
    return (width + 63) // 64


def unpack(rows: Packed, width: int) -> BoolArray:
    """rows × width flags."""
    return np.unpackbits(rows.view(np.uint8), axis=1, bitorder="little", count=width).view(np.bool_)


def column(rows: Packed, place: int) -> BoolArray:
    """One bit of every row."""
    found: BoolArray = (rows[:, place >> 6] & np.uint64(1 << (place & 63))) != 0
    return found


def gather(ragged: Ragged, table: Packed) -> Packed:
    """rows × words: the union of the table's rows that each row of `ragged` points to.

    Goes by position within the row, longest rows first, so that every step is one plain gather.
    """
    lengths = np.diff(ragged.starts)
    found = np.zeros((len(lengths), table.shape[1]), dtype=np.uint64)
    order = np.argsort(-lengths, kind="stable")
    starts, falling = ragged.starts[:-1][order], -lengths[order]
    for step in range(int(lengths.max(initial=0))):
        count = int(np.searchsorted(falling, -step))
        found[:count] |= table[ragged.indices[starts[:count] + step]]
    back = np.empty_like(found)
    back[order] = found
    return back


def blocked_by(failing: Sequence[BoolArray], table: Packed, rows: int) -> Packed:
    """rows × words: the union of the table's rows whose flags are set; `failing` has one array for each of them.

    Eight conditions make a byte, and a byte picks the union that it stands for.
    """
    found = np.zeros((rows, table.shape[1]), dtype=np.uint64)
    for first in range(0, len(failing), 8):
        few = failing[first : first + 8]
        pattern = np.zeros(rows, dtype=np.uint8)
        for place, one in enumerate(few):
            pattern |= one.view(np.uint8) << np.uint8(place)
        found |= np.take(_unions(table[first : first + 8]), pattern, axis=0)
    return found


def _unions(few: Packed) -> Packed:
    """256 × words: for each byte the union of the rows whose bits it has."""
    found = np.zeros((256, few.shape[1]), dtype=np.uint64)
    for place, row in enumerate(few):
        found[np.arange(256) >> place & 1 == 1] |= row
    return found
