"""The targets of the project against what was measured: figures of one run as ratios, and whether each is met.

Knows the targets; must not know how anything is measured or shown.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Part = Mapping[str, Any]
EXTRA_US = 25.0
# The ways to ask of bench_customer.py, by name.
WHOLE, LESS = "Jishi, whole answer, by id", "Jishi, what the plain one answers"
PLAIN = "strawberry + implicit, written plainly"
CATALOG = ("offering", "page", "bundle")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row of the table of targets; `met` None: not measured here."""

    work: str
    target: str
    figure: str
    met: bool | None


class Cells:
    """Medians over rounds, by server, query and kind of request."""

    def __init__(self, figures: Part) -> None:
        self._rounds = {
            (cell["server"], cell["query"], cell["how"]): [one for one in cell["rounds"] if one]
            for cell in figures["cells"]
        }

    def median(self, server: str, query: str, how: str, figure: str) -> float | None:
        """None when it was not measured, or failed in every round."""
        rounds = self._rounds.get((server, query, how), [])
        return statistics.median(one[figure] for one in rounds) if rounds else None


def of_graphql(figures: Part) -> list[Verdict]:
    """What the run of GraphQL servers says of the targets of catalog answers."""
    cells = Cells(figures)

    def cpu(server: str, query: str, how: str) -> float | None:
        return cells.median(server, query, how, "cpu_us")

    def rate(server: str, query: str) -> float | None:
        return cells.median(server, query, "repeated", "rate")

    ours = [cpu("jishi", query, "repeated") for query in CATALOG]
    bare = [cpu("constant-asgi", query, "repeated") for query in CATALOG]
    apollo = [(rate("jishi", query), rate("apollo", query)) for query in CATALOG]
    fresh = [cpu("jishi", query, "variables") for query in CATALOG]
    jit = [cpu("mercurius-memory", query, "variables") for query in CATALOG]
    return [
        _each("catalog answer, repeated: CPU beyond the constant answer of bare ASGI, Q1/Q2/Q3", "≤ 25 µs",
              list(zip(ours, bare, strict=True)), lambda a, b: a - b, [EXTRA_US] * 3, "+{:.0f} µs", at_most=True),
        _each("the same: requests/s against Apollo's cache", "≥ 2/3/4 ×", apollo,
              lambda a, b: a / b, [2, 3, 4], "{:.1f} ×", at_most=False),
        _each("catalog answer, variables never seen: CPU beyond Mercurius-jit in memory, Q1", "≤ 25 µs",
              [(fresh[0], jit[0])], lambda a, b: a - b, [EXTRA_US], "{:+.0f} µs", at_most=True),
        _each("the same: CPU against it, Q2/Q3", "≤ 0.8/0.6 ×", list(zip(fresh, jit, strict=True))[1:],
              lambda a, b: a / b, [0.8, 0.6], "{:.2f} ×", at_most=True),
    ]  # fmt: skip


def of_costs(figures: Part) -> list[Verdict]:
    """What the curves say of the target of eligibility."""
    one = next((point["one_us"] for point in figures["eligibility"] if point["offerings"] == 2000), None)
    work = "eligibility of one customer over 2,000 offerings: CPU"
    return [_each(work, "≤ 200 µs", [(one, 1.0)], lambda a, _: a, [200.0], "{:.0f} µs", at_most=True)]


def of_recommendation(figures: Part) -> list[Verdict]:
    """What the run of recommenders says of the targets of training."""
    spark, train = figures.get("spark", {}), figures.get("train", {})
    fit = spark.get("told", {}).get("seconds", {}).get("fit")
    title = f"training of {figures['customers']:,} customers, all of it, against Spark's ALS fit alone, same cores"
    pair = (fit, train.get("seconds"))
    return [
        *_one_customer(figures),
        _each(title, "≥ 20 ×", [pair], lambda a, b: a / b, [20], "{:.1f} ×", at_most=False),
    ]


def _one_customer(figures: Part) -> list[Verdict]:
    """What the ways to ask for one recommendation say."""
    ways = figures.get("one", {}).get("ways", {})

    def cpu(name: str) -> float | None:
        return ways[name]["server_ms"] + ways[name]["postgres_ms"] if name in ways else None

    def of(first: float | None) -> list[tuple[float | None, float | None]]:
        return [(first, 1.0)]

    whole = ways.get(WHOLE, {})
    work = f"recommendations for one customer among {figures['customers']:,}, audit row included"
    plainly = "the same fields, against strawberry and implicit written plainly: CPU of server and PostgreSQL"
    return [
        _each(f"{work}: CPU of server and PostgreSQL", "≤ 1.0 ms", of(cpu(WHOLE)), lambda a, _: a, [1.0],
              "{:.2f} ms", at_most=True),
        _each("the same: p99 at half of the most", "< 25 ms", of(whole.get("p99_ms")), lambda a, _: a, [25.0],
              "{:.1f} ms", at_most=True),
        _each(plainly, "≥ 3 ×", [(cpu(PLAIN), cpu(LESS))], lambda a, b: a / b, [3.0], "{:.1f} ×", at_most=False),
    ]  # fmt: skip


def _each(
    work: str,
    target: str,
    pairs: list[tuple[float | None, float | None]],
    compare: Callable[[float, float], float],
    limits: list[float],
    words: str,
    *,
    at_most: bool,
) -> Verdict:
    """The comparison of each pair, met when each keeps to its limit."""
    found = [None if a is None or b is None or not b else compare(a, b) for a, b in pairs]
    text = " / ".join("–" if one is None else words.format(one) for one in found)
    known = [(one, limit) for one, limit in zip(found, limits, strict=True) if one is not None]
    if not known:
        return Verdict(work, target, "not measured", None)
    return Verdict(work, target, text, all(one <= limit if at_most else one >= limit for one, limit in known))
