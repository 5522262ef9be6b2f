"""The errors of this room that others catch.

It knows what callers can do about them, and must not know what raised them.
"""

from __future__ import annotations


class DatabaseUnavailable(Exception):
    """The database cannot be reached, is too slow or too full; the message says what to do.

    `outcome_unknown` is true when a statement may or may not have been applied (a lost or timed-out answer).
    """

    def __init__(self, message: str, *, outcome_unknown: bool = False) -> None:
        super().__init__(message)
        self.outcome_unknown = outcome_unknown


class EmbeddedError(DatabaseUnavailable):
    """The embedded server cannot be started; the message says why, what to do and where its log is."""
