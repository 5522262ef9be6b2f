"""A higher step is offered to who is like those that went up, with reasons that add up to the odds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from recommender.artifact import Contents, Served, pack
from recommender.errors import BadModel
from recommender.inputs import Attribute, InputSpace
from recommender.interactions import FORCED, UNKNOWN_START, VOLUNTARY, History, Matrix, indicator
from recommender.models.linear import constant
from recommender.scored import Holding
from recommender.serve import Recommender
from recommender.upsell import UNKNOWN_BAND, Upsell, area, band, fit, holders, judge, next_steps

AT = datetime(2026, 5, 1, tzinfo=UTC)
DAY = 86_400
# Two ladders, A1 A2 A3 and B1 B2, and C that is in none.
ITEMS = ("A1", "A2", "A3", "B1", "B2", "C")
FAMILY, STEP = np.array([0, 0, 0, 1, 1, -1]), np.array([1, 2, 4, 1, 2, 7])
ABOVE = next_steps(FAMILY, STEP)
SPACE = InputSpace(ITEMS, (Attribute("use", "categorical", ("high", "low")),))


def history(rows: list[tuple[int, int, int, int, int | None]], *, customers: int, after: int, until: int) -> History:
    """Rows are (customer, item, start, kind, end); an ended row counts as held until its end."""
    customer, item, start, kind = (np.array([row[place] for row in rows], dtype=np.int64) for place in range(4))
    kinds = np.stack([kind, kind], axis=1)
    return History(customers, 6, customer, item, start, kind == FORCED, item, kinds, (after, until))


def test_the_next_step_is_the_lowest_above_and_the_top_has_none() -> None:
    assert ABOVE.tolist() == [1, 2, -1, 4, -1, -1]


def test_who_holds_a_step_without_the_next_is_asked_and_only_a_free_choice_is_a_move() -> None:
    after, until = 1_000 * DAY, 1_090 * DAY
    rows = [
        (0, 0, after - 40 * DAY, VOLUNTARY, None),
        (0, 1, after + DAY, VOLUNTARY, None),
        (1, 0, UNKNOWN_START, FORCED, None),
        (1, 1, after + DAY, FORCED, None),
        (2, 0, after - DAY, VOLUNTARY, None),
        (2, 1, after - DAY, VOLUNTARY, None),
        (3, 2, after - DAY, VOLUNTARY, None),
        (4, 0, after + DAY, VOLUNTARY, None),
    ]
    found = holders(history(rows, customers=5, after=after, until=until), ABOVE, after, until)
    assert found.customer.tolist() == [0, 1, 2]
    assert found.item.tolist() == [0, 0, 1]
    assert found.how.tolist() == [VOLUNTARY, FORCED, VOLUNTARY]
    assert found.band.tolist() == [1, UNKNOWN_BAND, 0]
    assert found.moved.tolist() == [True, False, False]


def operator(seed: int) -> tuple[History, Matrix, int, int]:
    """Everybody holds A1 or B1; of heavy users three in ten go up, of light ones three in a hundred."""
    rng = np.random.default_rng(seed)
    after, until, customers = 1_000 * DAY, 1_090 * DAY, 4_000
    heavy = rng.random(customers) < 0.5
    first = np.where(rng.random(customers) < 0.5, 0, 3)
    goes = rng.random(customers) < np.where(heavy, 0.3, 0.03)
    rows = [(one, int(first[one]), after - 100 * DAY, VOLUNTARY, None) for one in range(customers)]
    rows += [(one, int(first[one]) + 1, after + DAY, VOLUNTARY, None) for one in np.flatnonzero(goes).tolist()]
    known = indicator(customers, 2, np.arange(customers), np.where(heavy, 0, 1))
    return history(rows, customers=customers, after=after, until=until), known, after, until


def learned(seed: int = 1) -> Upsell:
    data, known, after, until = operator(seed)
    return fit(holders(data, ABOVE, after, until), known, ABOVE, FAMILY)


def test_headroom_is_learned_and_expected_moves_add_up() -> None:
    data, known, after, until = operator(2)
    report = judge(learned(), holders(data, ABOVE, after, until), known)
    assert report["area"] > 0.7
    assert 0.45 < report["areaOfStepAlone"] < 0.55
    assert report["expected"] == pytest.approx(report["moved"], rel=0.1)


def test_the_area_is_a_half_by_chance_and_one_when_all_are_told_apart() -> None:
    moved = np.array([True, False, True, False])
    assert area(np.zeros(4), moved) == 0.5
    assert area(np.array([2.0, 0, 1, 0.5]), moved) == 1
    assert area(np.zeros(2), np.zeros(2, dtype=bool)) == 0.5


def recommender() -> Recommender:
    popular = Served("popularity", constant(np.linspace(0.6, 0.1, 6)), None)
    contents = Contents(SPACE, dict.fromkeys(("warm", "cold", "popularity"), popular), {}, learned())
    artifact, manifest = pack(contents, {})
    return Recommender.load(artifact, manifest, 1)


def test_the_next_steps_are_served_with_reasons_that_sum_to_the_log_odds() -> None:
    one = recommender()
    held = [Holding("A1", "voluntary", started_at=AT - timedelta(days=100)), Holding("B2", "voluntary")]
    heavy, light = (one.upsell(held, {"use": use}, at=AT, n=5)[0] for use in ("high", "low"))
    assert (heavy.replaces, heavy.scored.item) == ("A1", "A2")
    assert heavy.scored.probability == pytest.approx(0.3, abs=0.05)
    assert light.scored.probability == pytest.approx(0.03, abs=0.02)
    assert sum(part.weight for part in heavy.scored.contributions) == pytest.approx(heavy.scored.score, rel=1e-5)
    told = {part.kind: (part.key, part.value) for part in heavy.scored.contributions}
    assert told["ATTRIBUTE"] == ("use", "high")
    assert told["HOLDING"] == ("A1", None)


def test_a_step_held_already_or_not_to_be_sold_is_not_offered() -> None:
    one, a1 = recommender(), Holding("A1", "voluntary")
    assert one.upsell([a1, Holding("A2", "forced")], {}, at=AT, n=5)[0].scored.item == "A3"
    assert one.upsell([a1], {}, at=AT, candidates=["A3", "B2"], n=5) == []
    assert one.upsell([Holding("A1", "ended", AT)], {}, at=AT, n=5) == []
    assert one.upsell([a1], {}, at=AT, n=0) == []


def test_one_holder_is_scored_as_many_are() -> None:
    data, known, after, until = operator(3)
    found = holders(data, ABOVE, after, until)
    model = learned()
    many = model.score(found, known)
    for row in range(0, len(found.item), 911):
        columns = known[[int(found.customer[row])]].indices.astype(np.int64)
        own, parts = model.parts(int(found.item[row]), int(found.how[row]), band(100.0), columns)
        assert model.bias + own + parts.sum() == pytest.approx(many[row], rel=1e-4)


def test_ladders_that_do_not_fit_are_refused() -> None:
    popular = Served("popularity", constant(np.linspace(0.6, 0.1, 6)), None)
    contents = Contents(SPACE, dict.fromkeys(("warm", "cold", "popularity"), popular), {}, learned())
    artifact, manifest = pack(contents, {})
    manifest["upsell"] = {"above": [1, 2], "family": [0, 0]}
    with pytest.raises(BadModel, match="up-sell"):
        Recommender.load(artifact, manifest, 1)
