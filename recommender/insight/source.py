"""What is the same for every range of customers in a refresh: the definition, the catalog's side, the instant.

It knows how a panel is asked; it must not know where panels come from.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from recommender.inputs import AttributeKind
from recommender.insight import churn, segments
from recommender.insight.definition import Definition
from recommender.insight.panel import Features, Offers, Panel, features
from recommender.insight.segments import Key
from recommender.insight.shelves import Shelves

# Months of use before the earliest cutoff with which they are compared.
LOOKBACK = 100


@dataclass(frozen=True, slots=True)
class Source:
    """What is the same for every range: definition, shelves, attributes, offers, and the instant."""

    definition: Definition
    shelves: Shelves
    kinds: Mapping[str, AttributeKind]
    offers: Offers
    at: datetime

    @property
    def moment(self) -> int:
        return int(self.at.timestamp())

    @property
    def window(self) -> int:
        return churn.window_of(self.definition.churn)

    @property
    def since(self) -> date:
        """The first month of use that is read: a cutoff two windows back still has months behind it."""
        return (self.at - timedelta(days=2 * self.definition.churn.days + LOOKBACK)).date().replace(day=1)

    @property
    def question(self) -> churn.Question:
        words = self.shelves.words
        families = {name: place for place, name in enumerate(self.shelves.families)}
        main = churn.main_items(families, words.family, self.definition.churn.main_families)
        return churn.Question(self.window, self.offers, self.definition.revenue_attribute, main)

    def features(self, panel: Panel) -> Features:
        return features(panel, self.moment, self.window, self.offers, self.definition.revenue_attribute)

    def needs(self, panel: Panel, found: Features) -> dict[Key, Any]:
        """What groups are made of; revenue stands among it already, whatever attribute it came from."""
        without = (*self.definition.segments.without, self.definition.revenue_attribute or "")
        words = self.shelves
        return segments.raw(panel, self.moment, found, words.words.category, words.categories, without)


def of_categories(offers: Offers, shelves: Shelves, named: Collection[str]) -> Offers:
    """Allowances of other categories than the named ones are no data: storage is counted in GB too. None: all are."""
    if not named:
        return offers
    chosen = [place for place, code in enumerate(shelves.categories) if code in named]
    inside = np.append(np.isin(shelves.words.category, chosen), False)
    return replace(offers, data=np.where(inside[shelves.words.place], offers.data, 0.0))
