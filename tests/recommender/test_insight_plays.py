"""Stages, moments and plays: each rule by an example, strengths that follow the risk, costs that must pay."""

from __future__ import annotations

import numpy as np
import pytest
from insight_panels import AT, WINDOW, offers, panel

from api.demo import catalog as demo_catalog
from recommender.insight.definition import BadDefinition, Cost, built_in, parse
from recommender.insight.lifecycle import stages
from recommender.insight.moments import callings, data_uses, open_moments
from recommender.insight.panel import features
from recommender.insight.plays import Many, plays_for, quadrant, reach, worth
from recommender.interactions import DAY

DEFINITION = parse(built_in())
CHURN = DEFINITION.churn
KINDS = {"phone": "categorical", "data_use": "numeric", "contract_end": "date", "voice_minutes": "numeric"}


def seen(people, offered=None):
    return features(people, AT, WINDOW, offered or offers())


def test_a_stage_is_told_by_tenure_products_and_use():
    held = [
        (0, 0, 100, None),
        (1, 0, 900, None), (1, 1, 30, None),
        (2, 0, 900, None),
        (3, 0, 900, None), (3, 1, 900, 20),
        (4, 0, 900, 200),
        (5, 0, 900, None),
        (6, 0, 900, None),
        (7, 0, 900, None),
    ]  # fmt: skip
    usage = [(5, 0, 32, 20, 1.0), (5, 0, 1, 0, 0.0), (6, 0, 32, 20, 1.0), (6, 0, 1, 10, 1.0), (7, 0, 32, 10, 1.0)]
    usage += [(7, 0, 1, 20, 1.0)]
    people = panel(9, held, usage=usage, joined=[100, *[900] * 8], closed=[8])
    assert stages(DEFINITION.lifecycle, seen(people), people.closed) == [
        "ACQUISITION", "BUILD_UP", "CLIMAX", "DECLINE", "EXIT", "EXIT", "DECLINE", "BUILD_UP", "EXIT",
    ]  # fmt: skip


def opened(people, offered=None):
    rules = DEFINITION.moments
    found = open_moments(rules, people, seen(people, offered), offered or offers(), AT)
    return {
        (customer, rules[rule].code): ((AT - begin) // DAY, (end - AT) // DAY)
        for customer, rule, begin, end in zip(
            found.customer.tolist(), found.rule.tolist(), found.opened.tolist(), found.until.tolist(), strict=True
        )
    }


def test_a_new_phone_opens_a_moment_from_the_day_it_was_known():
    known = [(0, None, {"phone": "4G"}), (0, 40, {"phone": "5G"}), (1, None, {"phone": "5G"}), (1, 40, {"phone": "5G"})]
    known += [(2, None, {"phone": "4G"}), (2, 100, {"phone": "5G"})]
    assert opened(panel(3, known=known, kinds=KINDS)) == {(0, "DEVICE_CHANGE"): (40, 50)}


def test_silence_opens_when_the_month_without_use_is_whole():
    usage = [(0, 0, 32, 9, 1.0), (0, 0, 2, 0, 0.0), (1, 0, 32, 0, 0.0), (1, 0, 2, 0, 0.0), (2, 0, 2, 9, 1.0)]
    people = panel(3, [(one, 0, 300, None) for one in range(3)], usage=usage)
    assert opened(people) == {(0, "SILENCE"): (2, 58)}


@pytest.mark.parametrize(
    ("used", "volumes", "is_open"),
    [(9.5, (10, 10), True), (8.0, (10, 10), False), (8.0, (10, 15), True), (12.0, (10, 10), False)],
)
def test_running_out_carries_use_on_by_its_trend(used, volumes, is_open):
    usage = [(0, 0, 32, 9, float(volumes[0])), (0, 0, 2, 9, float(volumes[1]))]
    people = panel(1, [(0, 0, 300, None)], usage=usage, known=[(0, None, {"data_use": used})], kinds=KINDS)
    assert opened(people, offers(data=[10.0])) == ({(0, "RUNNING_OUT"): (0, 30)} if is_open else {})


def test_a_contract_near_its_end_and_a_new_customer_open_moments_and_a_closed_one_none():
    # 2026-06-21 is twenty days after AT.
    known = [(0, None, {"contract_end": "2026-06-21"}), (1, None, {"contract_end": "2026-09-30"})]
    people = panel(4, known=known, kinds=KINDS, joined=[900, 900, 10, 10], closed=[3])
    assert opened(people) == {(0, "CONTRACT_END"): (40, 50), (2, "NEW_JOINER"): (10, 80)}


def test_data_use_is_told_against_what_is_allowed():
    used = [0.0, 2.0, 5.0, 9.0, 12.0, 3.0, None]
    known = [(who, None, {"data_use": one}) for who, one in enumerate(used) if one is not None]
    held = [(who, 0, 300, None) for who in (0, 1, 2, 3, 4, 6)]
    people = panel(7, held, known=known, kinds=KINDS)
    assert data_uses(DEFINITION.data_use, people, offers(data=[10.0]), AT) == [
        "NONE", "LOW", "NORMAL", "HIGH", "OVER", "NO_PACKAGE", None,
    ]  # fmt: skip


def test_calling_segments_run_up_to_their_bounds():
    known = [(who, None, {"voice_minutes": one}) for who, one in enumerate((10, 30, 299, 300))]
    people = panel(5, known=known, kinds=KINDS)
    assert callings(DEFINITION.calling, people, AT) == ["QUIET", "LIGHT", "REGULAR", "HEAVY", None]


@pytest.mark.parametrize(
    ("risk", "strength"), [(0.97, "VERY_STRONG"), (0.8, "BASIC"), (0.5, "NONE"), (0.01, "NONE"), (None, None)]
)
def test_the_strength_of_an_offer_follows_the_risk(risk, strength):
    assert CHURN.strength(risk) == strength


@pytest.mark.parametrize(
    ("level", "risk", "expected"),
    [
        ("GOLD", 0.05, "HIGH_VALUE_HIGH_RISK"),
        ("GOLD", 0.03, "HIGH_VALUE_LOW_RISK"),
        ("BASIC", 0.04, "LOW_VALUE_HIGH_RISK"),
        ("BASIC", 0.01, "LOW_VALUE_LOW_RISK"),
        ("BASIC", None, None),
        (None, 0.9, None),
    ],
)
def test_risk_is_high_from_twice_the_usual_on(level, risk, expected):
    assert quadrant(DEFINITION.value, CHURN, level, risk, 0.02) == expected


def test_what_a_play_costs_is_held_against_what_it_keeps():
    found = worth(Cost(fixed=20, share=0.5, months=3, saves=0.4), 100.0, 0.9, CHURN)
    assert found.cost == pytest.approx(170)
    assert found.gain == pytest.approx(100 * 0.4 * 12 * 0.9 * 0.4)
    assert found.is_worth_it


def codes(level, risk, revenue, kind="PERSON", moments=(), **facets):
    told = {"level": level, "quadrant": quadrant(DEFINITION.value, CHURN, level, risk, 0.02), **facets}
    return [play.code for play, _ in plays_for(DEFINITION, kind, told, moments, revenue, risk)]


def test_near_certain_leavers_get_a_very_strong_offer_if_it_pays():
    assert codes("GOLD", 0.95, 150.0) == ["KEEP_VERY_STRONG"]
    assert codes("GOLD", 0.8, 150.0) == ["KEEP_BASIC"]
    assert codes("GOLD", 0.5, 150.0) == ["KEEP_BY_SERVICE"]
    # The fixed part of the offer is more than such a customer brings.
    assert codes("BASIC", 0.95, 5.0) == []


def test_a_moment_and_a_stage_open_plays_of_their_own():
    found = codes("BASIC", 0.01, 30.0, stage="CLIMAX", dataUse="OVER", calling="HEAVY", moments=("CONTRACT_END",))
    assert found == ["DEVELOP", "VOICE_HEAVY", "STAGE_CLIMAX", "DATA_UPGRADE", "ON_CONTRACT_END"]


def test_the_reach_of_a_play_is_how_many_customers_it_is_for_one_by_one():
    rng = np.random.default_rng(3)
    size = 300

    def draw(*values):
        return [values[at] for at in rng.integers(0, len(values), size).tolist()]

    level, stage, calling = draw("GOLD", "BASIC", None), draw("CLIMAX", "EXIT"), draw("QUIET", "HEAVY", None)
    data, revenue = draw("OVER", "LOW", None), rng.choice([0.0, 3.0, 80.0], size)
    risk = rng.choice([np.nan, 0.01, 0.5, 0.8, 0.95], size)
    known = [None if np.isnan(one) else one for one in risk.tolist()]
    quadrants = [quadrant(DEFINITION.value, CHURN, a, b, 0.02) for a, b in zip(level, known, strict=True)]
    silent, kind = rng.random(size) < 0.3, rng.integers(0, 2, size)
    facets = {"level": level, "quadrant": quadrants, "stage": stage, "calling": calling, "dataUse": data}
    counted = reach(DEFINITION, Many(kind, facets, {"SILENCE": silent}, revenue, risk))
    expected = dict.fromkeys(counted, 0)
    for who in range(size):
        told = {name: column[who] for name, column in facets.items()}
        moments = ["SILENCE"] if silent[who] else []
        one = ("PERSON", "ENTERPRISE")[kind[who]]
        for play, _ in plays_for(DEFINITION, one, told, moments, float(revenue[who]), known[who]):
            expected[play.code] += 1
    assert counted == expected
    assert sum(expected.values()) > size


def test_every_play_brings_families_and_categories_that_the_demo_operator_has():
    found = [one for _, one in demo_catalog.entries()]
    families = {one.get("family") for one in found}
    categories = {one.get("category") for one in found} | {"bundle_people", "bundle_enterprise"}
    for play in DEFINITION.plays:
        assert set(play.families) <= families, play.code
        assert set(play.categories) <= categories, play.code


def test_every_moment_stage_and_data_use_has_a_play():
    wanted = {facet: set() for facet in ("moment", "stage", "dataUse", "calling", "quadrant")}
    for play in DEFINITION.plays:
        for facet, values in play.when.items():
            wanted.setdefault(facet, set()).update(values)
    assert wanted["moment"] == {rule.code for rule in DEFINITION.moments}
    assert wanted["stage"] == set(DEFINITION.lifecycle.names)
    assert wanted["quadrant"] == set(DEFINITION.quadrants)
    assert wanted["calling"] == {step.code for step in DEFINITION.calling.steps}
    assert wanted["dataUse"] == {"NO_PACKAGE", "NONE", "LOW", "HIGH", "OVER"}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("churn", "days"), 3, "churn: days lie between 7 and 366"),
        (("churn", "dayz"), 3, "churn.dayz: there is no such field"),
        (("value", "weights", "PERSON"), {"revenue": -1}, "weights of PERSON"),
        (("value", "levels", "PERSON"), [], "the shares of the levels of PERSON make 1"),
        (("lifecycle", "fall"), "much", "lifecycle.fall: float is expected"),
        (("calling", "steps", 0, "below"), 5000, "steps rise"),
        (("moments", 0, "rule"), "LATER", "moments.0: a rule is one of"),
        (("plays", 0, "when"), {"weather": ["rain"]}, "plays.0: a play is of"),
    ],
)
def test_a_definition_that_cannot_be_used_is_refused_with_its_place(path, value, said):
    content = copy(built_in())
    place = content
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(BadDefinition, match=said.replace(".", r"\.")):
        parse(content)


def copy(node):
    if isinstance(node, dict):
        return {key: copy(value) for key, value in node.items()}
    return [copy(one) for one in node] if isinstance(node, list) else node
