"""The short version for every change: seconds long, and failing only when a ratio is far from the recorded one.

Knows which ratios stand for the whole; it must not judge by absolute times, as machines differ and are busy.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks import graphql_run, results
from benchmarks.graphql_run import Plan
from benchmarks.peers.queries import QUERIES
from benchmarks.peers.servers import SERVERS
from benchmarks.say import say
from benchmarks.verdicts import Cells

NAMES = ("jishi", "strawberry", "constant-asgi")
PLAN = Plan(
    offerings=250, rounds=3, seconds=0.3, warm=0.15, at_least=20, at_most=2.0,
    servers=tuple(one for one in SERVERS if one.name in NAMES), queries=QUERIES[:2], hows=("repeated", "variables"),
)  # fmt: skip
FAR = 2.0


@dataclass(frozen=True, slots=True)
class Ratio:
    """CPU of Jishi's answer over that of another server's in the same run, by query and kind of request."""

    query: str
    how: str
    other: str
    # A constant answer is always `repeated`.
    other_how: str

    def of(self, cells: Cells) -> float | None:
        ours = cells.median("jishi", self.query, self.how, "cpu_us")
        its = cells.median(self.other, self.query, self.other_how, "cpu_us")
        return ours / its if ours and its else None

    def __str__(self) -> str:
        return f"{self.query}, {self.how}: CPU of Jishi over {self.other}"


RATIOS = tuple(
    ratio
    for query in PLAN.queries
    for ratio in (
        Ratio(query.name, "repeated", "constant-asgi", "repeated"),
        Ratio(query.name, "variables", "strawberry", "variables"),
    )
)


def check() -> int:
    """The exit code: 1 when a ratio is twice the recorded one or more."""
    recorded = results.load("graphql")
    if recorded is None:
        say("nothing is recorded yet: python -m benchmarks run graphql")
        return 0
    then, now = Cells(recorded["figures"]), Cells(graphql_run.run(PLAN))
    far = 0
    for ratio in RATIOS:
        was, found = ratio.of(then), ratio.of(now)
        if was is None or found is None:
            say(f"{ratio}: not measured")
            continue
        is_far = found >= FAR * was
        far += is_far
        say(f"{ratio}: {found:.2f}, recorded {was:.2f}{'  FAR OFF' if is_far else ''}")
    return 1 if far else 0
