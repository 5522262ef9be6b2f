"""One customer, or one market, is answered from what is held now, with reasons that add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.artifact import Contents, Served, pack
from recommender.calibration import Calibration
from recommender.inputs import Attribute, InputSpace
from recommender.interactions import KINDS
from recommender.models.als import Als
from recommender.models.contract import Model
from recommender.models.linear import Linear, Logit, constant
from recommender.models.registry import SHAPES
from recommender.ranking import Ranking
from recommender.scored import Holding
from recommender.serve import Recommender

AT = datetime(2026, 5, 1, tzinfo=UTC)
ITEMS = tuple("ABCDEF")
SPACE = InputSpace(ITEMS, (Attribute("plan", "categorical", ("blue", "gold")),))


def linear(seed: int) -> Linear:
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(SPACE.width, 6)).astype(np.float32)
    weights[:, 5] = 0
    return Linear(weights, np.array([0.1, 0.2, 0, 0.1, 0.3, 0], dtype=np.float32))


def als(seed: int) -> Als:
    return Als(np.random.default_rng(seed).normal(size=(6, 3)).astype(np.float32), 8.0, 2.0)


def recommender(warm: Model, calibration: Calibration | None = None) -> Recommender:
    popular = Served("popularity", constant(np.array([0.5, 0.4, 0.3, 0.2, 0.1, 0.0])), calibration)
    contents = Contents(
        SPACE, {"warm": Served("warm", warm, calibration), "cold": popular, "popularity": popular}, {"A": 0.5, "B": 0.4}
    )
    return Recommender.load(*pack(contents, {}), version=7)


# One of every kind that may serve.
KINDS_SERVED = {
    "linear": linear,
    "logit": lambda seed: Logit(linear(seed).weights, linear(seed).bias),
    "als": als,
}


def test_every_kind_of_model_that_may_serve_is_tried_here() -> None:
    assert set(KINDS_SERVED) == set(SHAPES)


holdings_of = st.lists(st.builds(Holding, st.sampled_from(ITEMS), st.sampled_from(KINDS)), max_size=6)


@settings(max_examples=60, deadline=None)
@given(
    holdings=holdings_of,
    seed=st.integers(0, 99),
    kind=st.sampled_from(sorted(KINDS_SERVED)),
    plan=st.sampled_from(["gold", "x", None]),
    personal=st.booleans(),
)
def test_the_reasons_sum_to_the_score_and_are_facts_of_the_customer(
    holdings: list[Holding], seed: int, kind: str, plan: str | None, personal: bool
) -> None:
    one = recommender(KINDS_SERVED[kind](seed))
    for scored in one.rank(holdings, {"plan": plan}, at=AT, candidates=None, n=6, personal=personal):
        weights = [reason.weight for reason in scored.contributions]
        assert sum(weights) == pytest.approx(scored.score, abs=1e-9)
        assert all(weights)
        assert weights == sorted(weights, reverse=True)
        known = {("ATTRIBUTE", "plan")} | {("HOLDING", held.item) for held in holdings} if personal else set()
        assert {(reason.kind, reason.key) for reason in scored.contributions} <= known | {("POPULARITY", "popularity")}


def test_the_order_may_go_by_chance_times_worth() -> None:
    one = recommender(linear(1), Calibration((-10.0, 10.0), (0.0, 1.0)))
    held = [Holding("A", "voluntary")]
    plain = one.choose(held, {}, at=AT, candidates=None, n=4)
    worth = {scored.item: 1.0 + place * 100 for place, scored in enumerate(plain.items)}
    valued = one.choose(held, {}, at=AT, candidates=None, n=4, ranking=Ranking(worth))
    assert (plain.by_value, valued.by_value) == (False, True)
    expected = [(scored.probability or 0) * worth[scored.item] for scored in valued.items]
    assert expected == sorted(expected, reverse=True)
    assert {scored.item: scored for scored in valued.items} == {scored.item: scored for scored in plain.items}
    unknown = recommender(linear(1)).choose(held, {}, at=AT, candidates=None, n=4, ranking=Ranking(worth))
    assert not unknown.by_value, "without a probability there is no value to expect"
    assert [scored.item for scored in unknown.items] == [scored.item for scored in plain.items]


def test_a_full_group_makes_way() -> None:
    ranking = Ranking(groups=dict.fromkeys(ITEMS, ("all",)), most=2)
    found = recommender(linear(1)).choose([], {}, at=AT, candidates=None, n=4, ranking=ranking)
    assert [scored.item for scored in found.items] == ["A", "B"]
    assert found.passed_over == ("C", "D", "E")


@settings(max_examples=40, deadline=None)
@given(holdings=holdings_of, seed=st.integers(0, 99), factors=st.booleans())
def test_one_and_many_are_scored_alike(holdings: list[Holding], seed: int, factors: bool) -> None:
    one = recommender(als(seed) if factors else linear(seed))
    many = one.score_many([(holdings, {"plan": "gold"}), ([], {})], at=AT)
    for scored in one.rank(holdings, {"plan": "gold"}, at=AT, candidates=ITEMS, n=6):
        assert many[0, ITEMS.index(scored.item)] == pytest.approx(scored.score, rel=1e-4, abs=1e-5)


def test_only_candidates_are_ranked_and_fewer_rather_than_padded() -> None:
    one = recommender(linear(1))
    held = [Holding("A", "voluntary")]
    ranked = one.rank(held, {}, at=AT, candidates=["B", "F", "NEW"], n=5)
    assert [scored.item for scored in ranked] == ["B"]
    assert one.rank(held, {}, at=AT, candidates=[], n=5) == []


def test_without_candidates_nothing_held_is_ranked_but_what_ended_may_return() -> None:
    held = [Holding("A", "voluntary"), Holding("B", "forced"), Holding("C", "inactive"), Holding("D", "ended")]
    ranked = recommender(linear(1)).rank(held, {}, at=AT, candidates=None, n=6)
    assert {scored.item for scored in ranked} == {"D", "E"}


def test_a_way_of_holding_is_its_own_reason() -> None:
    one = recommender(linear(1))
    held = [Holding("A", kind) for kind in ("voluntary", "forced", "inactive", "ended")]
    by_kind = {holding.kind: one.rank([holding], {}, at=AT, candidates=["B"], n=1)[0] for holding in held}
    assert len({scored.score for scored in by_kind.values()}) == 4
    for kind, scored in by_kind.items():
        reasons = {(reason.kind, reason.key, reason.holding_kind) for reason in scored.contributions}
        assert reasons == {("HOLDING", "A", kind), ("POPULARITY", "popularity", None)}


def test_how_long_ago_something_ended_is_part_of_the_reason() -> None:
    one = recommender(linear(1))
    ended = {days: Holding("A", "ended", AT - timedelta(days=days)) for days in (5, 29, 30, 364, 365, 4000)}
    found = {days: one.rank([held], {}, at=AT, candidates=["B"], n=1)[0] for days, held in ended.items()}
    unknown = one.rank([Holding("A", "ended")], {}, at=AT, candidates=["B"], n=1)[0]
    assert found[5] == found[29] != found[30] == found[364] != found[365] == found[4000] == unknown
    ages = [next(part.value for part in found[days].contributions if part.kind == "HOLDING") for days in (5, 30, 365)]
    assert ages == ["< 30", "30 – 365", None]
    held_again = [ended[5], Holding("A", "voluntary")]
    assert one.rank(held_again, {}, at=AT, candidates=None, n=6) == one.rank(
        [Holding("A", "voluntary")], {}, at=AT, candidates=None, n=6
    )


def test_who_switched_personalisation_off_gets_what_everybody_gets() -> None:
    one = recommender(linear(1))
    general = one.rank([], {}, at=AT, candidates=ITEMS[2:], n=3, personal=False)
    held = [Holding("A", "voluntary"), Holding("B", "ended")]
    assert one.rank(held, {"plan": "gold"}, at=AT, candidates=ITEMS[2:], n=3, personal=False) == general
    assert [scored.item for scored in general] == ["C", "D", "E"]
    assert {reason.kind for scored in general for reason in scored.contributions} == {"POPULARITY"}


def test_who_has_no_history_is_served_by_the_other_model() -> None:
    one = recommender(linear(1))
    assert [scored.item for scored in one.rank([], {}, at=AT, candidates=None, n=2)] == ["A", "B"]
    assert (one.source(history=True), one.source(history=False)) == ("warm", "popularity")
    assert one.source(history=True, personal=False) == "popularity"


def test_holdings_that_say_nothing_are_no_history() -> None:
    """The factors read voluntary holdings only, so somebody with forced ones alone gets what newcomers get."""
    one, forced = recommender(als(1)), [Holding("A", "forced")]
    ranked = one.rank(forced, {}, at=AT, candidates=None, n=2)
    assert [scored.item for scored in ranked] == ["B", "C"]
    np.testing.assert_array_equal(one.score_many([(forced, {})], at=AT), one.score_many([([], {})], at=AT))


def test_probabilities_follow_the_calibration_and_are_unknown_without() -> None:
    calibration = Calibration((-10.0, 10.0), (0.0, 0.1))
    ranked = recommender(linear(1), calibration).rank([Holding("A", "voluntary")], {}, at=AT, candidates=None, n=4)
    for scored in ranked:
        assert scored.probability == pytest.approx((scored.score + 10) / 20 * 0.1)
    assert recommender(linear(1)).rank([], {}, at=AT, candidates=None, n=1)[0].probability is None


def test_arrays_are_encoded_as_single_customers_are() -> None:
    one = recommender(linear(1))
    many = one.encode(2, np.array([0, 0, 1]), np.array([0, 1, 4]), np.array([0, KINDS.index("ended"), 1]), at=AT)
    singles = [[Holding("A", "voluntary"), Holding("B", "ended")], [Holding("E", "forced")]]
    np.testing.assert_array_equal(one.score_many(many, at=AT), one.score_many([(held, {}) for held in singles], at=AT))


def market(size: int) -> list[tuple[list[Holding], dict[str, str]]]:
    return [([Holding("A" if member % 2 else "B", "voluntary")], {}) for member in range(size)]


def test_a_market_is_ranked_by_expected_adopters() -> None:
    calibration = Calibration((-10.0, 10.0), (0.0, 1.0))
    one = recommender(linear(1), calibration)
    members, eligible = market(20), np.ones((20, 6), dtype=bool)
    found = one.rank_market(members, eligible, at=AT, n=9)
    chances = (one.score_many(members, at=AT) + 10) / 20
    by_item = {entry.item: entry for entry in found}
    assert set(by_item) == set("ABCDE")
    assert by_item["E"].expected_adopters == pytest.approx(chances[:, 4].sum(), rel=1e-5)
    assert by_item["A"].expected_adopters == pytest.approx(chances[::2, 0].sum(), rel=1e-5)
    assert [entry.expected_adopters for entry in found] == sorted((e.expected_adopters for e in found), reverse=True)
    assert (by_item["A"].eligible, by_item["A"].penetration, by_item["A"].reference) == (10, 0.5, 0.5)


def test_lift_is_shrunk_towards_everywhere() -> None:
    one = recommender(linear(1))
    members = [([Holding("B", "voluntary")] if n < 8 else [Holding("C", "voluntary")], {}) for n in range(20)]
    found = {entry.item: entry for entry in one.rank_market(members, np.ones((20, 6), dtype=bool), at=AT, n=9)}
    assert found["A"].lift == pytest.approx((0 + 20 * 0.5) / 40 / 0.5)
    assert found["B"].lift == pytest.approx(1.0)
    assert found["E"].lift == 1.0
    assert found["E"].expected_adopters is None


def test_of_fewer_than_five_people_nothing_is_said() -> None:
    one = recommender(linear(1))
    assert one.rank_market(market(4), np.ones((4, 6), dtype=bool), at=AT, n=9) == []
    eligible = np.zeros((20, 6), dtype=bool)
    eligible[:4, 4] = True
    assert one.rank_market(market(20), eligible, at=AT, n=9) == []
    assert [entry.item for entry in one.rank_market(market(20), eligible, at=AT, n=9, min_size=4)] == ["E"]


def test_log_odds_are_added_up_as_shares_not_as_they_are() -> None:
    """Negative scores of many eligible members must not sink an item below one that few may take."""
    weights = np.zeros((SPACE.width, 6), dtype=np.float32)
    one = recommender(Logit(weights, np.array([-1, -2, -9, -9, -9, -9], dtype=np.float32)))
    eligible = np.zeros((20, 6), dtype=bool)
    eligible[:, 4] = eligible[:6, 5] = True
    found = one.rank_market(market(20), eligible, at=AT, n=9)
    assert [entry.item for entry in found] == ["E", "F"]
    assert found[0].mean_score == pytest.approx(-9)
