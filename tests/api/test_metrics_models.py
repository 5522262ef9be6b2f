"""A monitoring system sees which model serves, and when its data have moved."""

from __future__ import annotations

from datetime import UTC, datetime

from api.metrics import Metrics
from recommender.model_store import Newest

AT = datetime(2026, 5, 1, tzinfo=UTC)


def page(metrics: Metrics) -> list[str]:
    return metrics.exposition().decode().splitlines()


def test_drift_is_shown_figure_by_figure_with_its_alarms():
    metrics = Metrics()
    drift = {"since": 3, "figures": {"popularity": 0.4, "customers": 1.0}, "alarms": ["popularity"], "refused": []}
    metrics.models(3, Newest(4, AT, drift))
    told = page(metrics)
    assert "jishi_model_version 3.0" in told
    assert 'jishi_model_drift{figure="popularity"} 0.4' in told
    assert 'jishi_model_drift_alarm{figure="popularity"} 1.0' in told
    assert 'jishi_model_drift_alarm{figure="customers"} 0.0' in told
    assert "jishi_model_refused 0.0" in told
    assert f"jishi_model_trained_timestamp_seconds {AT.timestamp():.6g}"[:45] in "\n".join(told)


def test_a_model_that_was_not_let_serve_is_an_alarm_until_the_next_one():
    metrics = Metrics()
    metrics.models(
        3, Newest(4, AT, {"since": 3, "figures": {"customers": 0.3}, "alarms": ["customers"], "refused": ["why"]})
    )
    assert "jishi_model_refused 1.0" in page(metrics)
    metrics.models(5, Newest(5, AT, {"since": 3, "figures": {"popularity": 0.0}, "alarms": [], "refused": []}))
    told = page(metrics)
    assert "jishi_model_refused 0.0" in told
    assert not [line for line in told if 'figure="customers"' in line], "figures of the run before are gone"


def test_before_the_first_training_nothing_serves():
    metrics = Metrics()
    metrics.models(None, None)
    assert "jishi_model_version 0.0" in page(metrics)
