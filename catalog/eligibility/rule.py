"""The rules by which offerings are withheld, and what comes of asking them all at once.

Knows sets of codes as bits; must not know why a rule applies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from catalog.eligibility.bits import BoolArray, flags

# An array of strings, so that a mask picks from it at once.
Codes: TypeAlias = npt.NDArray[np.object_]


class Rule(StrEnum):
    """Why an offering is withheld; the first that applies, in this order, is the one that is counted.

    COMPLEXITY withholds nothing: what a channel cannot handle goes on from there as a lead.
    """

    HELD = "HELD"
    INSIDE_HELD_BUNDLE = "INSIDE_HELD_BUNDLE"
    RETIRED = "RETIRED"
    NOT_YET_IN_FORCE = "NOT_YET_IN_FORCE"
    NOT_SELLABLE = "NOT_SELLABLE"
    CHANNEL = "CHANNEL"
    PLACE = "PLACE"
    MARKET = "MARKET"
    POLICY = "POLICY"
    EXCLUDED = "EXCLUDED"
    REQUIRES = "REQUIRES"
    REFUSED_RECENTLY = "REFUSED_RECENTLY"
    SHOWN_OFTEN = "SHOWN_OFTEN"
    COMPLEXITY = "COMPLEXITY"


@dataclass(frozen=True)
class Qualification:
    """What may be offered, and what is withheld by which rule. Every considered code stands in exactly one set.

    Bit i of every number is the offering `codes[i]`; sets of codes are made when somebody asks for them. What is in
    `lead_bits` may be offered, and goes on to an account manager instead of being sold on the spot.
    """

    codes: Codes
    bits: int
    hits: tuple[tuple[Rule, int], ...]
    lead_bits: int = 0

    @cached_property
    def qualified(self) -> frozenset[str]:
        return self._named(self.bits)

    @cached_property
    def ordered(self) -> list[str]:
        """The qualified, item by item, a template before its copies."""
        found: list[str] = self.codes[self.mask].tolist()
        return found

    @cached_property
    def leads(self) -> frozenset[str]:
        return self._named(self.lead_bits)

    @cached_property
    def withheld(self) -> Mapping[Rule, frozenset[str]]:
        return {rule: self._named(bits) for rule, bits in self.hits}

    @property
    def counts(self) -> dict[Rule, int]:
        """How many each rule withholds; rules that withhold none are left out."""
        return {rule: bits.bit_count() for rule, bits in self.hits}

    @property
    def mask(self) -> BoolArray:
        """One flag for each of `codes`."""
        return flags(self.bits, len(self.codes))

    def _named(self, bits: int) -> frozenset[str]:
        return frozenset(self.codes[flags(bits, len(self.codes))].tolist()) if bits else frozenset()
