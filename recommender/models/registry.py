"""Which stored arrays are which model.

It knows the kinds by name and the shapes they must have; it must not know where arrays are kept.
"""

from __future__ import annotations

from recommender.models.als import Als
from recommender.models.contract import Arrays, Model
from recommender.models.linear import Linear, Logit

SHAPES = {"linear": ("weights", "bias"), "logit": ("weights", "bias"), "als": ("factors", "scale")}


def restore(kind: str, arrays: Arrays, *, inputs: int, items: int) -> Model:
    """The model that `to_arrays` described. Raises ValueError when names or shapes do not fit inputs and items."""
    if set(arrays) != set(SHAPES.get(kind, ())):
        raise ValueError(f"no model is called {kind!r} and made of {sorted(arrays)}")
    if kind == "als":
        factors = arrays["factors"]
        if factors.ndim != 2 or len(factors) != items or arrays["scale"].shape != (2,):
            raise ValueError(f"als: factors {factors.shape} do not fit {items} items")
        return Als.from_arrays(arrays)
    weights, bias = arrays["weights"], arrays["bias"]
    if weights.ndim != 2 or weights.shape[1] != items or len(weights) > inputs or bias.shape != (items,):
        raise ValueError(f"linear: weights {weights.shape} and bias {bias.shape} do not fit {inputs} × {items}")
    return (Logit if kind == "logit" else Linear).from_arrays(arrays)
