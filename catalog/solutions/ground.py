"""What there is when a solution is brought to markets: offerings, what was applied before, who asks and for when.

Knows values; must not know PostgreSQL, which they were read from, nor what follows from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from catalog.desk.reach import Reach
from catalog.documents.written import Json
from catalog.lifecycle import LifecycleStatus
from catalog.linting.review import Registers
from catalog.offering import Offering
from catalog.solution import Solution

ENDED = frozenset({LifecycleStatus.RETIRED, LifecycleStatus.OBSOLETE, LifecycleStatus.REJECTED})


@dataclass(frozen=True, slots=True)
class AppliedPart:
    """A template as it was brought to a market: by a copy, whose content the solution made `base`; or shared (None)."""

    template: str
    template_version: int
    code: str | None = None
    base: Json | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """A solution as it was brought to a market: with which values, and from which state of it (`solution_etag`)."""

    solution: str
    market: str
    parameters: Mapping[str, str]
    parts: Mapping[str, AppliedPart]
    solution_etag: int
    etag: int
    applied_at: datetime
    applied_by: str


@dataclass(frozen=True, slots=True)
class Ground:
    """`versions` holds every version of the templates, of what they lead to and of the markets' copies.

    `owners` says of each copy which solution made it. With `launch`, what is brought is launched at `when` (None: now),
    or at the market's own start when that lies ahead. Bare dates are read in `zone`.
    """

    solution: Solution
    versions: Mapping[str, tuple[Offering, ...]]
    categories: tuple[str, ...]
    reach: Reach
    at: datetime
    zone: tzinfo
    registers: Registers = field(default_factory=dict)
    applied: Mapping[str, Application] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    launch: bool = False
    when: datetime | None = None

    @property
    def starts(self) -> datetime:
        return self.when or self.at

    def template(self, code: str) -> Offering | None:
        """The version that is copied: the one in force when it starts, else the newest."""
        versions = self.versions.get(code, ())
        return next((one for one in versions if one.is_launched(self.starts)), versions[-1] if versions else None)
