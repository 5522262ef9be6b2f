"""Where in its life a relation is: acquisition, build-up, climax, decline, exit.

It knows features and thresholds; it must not know who the customer is.
"""

from __future__ import annotations

import numpy as np

from recommender.insight.definition import STAGES, Lifecycle
from recommender.insight.panel import Features
from recommender.interactions import BoolArray

ACQUISITION, BUILD_UP, CLIMAX, DECLINE, EXIT = STAGES


def silent(found: Features) -> BoolArray:
    """No use at all in the last month known whole, and some before."""
    return np.asarray((found["use"] == 0) & (found["before"] > 0), dtype=bool)


def stages(definition: Lifecycle, found: Features, closed: BoolArray) -> list[str]:
    """One stage a customer; the first that holds of exit, acquisition, decline, build-up, climax."""
    net = found["started"] - found["ended"]
    # The trend compares with months before; a customer without them has none, which is no fall.
    trend = np.nan_to_num(found["trend"])
    conditions = [
        closed | (found["products"] == 0) | silent(found),
        found["tenure"] < definition.acquisition_months,
        (net < 0) | (trend < np.log(1 - definition.fall)),
        (net > 0) | (trend > np.log(1 + definition.rise)),
    ]
    stage: list[str] = np.select(conditions, [EXIT, ACQUISITION, DECLINE, BUILD_UP], CLIMAX).tolist()
    return stage
