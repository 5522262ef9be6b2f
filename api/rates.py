"""How many requests a caller may make: one bucket of tokens per caller, refilled at the rate of the caller's role.

It knows seconds and names, and must not know tokens, HTTP or a clock.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

BURST_SECONDS = 2.0


@dataclass(slots=True)
class Buckets:
    """The buckets of one process; the least recently used are forgotten, which refills them.

    `rates` are requests per second by role; a role without a rate is refused.
    """

    rates: Mapping[str, float]
    callers: int = 50_000
    _levels: OrderedDict[tuple[str, str], tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, subject: str, role: str, *, at: float) -> float:
        """Take one request at the time `at` (seconds); returns 0, or the seconds to wait when the bucket is empty."""
        rate = self.rates.get(role, 0.0)
        if rate <= 0:
            return 60.0
        full, levels, caller = max(1.0, rate * BURST_SECONDS), self._levels, (subject, role)
        level, since = levels.get(caller) or (full, at)
        if at > since:
            level += (at - since) * rate
        if level > full:
            level = full
        wait = 0.0 if level >= 1 else (1 - level) / rate
        levels[caller] = (level if wait else level - 1, at)
        levels.move_to_end(caller)
        if len(levels) > self.callers:
            levels.popitem(last=False)
        return wait
