"""Why an item scores as it does: what each fact adds, exactly and completely.

It knows columns, labels and weights; it must not know how a fact is worded, or which of them may be spoken of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from recommender.interactions import Float64Array
from recommender.scored import Contribution, HoldingKind

# What InputSpace.describe says of a column.
Label = tuple[str, str, str]
ENDED_AGES = {"just_ended": "< 30", "lately_ended": "30 – 365"}


def popularity(weight: float) -> Contribution:
    """What an item scores for somebody of whom nothing is known."""
    return Contribution("POPULARITY", "popularity", None, None, weight)


def fact(label: Label, weight: float) -> Contribution:
    """What one input column adds."""
    kind, key, word = label
    if kind == "ATTRIBUTE":
        return Contribution("ATTRIBUTE", key, word, None, weight)
    return Contribution("HOLDING", key, ENDED_AGES.get(word), _how(word), weight)


def reasons(labels: Sequence[Label], weights: Float64Array, bias: float) -> tuple[Contribution, ...]:
    """All that is not zero, greatest first; with `bias` the weights (one a label) sum to the score."""
    found = [popularity(bias)] if bias else []
    found += [fact(label, weight) for label, weight in zip(labels, weights.tolist(), strict=True) if weight]
    return strongest_first(found)


def strongest_first(found: Sequence[Contribution]) -> tuple[Contribution, ...]:
    return tuple(sorted(found, key=lambda one: -one.weight))


def _how(kind: str) -> HoldingKind:
    return "ended" if kind in ENDED_AGES else cast(HoldingKind, kind)
