"""Targets are judged by ratios within one run: met when every query keeps to its limit, never by a missing figure."""

from __future__ import annotations

from itertools import product

from benchmarks.verdicts import Cells, of_graphql, of_recommendation

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
    assert of_recommendation({"customers": 100, "train": {"seconds": 1.0}, "spark": {"absent": "no"}})[0].met is None


def test_training_is_held_against_the_fit_of_spark_alone() -> None:
    run = {"customers": 100, "train": {"seconds": 2.0}, "spark": {"told": {"seconds": {"fit": 50.0}}}}

    assert of_recommendation(run)[0].figure == "25.0 ×"
    assert of_recommendation(run)[0].met is True
