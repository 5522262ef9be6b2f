"""Who is in a control group, and which slots are shuffled with which probability: chance that anybody can repeat.

It knows ids, shares and the order of items; it must not know scores, customers or what came of an item.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Generic, TypeVar

import numpy as np

T = TypeVar("T")

# A shuffled request draws from this many times the slots asked for.
POOL = 2


def lot(unit: str, salt: str) -> float:
    """A number in [0, 1) that belongs to this unit and this salt for ever, whichever process asks."""
    digest = blake2b(f"{salt}\n{unit}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) * 2.0**-53


def in_control(unit: str, salt: str, share: float) -> bool:
    """Whether a customer belongs to the control group of an experiment.

    Another salt draws anew and independently; a greater share keeps everybody who was in already.
    """
    return lot(unit, salt) < share


@dataclass(frozen=True, slots=True)
class Slot(Generic[T]):
    """What stands in one slot; `propensity` is the chance, before the draw, that it would be just this item there.

    None: nothing was drawn, and nothing can be estimated from it.
    """

    item: T
    propensity: float | None


def depth(n: int, share: float) -> int:
    """How many items have to be ranked for `draw` to fill `n` slots."""
    return n * POOL if share > 0 else n


def draw(ranked: Sequence[T], n: int, *, share: float, request: str) -> list[Slot[T]]:
    """At most `n` slots: the best in order, but in a `share` of requests any order of the first `POOL` × `n`.

    `ranked` is best first. `request` is the random id of this answer, and the only source of chance. The propensity
    counts both ways in which an item may have come to its slot, so that shuffled and unshuffled answers are used alike.
    """
    pool = list(ranked[: depth(n, share)])
    if share <= 0:
        return [Slot(item, None) for item in pool]
    order = np.arange(len(pool))
    if lot(request, "explore") < share:
        seed = int.from_bytes(blake2b(request.encode(), digest_size=8).digest(), "big")
        order = np.random.default_rng(seed).permutation(len(pool))
    by_chance = share / len(pool) if pool else 0.0
    return [
        Slot(pool[found], by_chance + (1 - share if found == slot else 0.0))
        for slot, found in enumerate(order[:n].tolist())
    ]
