"""What happens to the rows of a bulk edit when some of them fail.

Knows the three policies; must not know what a row is.
"""

from __future__ import annotations

from enum import StrEnum


class ErrorPolicy(StrEnum):
    """REJECT_EVERYTHING: one failed row, and nothing lands. REJECT_FAILED_ROWS: the others land. IGNORE_FAILED: of a
    failed row lands what is sound by itself."""

    REJECT_EVERYTHING = "REJECT_EVERYTHING"
    REJECT_FAILED_ROWS = "REJECT_FAILED_ROWS"
    IGNORE_FAILED = "IGNORE_FAILED"
