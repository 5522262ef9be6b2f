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
    # [level, since when]
    _levels: OrderedDict[tuple[str, str], list[float]] = field(default_factory=OrderedDict)

    def take(self, subject: str, role: str, *, at: float) -> float:
        """Take one request at the time `at` (seconds); returns 0, or the seconds to wait when the bucket is empty."""
        rate = self.rates.get(role, 0.0)
        if rate <= 0:
            return 60.0
        full, caller = max(1.0, rate * BURST_SECONDS), (subject, role)
        found = self._levels.get(caller)
        if found is None:
            found = self._levels[caller] = [full, at]
            if len(self._levels) > self.callers:
                self._levels.popitem(last=False)
        else:
            self._levels.move_to_end(caller)
        level, since = found
        if at > since:
            level += (at - since) * rate
        if level > full:
            level = full
        found[1] = at
        if level >= 1:
            found[0] = level - 1
            return 0.0
        found[0] = level
        return (1 - level) / rate
