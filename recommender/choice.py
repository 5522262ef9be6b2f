"""Which candidate serves, from figures alone, and why, in words for people.

It knows means and intervals; it must not know models or data, and never prefers what is not surely better.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recommender.metrics import Interval

# Fewer customers than this with an answer to foresee say too little to prefer anything to popularity.
FEWEST = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """Which candidate serves, and why, for people."""

    name: str
    why: dict[str, str]


def choose(means: Mapping[str, float], leads: Mapping[str, Interval | None], baseline: str, users: int) -> Choice:
    """The best NDCG@10 of those whose lead over the baseline is above zero in the whole interval, else the baseline."""
    if users < FEWEST:
        return Choice(baseline, _few(users, baseline))
    better = {name: lead for name, lead in leads.items() if lead and lead.low > 0}
    if not better:
        return Choice(baseline, _unbeaten(baseline))
    best = max(better, key=lambda name: means[name])
    return Choice(best, _beaten(best, baseline, better[best]))


def _few(users: int, baseline: str) -> dict[str, str]:
    return {
        "en": f"only {users} customers to judge by (at least {FEWEST} are needed): {baseline} serves",
        "zh": f"可供评判的客户只有 {users} 个（至少需要 {FEWEST} 个），由 {baseline} 服务",
    }


def _unbeaten(baseline: str) -> dict[str, str]:
    return {
        "en": f"no candidate beats {baseline} by more than the interval of the difference",
        "zh": f"没有候选模型以超过差值区间的幅度胜过 {baseline}",
    }


def _beaten(name: str, baseline: str, lead: Interval) -> dict[str, str]:
    span = f"{lead.mean:+.4f} [{lead.low:+.4f}, {lead.high:+.4f}]"
    return {"en": f"{name} leads {baseline} by {span} of NDCG@10", "zh": f"{name} 的 NDCG@10 比 {baseline} 高 {span}"}
