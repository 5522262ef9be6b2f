"""The report of an evaluation over seeds: every candidate with its figures, and which would be chosen.

It knows results of contests; it must not know data or models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, pstdev
from typing import Any

from recommender.choice import choose
from recommender.evaluation import Candidate, Result, interval_dict
from recommender.metrics import Interval


def mean_interval(found: Sequence[Interval]) -> Interval:
    """The means of means and of interval ends: how one split is, on average over seeds."""
    return Interval(fmean(x.mean for x in found), fmean(x.low for x in found), fmean(x.high for x in found))


def over_seeds(results: Mapping[int, Sequence[Result]]) -> list[dict[str, Any]]:
    """One entry per group of customers; `results` holds that many Results per seed, in the same order."""
    return [_group(list(results), group) for group in zip(*results.values(), strict=True)]


def _group(seeds: list[int], results: Sequence[Result]) -> dict[str, Any]:
    first = results[0]
    # With few customers in one seed only the baseline is compared there.
    common = set.intersection(*({one.name for one in result.candidates} for result in results))
    names = [one.name for one in first.candidates if one.name in common]
    candidates = [_candidate(seeds, [one.candidate(name) for one in results]) for name in names]
    leads = {name: _lead([one.candidate(name) for one in results]) for name in names}
    means = {name: fmean(one.candidate(name).metrics["NDCG@10"].mean for one in results) for name in names}
    choice = choose(means, leads, first.baseline, min(one.users for one in results))
    return {
        "group": first.group,
        "baseline": first.baseline,
        "users": fmean(one.users for one in results),
        "candidates": candidates,
        "choice": {"name": choice.name, "why": choice.why},
    }


def _lead(found: Sequence[Candidate]) -> Interval | None:
    return _mean([one.lead for one in found])


def _mean(found: Sequence[Interval | None]) -> Interval | None:
    known = [one for one in found if one is not None]
    return mean_interval(known) if len(known) == len(found) else None


def _candidate(seeds: list[int], found: Sequence[Candidate]) -> dict[str, Any]:
    lead, gain = _lead(found), _mean([one.gain for one in found])
    ndcg = [one.metrics["NDCG@10"].mean for one in found]
    return {
        "name": found[0].name,
        "parameters": {str(seed): dict(one.params) for seed, one in zip(seeds, found, strict=True)},
        "metrics": {
            name: interval_dict(mean_interval([one.metrics[name] for one in found])) for name in found[0].metrics
        },
        "seeds": {str(seed): value for seed, value in zip(seeds, ndcg, strict=True)},
        "deviation": pstdev(ndcg),
        "coverage": fmean(one.coverage for one in found),
        "popularShare": fmean(one.popular_share for one in found),
        "lead": interval_dict(lead) if lead else None,
        "gain": interval_dict(gain) if gain else None,
        "seconds": round(fmean(one.seconds for one in found), 3),
        "peakMiB": round(max(one.peak_mib for one in found), 1),
    }
