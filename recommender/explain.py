"""Why an item scores as it does: what each fact adds, exactly and completely.

It knows columns, labels and weights; it must not know how a fact is worded, or which of them may be spoken of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast, overload

import numpy as np

from recommender.interactions import Float64Array, IntArray
from recommender.scored import Contribution, HoldingKind

# What InputSpace.describe says of a column.
Label = tuple[str, str, str]
ENDED_AGES = {"just_ended": "< 30", "lately_ended": "30 – 365"}
POPULARITY: Label = ("POPULARITY", "popularity", "")
# Which label, and what it adds.
Part = tuple[int, float]


class Reasons(Sequence[Contribution]):
    """Contributions that are made when somebody looks at them: of a score's many parts few are ever shown.

    It is equal to any sequence of the same contributions.
    """

    __slots__ = ("_labels", "_parts")

    def __init__(self, labels: Sequence[Label], parts: Sequence[Part]) -> None:
        self._labels, self._parts = labels, parts

    def __len__(self) -> int:
        return len(self._parts)

    @overload
    def __getitem__(self, place: int) -> Contribution: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Contribution]: ...
    def __getitem__(self, place: int | slice) -> Contribution | Sequence[Contribution]:
        if isinstance(place, slice):
            return Reasons(self._labels, self._parts[place])
        number, weight = self._parts[place]
        return fact(self._labels[number], weight)

    def __iter__(self) -> Iterator[Contribution]:
        return (fact(self._labels[number], weight) for number, weight in self._parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


def popularity(weight: float) -> Contribution:
    """What an item scores for somebody of whom nothing is known."""
    return fact(POPULARITY, weight)


def fact(label: Label, weight: float) -> Contribution:
    """What one input column adds."""
    kind, key, word = label
    if kind == "HOLDING":
        return Contribution("HOLDING", key, ENDED_AGES.get(word), _how(word), weight)
    if kind == "ATTRIBUTE":
        return Contribution("ATTRIBUTE", key, word, None, weight)
    return Contribution("POPULARITY", key, None, None, weight)


def reasons(labels: Sequence[Label], parts: Float64Array, bias: Float64Array) -> list[Reasons]:
    """Of each item all that is not zero, greatest first: they sum to its score.

    `parts` is labels × items, `bias` (items,). Equals stand in the order of the bias and then the labels.
    """
    weights = np.concatenate((bias[None, :], parts))
    order: IntArray = np.argsort(-weights, axis=0, kind="stable").astype(np.int64)
    sorted_ = weights[order, np.arange(weights.shape[1])]
    named = (POPULARITY, *labels)
    return [
        Reasons(named, [part for part in zip(numbers, values, strict=True) if part[1]])
        for numbers, values in zip(order.T.tolist(), sorted_.T.tolist(), strict=True)
    ]


def strongest_first(found: Sequence[Contribution]) -> tuple[Contribution, ...]:
    return tuple(sorted(found, key=lambda one: -one.weight))


def _how(kind: str) -> HoldingKind:
    return "ended" if kind in ENDED_AGES else cast(HoldingKind, kind)
