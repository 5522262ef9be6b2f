"""The figures a monitoring system reads: requests, durations, refusals and caches, counted by kind and never by person.

It must not know how a request is answered.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import cache
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from api.memory import Memory, memory
from recommender.model_store import Newest

# Asking costs a millisecond for every 100 MB.
_HELD_SECONDS = 15.0
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """One process's figures in a registry of their own, so that several servers can live in one test."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.registry.register(_Held())
        self._answers = Answers()
        self.registry.register(self._answers)
        self._errors = Counter("jishi_errors", "Entries of `errors` sent", ["code"], registry=self.registry)
        self._refused = Counter("jishi_refused", "Requests over a limit", ["limit"], registry=self.registry)
        self._webhooks = Counter(
            "jishi_webhooks", "Messages to webhooks, by what came of them", ["topic", "result"], registry=self.registry
        )
        self._followers = Gauge("jishi_subscriptions", "Subscriptions that are open", registry=self.registry)
        self._serving = Gauge("jishi_model_version", "The model that serves", registry=self.registry)
        self._trained = Gauge(
            "jishi_model_trained_timestamp_seconds", "When the newest model was trained", registry=self.registry
        )
        self._refused_model = Gauge(
            "jishi_model_refused", "1: the newest model was not let serve, the one before does", registry=self.registry
        )
        self._drift = Gauge(
            "jishi_model_drift", "How the newest data differ from those before", ["figure"], registry=self.registry
        )
        self._alarm = Gauge(
            "jishi_model_drift_alarm", "1: beyond its limit, a person should look", ["figure"], registry=self.registry
        )
        # Looking a label up costs more than counting; kinds are few.
        self._errors_of = cache(self._errors.labels)
        self._refused_of = cache(self._refused.labels)

    def answered(self, *, operation: str, status: int, role: str, seconds: float) -> None:
        self._answers.add(operation, status, role, seconds)

    def failed(self, code: str) -> None:
        self._errors_of(code).inc()

    def refused(self, limit: str) -> None:
        self._refused_of(limit).inc()

    def looked_up(self, cache_name: str, *, hit: bool) -> None:
        self._answers.looked_up[cache_name, hit] += 1

    def count(self, cache_name: str, found: Callable[[], tuple[int, int]]) -> None:
        """A cache that counts by itself; `found()` gives its (hits, misses), whenever the figures are read."""
        self._answers.counted[cache_name] = found

    def watch(self, name: str, meaning: str, weigh: Callable[[], Mapping[str, float]]) -> None:
        """A gauge of caches; `weigh()` gives its values by cache, whenever the figures are read."""
        self.registry.register(Weights(name, meaning, weigh))

    def told(self, topic: str, *, is_taken: bool) -> None:
        self._webhooks.labels(topic, "taken" if is_taken else "failed").inc()

    def following(self, change: int) -> None:
        """A subscription was opened (1) or is over (-1)."""
        self._followers.inc(change)

    def models(self, serving: int | None, newest: Newest | None) -> None:
        """Which model serves, and how the newest one's data differ from those before."""
        self._serving.set(serving or 0)
        if newest is None:
            return
        self._trained.set(newest.created_at.timestamp())
        self._refused_model.set(bool(newest.drift.get("refused")))
        self._drift.clear()
        self._alarm.clear()
        for figure, value in newest.drift.get("figures", {}).items():
            self._drift.labels(figure).set(value)
            self._alarm.labels(figure).set(figure in newest.drift["alarms"])

    def exposition(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self.registry)


class _Held(Collector):
    """This process's memory as a metric, looked at every few seconds at most, however often it is asked for."""

    def __init__(self) -> None:
        self._found: Memory | None = None
        self._due = 0.0

    def collect(self) -> Iterable[Metric]:
        now = time.monotonic()
        if now >= self._due:
            self._found, self._due = memory(), now + _HELD_SECONDS
        if self._found is None:
            return
        family = GaugeMetricFamily(
            "jishi_worker_memory_bytes", "Memory of this server process: private, shared, proportional", labels=["kind"]
        )
        for kind, size in asdict(self._found).items():
            family.add_metric([kind], size)
        yield family


class Answers(Collector):
    """What is counted for each request, as plain numbers: a request costs a few look-ups, and reading them the rest."""

    def __init__(self) -> None:
        self.looked_up: defaultdict[tuple[str, bool], int] = defaultdict(int)
        self.counted: dict[str, Callable[[], tuple[int, int]]] = {}
        self._counts: defaultdict[tuple[str, int, str], int] = defaultdict(int)
        # Operation → how many requests in each bucket, the last without an end, and the sum of their seconds.
        self._buckets: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(_SECONDS) + 1))
        self._sums: defaultdict[str, float] = defaultdict(float)

    def add(self, operation: str, status: int, role: str, seconds: float) -> None:
        self._counts[operation, status, role] += 1
        self._buckets[operation][bisect_left(_SECONDS, seconds)] += 1
        self._sums[operation] += seconds

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "jishi_requests", "GraphQL requests answered", labels=["operation", "status", "role"]
        )
        for (operation, status, role), count in self._counts.items():
            requests.add_metric([operation, str(status), role], count)
        yield requests
        seconds = HistogramMetricFamily("jishi_request_seconds", "Time to answer", labels=["operation"])
        ends = [*map(str, _SECONDS), "+Inf"]
        for operation, counts in self._buckets.items():
            buckets = list(zip(ends, map(float, accumulate(counts)), strict=True))
            seconds.add_metric([operation], buckets, self._sums[operation])
        yield seconds
        looked_up = CounterMetricFamily("jishi_cache", "Look-ups of a cache", labels=["cache", "result"])
        for (name, hit), count in self.looked_up.items():
            looked_up.add_metric([name, "hit" if hit else "miss"], count)
        for name, found in self.counted.items():
            for result, count in zip(("hit", "miss"), found(), strict=True):
                looked_up.add_metric([name, result], count)
        yield looked_up

    def describe(self) -> Iterable[Metric]:
        return ()


class Weights(Collector):
    """A gauge that is asked for when the figures are read."""

    def __init__(self, name: str, meaning: str, weigh: Callable[[], Mapping[str, float]]) -> None:
        self._name, self._meaning, self._weigh = name, meaning, weigh

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(self._name, self._meaning, labels=["cache"])
        for cache_name, value in self._weigh().items():
            family.add_metric([cache_name], value)
        yield family

    def describe(self) -> Iterable[Metric]:
        return ()
