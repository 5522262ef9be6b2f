"""Where in the tree of categories somebody may edit.

Knows categories and those below them; must not know who asks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from catalog.desk.editing import refused


@dataclass(frozen=True, slots=True)
class Reach:
    """The categories in which an editor may work, those below included; None: every one."""

    codes: frozenset[str] | None

    @classmethod
    def of(cls, categories: Iterable[str] | None, parents: Mapping[str, str | None]) -> Reach:
        """What lies in or below these categories of the tree `parents` (code → code above)."""
        if categories is None:
            return cls(None)
        inside = set(categories) & parents.keys()
        while more := {code for code, parent in parents.items() if parent in inside} - inside:
            inside |= more
        return cls(frozenset(inside))

    def holds(self, category: Iterable[str]) -> bool:
        """Whether what stands in these categories is within reach."""
        return self.codes is None or any(code in self.codes for code in category)

    def check(self, wanted: Collection[str], current: Collection[str] = ()) -> None:
        """An offering is not put into somebody else's category, nor out of all of one's own. Raises EditRefused."""
        if self.codes is None:
            return
        foreign = set(wanted) - self.codes - set(current)
        if foreign or not self.holds(wanted):
            yours = ", ".join(sorted(self.codes)[:10]) or "-"
            zh = f"须位于您负责的类目，且不可加入其他类目：{yours}"
            en = f"must stand in a category of yours, and be added to no other: {yours}"
            raise refused(("category",), "NOT_YOUR_CATEGORY", zh, en)
