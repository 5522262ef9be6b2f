"""What a bundle is made of: parts with their limits, and groups from which some are chosen (TMF620).

Knows counts and groups; must not know prices or customers.
"""

from __future__ import annotations

from dataclasses import dataclass

from catalog.text import EMPTY, Text


def _check_limits(lower: int, upper: int | None) -> None:
    if lower < 0 or (upper is not None and upper < lower):
        raise ValueError(f"the limits {lower} to {upper} contradict each other")


@dataclass(frozen=True, slots=True)
class BundlePart:
    """An offering inside a bundle: how many at least, by default, at most (None: any number)."""

    code: str
    lower: int = 1
    default: int = 1
    upper: int | None = 1
    group: str | None = None

    def __post_init__(self) -> None:
        _check_limits(self.lower, self.upper)
        if self.default < self.lower or (self.upper is not None and self.default > self.upper):
            raise ValueError(f"the default {self.default} lies outside the limits {self.lower} to {self.upper}")

    @property
    def is_mandatory(self) -> bool:
        return self.lower > 0


@dataclass(frozen=True, slots=True)
class BundleGroup:
    """Choose at least `lower` and at most `upper` (None: all) of the parts and groups in it."""

    code: str
    name: Text = EMPTY
    lower: int = 0
    upper: int | None = None
    parent: str | None = None

    def __post_init__(self) -> None:
        _check_limits(self.lower, self.upper)
