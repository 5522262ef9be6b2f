"""Targets are judged by ratios within one run: met when every query keeps to its limit, never by a missing figure."""

from __future__ import annotations

from itertools import product

from benchmarks.bench_customer import WAYS
from benchmarks.verdicts import LESS, PLAIN, WHOLE, Cells, of_costs, of_graphql, of_recommendation

QUERIES = ("offering", "page", "bundle")


def figures(**cpu: tuple[float, float, float]) -> dict[str, object]:
    """A run of three rounds in which each server took this CPU and 1/CPU of the requests, the middle round telling."""
    cells = [
        {
            "server": name.replace("_", "-"),
            "query": query,
            "how": how,
            "rounds": [{"cpu_us": found * factor, "rate": 1e6 / found * factor} for factor in (0.5, 1, 9)] + [{}],
        }
        for (name, values), how in product(cpu.items(), ("repeated", "variables"))
        for query, found in zip(QUERIES, values, strict=True)
    ]
    return {"cells": cells}


def test_the_median_passes_over_rounds_that_failed() -> None:
    assert Cells(figures(jishi=(40, 41, 42))).median("jishi", "page", "repeated", "cpu_us") == 41


def test_targets_are_met_when_every_query_keeps_to_its_limit() -> None:
    run = figures(
        jishi=(50, 50, 50), constant_asgi=(30, 30, 30), apollo=(110, 160, 210), mercurius_memory=(40, 80, 140)
    )

    assert [one.met for one in of_graphql(run)] == [True, True, True, True]


def test_one_query_beyond_its_limit_is_a_target_missed() -> None:
    run = figures(jishi=(50, 50, 56), constant_asgi=(30, 30, 30), apollo=(110, 160, 210), mercurius_memory=(40, 80, 90))
    repeated, rate, first, others = of_graphql(run)

    assert (repeated.met, repeated.figure) == (False, "+20 µs / +20 µs / +26 µs")
    assert (rate.met, first.met) == (False, True)
    assert (others.met, others.figure) == (False, "0.62 × / 0.62 ×")


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    assert [one.met for one in of_graphql(figures(jishi=(50, 50, 50)))] == [None] * 4
    run = {"customers": 100, "train": {"seconds": 1.0}, "spark": {"absent": "no"}, "one": {"absent": "no"}}
    assert [one.met for one in of_recommendation(run)] == [None] * 4


def test_training_is_held_against_the_fit_of_spark_alone() -> None:
    run = {"customers": 100, "train": {"seconds": 2.0}, "spark": {"told": {"seconds": {"fit": 50.0}}}}

    assert of_recommendation(run)[-1].figure == "25.0 ×"
    assert of_recommendation(run)[-1].met is True


def test_eligibility_is_judged_over_two_thousand_offerings() -> None:
    points = [{"offerings": 500, "one_us": 50.0}, {"offerings": 2000, "one_us": 201.0}]

    assert [(one.figure, one.met) for one in of_costs({"eligibility": points})] == [("201 µs", False)]


def test_one_recommendation_is_judged_by_the_cpu_of_server_and_database_together() -> None:
    ways = {
        WHOLE: {"server_ms": 0.6, "postgres_ms": 0.5, "p99_ms": 20.0},
        LESS: {"server_ms": 0.4, "postgres_ms": 0.4},
        PLAIN: {"server_ms": 2.0, "postgres_ms": 0.5},
    }
    cpu, p99, plainly, _ = of_recommendation({"customers": 100, "one": {"ways": ways}})

    assert (cpu.figure, cpu.met) == ("1.10 ms", False)
    assert (p99.figure, p99.met) == ("20.0 ms", True)
    assert (plainly.figure, plainly.met) == ("3.1 ×", True)


def test_the_ways_to_ask_are_those_that_are_measured() -> None:
    assert {WHOLE, LESS, PLAIN} <= {way.name for way in WAYS}
