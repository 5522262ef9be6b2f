"""What a model may learn from, and a recipe: how it learns, which settings are tried, how it is fitted.

It knows that evidence adds up over chunks of customers; it must not know how chunks are read or models are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from recommender.interactions import IntArray, Matrix
from recommender.models.contract import Model

Params = Mapping[str, float]
Grid = Literal["quick", "full"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some customers at a cutoff. `inputs` rows × width; the first `items` columns are voluntary holdings.

    When data is dated, `earlier` is the same inputs one window before and `taken` (rows × items) what was taken
    voluntarily in that window; both are None when it is not. `older` holds the same pair of windows further back.
    `edges` are the columns between which each attribute's labels lie; empty without attributes.
    """

    inputs: Matrix
    items: int
    earlier: Matrix | None = None
    taken: Matrix | None = None
    older: tuple[tuple[Matrix, Matrix], ...] = ()
    edges: tuple[int, ...] = ()

    @property
    def voluntary(self) -> Matrix:
        return self.inputs[:, : self.items]

    @property
    def windows(self) -> tuple[tuple[Matrix, Matrix], ...]:
        """Pairs of what was known and what was then taken, the last window first. Raises ValueError when undated."""
        if self.earlier is None or self.taken is None:
            raise ValueError("learning from acquisitions needs dated data")
        return ((self.earlier, self.taken), *self.older)

    def take(self, rows: IntArray) -> Chunk:
        """Only these customers."""
        earlier = None if self.earlier is None else self.earlier[rows]
        taken = None if self.taken is None else self.taken[rows]
        older = tuple((known[rows], then[rows]) for known, then in self.older)
        return Chunk(self.inputs[rows], self.items, earlier, taken, older, self.edges)


@dataclass(frozen=True, slots=True)
class Recipe:
    """`learn(chunk)` gives evidence that adds with +; `fit(evidence, params, seed)` gives the model.

    An empty grid: too costly for that effort. `dated` recipes need `taken`. `sampled` ones keep rows rather than sums,
    so they learn from a declared sample. `informed` ones read more of customers than what they hold,
    `impersonal` ones nothing at all.
    """

    name: str
    learn: Callable[[Chunk], Any]
    fit: Callable[[Any, Params, int], Model]
    quick: tuple[Params, ...] = ({},)
    full: tuple[Params, ...] = ({},)
    dated: bool = False
    sampled: bool = False
    informed: bool = False
    impersonal: bool = False

    def grid(self, size: Grid) -> tuple[Params, ...]:
        return self.quick if size == "quick" else self.full


def grid(**choices: tuple[float, ...]) -> tuple[Params, ...]:
    """Every combination of the choices."""
    found: list[dict[str, float]] = [{}]
    for name, values in choices.items():
        found = [{**params, name: value} for params in found for value in values]
    return tuple(found)
