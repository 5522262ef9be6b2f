"""Where the items of the recommender stand in the catalog.

It knows codes and places; it must not know what stands there.
"""

from __future__ import annotations

from dataclasses import dataclass

from recommender.interactions import BoolArray, IntArray
from recommender.store import Vocabulary


@dataclass(frozen=True, slots=True)
class Shelves:
    """The items of the recommender and where they stand: `categories` and `families` name the numbers of the words.

    Per item `offering` is the id of the one that it is named after, and `launched` whether it is sold."""

    words: Vocabulary
    categories: tuple[str, ...]
    families: tuple[str, ...]
    offering: IntArray
    launched: BoolArray
