"""The figures of several server processes on one page, whichever of them is asked; the label `worker` tells them apart.

It knows Prometheus' text format and a folder that the processes share, and must not know what is counted.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from api.metrics import Metrics

_SUFFIX = ".prom"


class SharedMetrics(Metrics):
    """One process's figures; `publish` lets the others show them, as they are now, until the next time.

    The processes are numbered from 0: one that replaces another takes its number, as if its counters had been reset.
    """

    def __init__(self, folder: Path, number: int) -> None:
        super().__init__()
        self._folder, self._number = folder, number

    def publish(self) -> None:
        """Write the figures where the others look, whole or not at all."""
        unfinished = self._folder / f"{self._number}.unfinished"
        unfinished.write_bytes(super().exposition())
        unfinished.rename(self._folder / f"{self._number}{_SUFFIX}")

    def forget(self) -> None:
        """Remove the folder: nobody looks any more."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def exposition(self) -> bytes:
        """Own figures of this moment and the others' last ones, in Prometheus' text format."""
        pages = {path.stem: path.read_text() for path in self._folder.glob(f"*{_SUFFIX}")}
        pages[str(self._number)] = super().exposition().decode()
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Together(_merged(pages)))
        return generate_latest(registry)


class _Together(Collector):
    """What Prometheus' library wants to be asked."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families

    def describe(self) -> Iterable[Metric]:
        return ()


def _merged(pages: dict[str, str]) -> list[Metric]:
    """Every family once, with the samples of all pages; a page's key becomes the label."""
    found: dict[str, Metric] = {}
    for worker, page in sorted(pages.items()):
        for family in text_string_to_metric_families(page):
            together = found.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            together.samples += [
                sample._replace(labels=sample.labels | {"worker": worker}) for sample in family.samples
            ]
    return list(found.values())
