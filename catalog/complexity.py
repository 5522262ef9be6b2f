"""How much explaining an offering needs, and so which channels can handle it (product.md P17).

Knows the steps; must not know offerings or channels.
"""

from __future__ import annotations

from enum import StrEnum


class Complexity(StrEnum):
    """In rising order."""

    SIMPLE = "SIMPLE"
    STANDARD = "STANDARD"
    COMPLEX = "COMPLEX"
