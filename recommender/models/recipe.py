"""What a model may learn from, and a recipe: how it learns, which settings are tried, how it is fitted.

It knows that evidence adds up over chunks of customers; it must not know how chunks are read or models are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from recommender.interactions import Matrix
from recommender.models.contract import Model

Params = Mapping[str, float]
Grid = Literal["quick", "full"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some customers at a cutoff. `inputs` rows × width; the first `items` columns are voluntary holdings.

    When data is dated, `earlier` is the same inputs one window before and `taken` (rows × items) what was taken
    voluntarily in that window; both are None when it is not.
    """

    inputs: Matrix
    items: int
    earlier: Matrix | None = None
    taken: Matrix | None = None

    @property
    def voluntary(self) -> Matrix:
        return self.inputs[:, : self.items]


@dataclass(frozen=True, slots=True)
class Recipe:
    """`learn(chunk)` gives evidence that adds with +; `fit(evidence, params, seed)` gives the model.

    `dated` recipes need `taken`. `sampled` ones keep rows rather than sums, so they learn from a declared sample.
    """

    name: str
    learn: Callable[[Chunk], Any]
    fit: Callable[[Any, Params, int], Model]
    quick: tuple[Params, ...] = ({},)
    full: tuple[Params, ...] = ({},)
    dated: bool = False
    sampled: bool = False

    def grid(self, size: Grid) -> tuple[Params, ...]:
        return self.quick if size == "quick" else self.full


def grid(**choices: tuple[float, ...]) -> tuple[Params, ...]:
    """Every combination of the choices."""
    found: list[dict[str, float]] = [{}]
    for name, values in choices.items():
        found = [{**params, name: value} for params in found for value in values]
    return tuple(found)
