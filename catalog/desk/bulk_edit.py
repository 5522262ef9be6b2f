"""What is left of a row of a bulk edit when some of its fields are wrong.

Knows fields and the problems that name them; must not know what the fields mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.desk.approval import Approval
from catalog.errors import Problem
from catalog.offering import Offering

# As many as are done within the time that a request may take; a move reads what stands around each version.
MAX_ROWS, MAX_MOVES = 500, 100
Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a row: its version as it is then (None: not to be shown), whether anything of it landed, what did
    not and why, and the request that was made instead where a second person decides."""

    offering: Offering | None
    is_applied: bool
    problems: tuple[Problem, ...] = ()
    approval: Approval | None = None


class BulkRefused(Exception):
    """A row failed where one failed row means that nothing lands."""

    def __init__(self, results: list[RowResult]) -> None:
        super().__init__("a row failed")
        self.results = results


def sound(given: Given, problems: Iterable[Problem]) -> Given | None:
    """`given` without the fields that `problems` lie in; None when a problem lies elsewhere, or nothing is left."""
    wrong = {str(problem.path[0]) if problem.path else "" for problem in problems}
    left = {key: value for key, value in given.items() if key not in wrong}
    return left if left and wrong <= given.keys() else None
