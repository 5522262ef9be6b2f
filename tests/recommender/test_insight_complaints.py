"""Complaints come in as a dated attribute, as the page on insight shows it: its own file, moment and play are tried."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from importing_operator import Operator, an_operator  # noqa: F401 -- a fixture
from insight_panels import offers

from recommender.insight import store
from recommender.insight.definition import built_in, parse
from recommender.insight.plays import plays_for
from recommender.insight.refresh import refresh

PAGE = (Path(__file__).parents[2] / "docs" / "insight.md").read_text("utf-8")
CHAPTER = PAGE[PAGE.index("### Complaints") :]
AT = datetime(2026, 6, 1, tzinfo=UTC)


def shown(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", CHAPTER, re.MULTILINE | re.DOTALL)


def definition() -> dict[str, Any]:
    """The built-in definition with the moment and the play of the page."""
    moment, play = map(json.loads, shown("json"))
    known = built_in()
    return known | {"moments": [*known["moments"], moment], "plays": [*known["plays"], play]}


async def test_a_complaint_is_a_moment_for_who_complained_and_leaves_what_else_is_known(operator: Operator) -> None:
    await operator.bring("customer", "id,phone:categorical,known_from\nC1,5G,2026-01-01\nC2,4G,2026-01-01\n")
    report = await operator.bring("customer", shown("csv")[0])
    assert (report.rows_read, report.rows_rejected) == (3, 0)
    latest = await operator.rows("select attributes from customer_profile order by known_from desc limit 1")
    assert latest == [({"phone": "5G", "complaints": 1},)]
    await store.put_definition(operator.db, definition(), AT)
    await refresh(operator.db, lambda size: offers(size, price=[0] * size, margin=[0.5] * size), at=AT)
    ids = dict(await operator.rows("select code, id from customer"))
    opened = {}
    for code in ("C1", "C2", "C3"):
        found = await store.of_customer(operator.db, ids[code], AT)
        assert found is not None
        opened[code] = {name: end - start for name, start, end in found.moments}
    assert opened["C1"]["COMPLAINT"] == timedelta(days=30)
    assert "COMPLAINT" not in opened["C2"] | opened["C3"]


def test_the_play_is_for_whom_the_moment_is_open() -> None:
    plays = parse(definition())
    told = {"level": "BASIC", "quadrant": "LOW_VALUE_LOW_RISK"}
    with_it, without = (
        [play.code for play, _ in plays_for(plays, "PERSON", told, moments, 30.0, 0.01)]
        for moments in (("COMPLAINT",), ())
    )
    assert set(with_it) - set(without) == {"ON_COMPLAINT"}
