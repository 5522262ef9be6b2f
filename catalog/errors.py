"""What can go wrong in the catalog room, as values that say where and what to do.

Knows places and remedies; must not know how they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.text import Text

if TYPE_CHECKING:
    from catalog.offering import Offering


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong at one place of an input: `path` leads there, `code` names the rule."""

    path: tuple[str | int, ...]
    code: str
    message: Text

    @property
    def place(self) -> str:
        """The path as people write it: offerings[3].name."""
        written = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path).lstrip(".")
        return written or "the document"


class CatalogError(Exception):
    """The root of this room's errors."""


class InvalidCatalog(CatalogError):
    """A catalog file that cannot land; nothing of it was written."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        shown = "\n".join(f"  {p.place}: {p.message.said('en')} {p.message.said('zh')}" for p in problems[:20])
        more = f"\n  … and {len(problems) - 20} more" if len(problems) > 20 else ""
        super().__init__(
            f"{len(problems)} problem{'s' * (len(problems) > 1)} in the catalog, nothing was changed "
            f"目录有误，未作任何更改:\n{shown}{more}"
        )


class EditRefused(CatalogError):
    """An edit that the rules do not allow; nothing of it was written.

    `current` is the object as it is now when a lost race or its stage is the reason, for the caller to start from.
    """

    def __init__(self, *problems: Problem, current: Offering | None = None) -> None:
        self.problems, self.current = problems, current
        super().__init__("; ".join(f"{problem.place}: {problem.message.said('en')}" for problem in problems))
