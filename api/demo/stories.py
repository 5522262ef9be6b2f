"""Customers whose lives are written by hand, so that documentation has somebody to speak of.

Knows the script; must not know chance.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from api.demo import catalog
from api.demo.ledger import ORIGINS, Rows
from api.demo.lines import STORY
from api.demo.population import Population


def scripted(rows: Rows, people: Population, stories: list[Any]) -> Rows:
    """`rows` with those of the stories' customers in the place of what chance gave them."""
    for story in stories:
        who = int(np.flatnonzero(people.number == story["customer"])[0])
        first, after = np.searchsorted(rows.who, [who, who + 1])
        written = _written(story, who)
        rows = Rows(*(np.concatenate([a[:first], b, a[after:]]) for a, b in zip(rows, written, strict=True)))
    return rows


def _written(story: dict[str, Any], who: int) -> Rows:
    """A story's holdings; days in the script count back from the end."""
    place = {code: position for position, code in enumerate(catalog.codes())}
    held = sorted(story["holdings"], key=lambda one: (place[one["offering"]], -one["start"]))
    return Rows(
        who=np.full(len(held), who),
        offering=np.array([place[one["offering"]] for one in held], dtype=np.int16),
        start=np.array([STORY - one["start"] for one in held], dtype=np.float32),
        end=np.array([STORY - one["end"] if "end" in one else np.inf for one in held], dtype=np.float32),
        origin=np.array([ORIGINS.index(one.get("origin", "VOLUNTARY")) for one in held], dtype=np.int16),
        bundle=np.array([place[one["bundle"]] if "bundle" in one else -1 for one in held], dtype=np.int16),
        used=np.array([not one.get("inactive") for one in held]),
    )
