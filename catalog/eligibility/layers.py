"""Many conditions of which each governs some offerings, put in layers so that only those that hold are looked at.

Knows bits; must not know what a condition is about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from catalog.eligibility.bits import bits_of


@dataclass(frozen=True, slots=True)
class Layers:
    """In each layer an offering depends on at most one condition.

    `whole` has the offerings of each layer, `by_bit` for a condition's bit what it frees in which layer, and `bits` is
    all of the conditions.
    """

    bits: int = 0
    whole: tuple[int, ...] = ()
    by_bit: Mapping[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)

    def blocked(self, holding: int) -> int:
        """The offerings that depend on a condition which is not among the bits `holding`."""
        left = list(self.whole)
        rest = holding & self.bits
        while rest:
            low = rest & -rest
            for layer, freed in self.by_bit[low]:
                left[layer] &= ~freed
            rest ^= low
        found = 0
        for bits in left:
            found |= bits
        return found


def layers_of(conditions: Iterable[tuple[int, Iterable[int]]], width: int) -> Layers:
    """From each condition's bit and the places of the offerings that it governs, of `width` in all."""
    depth: dict[int, int] = defaultdict(int)
    whole: list[list[int]] = []
    freed: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for bit, places in conditions:
        for place in places:
            layer = depth[place]
            depth[place] = layer + 1
            if layer == len(whole):
                whole.append([])
            whole[layer].append(place)
            freed[bit][layer].append(place)
    by_bit = {
        bit: tuple((layer, bits_of(places, width)) for layer, places in layers.items()) for bit, layers in freed.items()
    }
    return Layers(sum(by_bit), tuple(bits_of(places, width) for places in whole), by_bit)
