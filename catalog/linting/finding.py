"""What lint has to say of one place in the catalog: the rule, how bad it is, from when on, and what to do.

Knows findings; must not know how any rule is checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from catalog.errors import Problem
from catalog.lifecycle import LifecycleStatus
from catalog.text import Text


class Severity(StrEnum):
    """ERROR keeps a version from its launch. WARNING is most likely a mistake. ADVICE could be better."""

    ERROR = "ERROR"
    WARNING = "WARNING"
    ADVICE = "ADVICE"


class Subject(StrEnum):
    """What a finding is about; its code is the code of one of these."""

    OFFERING = "productOffering"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a code means, in general: how bad, what it finds, what to do about it."""

    severity: Severity
    what: Text
    remedy: Text


@dataclass(frozen=True, slots=True)
class Finding:
    """`path` leads into the subject; `version` and `status` are those of an offering. `since` is when it becomes wrong,
    None when it already is. `entry` is the path with the codes of entries for their positions."""

    severity: Severity
    code: str
    subject: Subject
    of: str
    path: tuple[str | int, ...]
    message: Text
    remedy: Text
    version: int | None = None
    status: LifecycleStatus | None = None
    since: datetime | None = None
    entry: tuple[str | int, ...] = ()

    @property
    def place(self) -> str:
        """The path as people write it: bundledProductOffering[2].code."""
        return Problem(self.path, self.code, self.message).place if self.path else ""

    @property
    def key(self) -> tuple[object, ...]:
        """What stays the same when positions in lists, versions and dates move."""
        return self.subject, self.of, self.code, self.entry

    @property
    def is_of_launched(self) -> bool:
        """Whether customers meet it: an error of a version in force or scheduled, or of a category."""
        return self.status in (None, LifecycleStatus.LAUNCHED)
