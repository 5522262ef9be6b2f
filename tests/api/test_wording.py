"""What people read of a reason: true to the score, in both languages, and nothing that must not be said."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.recommending import SHOWN_REASONS, shown_reasons
from api.wording import KIND_TEXTS, KNOWN_FACTS, MARKET_NAMES, is_moment, said, sentence, span
from catalog.customer import Attribute
from catalog.market import MarketKind
from catalog.moment import Moment
from catalog.offering import Offering
from catalog.place import Place
from catalog.text import Text
from recommender.facts import FACTS
from recommender.inputs import DATE_EDGES, _bin_labels
from recommender.scored import Contribution, Scored

DECLARED = {
    "age": Attribute("age", "categorical", name=Text("年龄段", "age band")),
    "gender": Attribute("gender", "categorical", sensitive=True, name=Text("性别", "gender")),
    "arpu": Attribute("arpu", "numeric", name=Text("月消费", "a monthly bill of")),
    "contract_end": Attribute("contract_end", "date", name=Text("合约到期", "the end of the contract")),
    "birthday": Attribute("birthday", "date", sensitive=True),
    "nameless": Attribute("nameless", "categorical"),
}


@dataclass(frozen=True, eq=False)
class Stand:
    """What wording reads of a moment; like a moment it is equal to itself alone."""

    snapshot: SimpleNamespace


@pytest.fixture(scope="module")
def moment() -> Moment:
    offering = Offering("WLAN", Text("校园无线", "Campus WLAN"))
    places = {"shanxi/datong": Place("shanxi/datong", Text("大同市", "Datong"))}
    snapshot = SimpleNamespace(attributes=DECLARED, places=places, latest={"WLAN": offering}.get)
    return Stand(snapshot)  # type: ignore[return-value]


def attribute(key: str, value: str, weight: float = 1.0) -> Contribution:
    return Contribution("ATTRIBUTE", key, value, None, weight)


@pytest.mark.parametrize(
    ("fact", "zh", "en"),
    [
        (
            Contribution("HOLDING", "WLAN", None, "voluntary", 1.0),
            "订购了校园无线的客户常会选择它",
            "customers who hold Campus WLAN often take it",
        ),
        (
            Contribution("HOLDING", "WLAN", "< 30", "ended", 1.0),
            "一个月内退订校园无线的客户常会选择它",
            "customers who ended Campus WLAN within a month often take it",
        ),
        (
            Contribution("HOLDING", "GONE", None, "forced", 1.0),
            "套餐带有GONE的客户常会选择它",
            "customers whose bundle brought GONE often take it",
        ),
        (attribute("age", "18-24"), "年龄段为18-24的客户常会选择它", "customers with age band 18-24 often take it"),
        (attribute("nameless", "x"), "nameless为x的客户常会选择它", "customers with nameless x often take it"),
        (
            attribute("arpu", "< 20"),
            "月消费低于 20 的客户常会选择它",
            "customers with a monthly bill of below 20 often take it",
        ),
        (
            attribute("arpu", "20 – 38.5"),
            "月消费在 20 至 38.5 之间的客户常会选择它",
            "customers with a monthly bill of 20 to 38.5 often take it",
        ),
        (
            attribute("contract_end", "0 – 30"),
            "合约到期在未来 1 个月 内的客户常会选择它",
            "customers with the end of the contract in the next 1 month often take it",
        ),
        (
            attribute("contract_end", "-30 – 0"),
            "合约到期在过去 1 个月 内的客户常会选择它",
            "customers with the end of the contract in the last 1 month often take it",
        ),
        (
            attribute("customer.joined", "-365 – -180"),
            "入网时间在 6 个月 至 1 年 前的客户常会选择它",
            "customers with their first day 6 months to 1 year ago often take it",
        ),
        (
            attribute("customer.joined", "< -3650"),
            "入网时间在 10 年 以前的客户常会选择它",
            "customers with their first day more than 10 years ago often take it",
        ),
        (attribute("customer.kind", "ENTERPRISE"), "集团客户常会选择它", "enterprises often take it"),
        (
            attribute("customer.market", "CAMPUS"),
            "所在聚类市场为校园的客户常会选择它",
            "customers who belong to a campus often take it",
        ),
        (attribute("customer.city", "shanxi/datong"), "大同市的客户常会选择它", "customers in Datong often take it"),
        (Contribution("POPULARITY", "popularity", None, None, 1.0), "受到许多客户欢迎", "many customers take it"),
    ],
)
def test_a_fact_is_a_sentence_in_both_languages(moment, fact, zh, en):
    found = sentence(fact, moment)
    assert found is not None
    assert (said(found, "zh"), said(found, "en")) == (zh, en)


@pytest.mark.parametrize(
    "fact",
    [
        attribute("gender", "F"),
        attribute("birthday", "0 – 30"),
        attribute("undeclared", "x"),
        attribute("customer.city", "nowhere/known"),
        attribute("customer.kind", "ROBOT"),
    ],
)
def test_what_is_sensitive_or_has_no_name_is_not_spoken_of(moment, fact):
    assert sentence(fact, moment) is None


def test_every_fact_the_models_read_has_words(moment):
    assert set(KNOWN_FACTS) == set(FACTS)
    assert {name: one.kind for name, one in KNOWN_FACTS.items()} == dict(FACTS)
    assert set(MARKET_NAMES) == {kind.value for kind in MarketKind}
    assert set(KIND_TEXTS) == {"PERSON", "ENTERPRISE"}
    for label in _bin_labels(DATE_EDGES):
        found = sentence(attribute("contract_end", label), moment)
        assert found is not None
        assert all(unit not in said(found, language) for language in ("zh", "en") for unit in ("-", "–", "≥", "<"))


def test_a_date_close_by_is_a_moment(moment):
    near = [label for label in _bin_labels(DATE_EDGES) if is_moment(attribute("contract_end", label), moment)]
    assert near == ["-90 – -30", "-30 – 0", "0 – 30", "30 – 90"]
    assert not is_moment(attribute("arpu", "0 – 30"), moment)
    assert not is_moment(Contribution("HOLDING", "WLAN", "< 30", "ended", 1.0), moment)


def test_spans_are_told_in_the_largest_unit_that_fits():
    assert [span(days).en for days in (1, 10, 30, 180, 365, 3650, 400)] == [
        "1 day", "10 days", "1 month", "6 months", "1 year", "10 years", "400 days",
    ]  # fmt: skip


facts = st.builds(
    Contribution,
    st.just("ATTRIBUTE"),
    st.sampled_from([*DECLARED, *FACTS, "undeclared"]),
    st.sampled_from(["F", "18-24", "< 30", "0 – 30", "PERSON", "CAMPUS", "shanxi/datong"]),
    st.none(),
    st.floats(-1, 1, allow_nan=False),
) | st.builds(
    Contribution,
    st.just("HOLDING"),
    st.sampled_from(["WLAN", "GONE"]),
    st.none(),
    st.sampled_from(["voluntary", "forced", "inactive", "ended"]),
    st.floats(-1, 1, allow_nan=False),
)


@given(st.lists(facts, max_size=12))
def test_reasons_are_parts_of_the_score_that_speak_for_it_and_never_sensitive(moment, contributions):
    ordered = tuple(sorted(contributions, key=lambda one: -one.weight))
    scored = Scored("WLAN", sum(one.weight for one in ordered), None, ordered)
    shown = shown_reasons(scored, moment)
    assert len(shown) <= SHOWN_REASONS
    assert all(one in ordered and one.weight > 0 for one in shown)
    assert {one.key for one in shown} & {"gender", "birthday", "undeclared"} == set()
    assert [one.weight for one in shown] == sorted((one.weight for one in shown), reverse=True)
    spoken = [one for one in ordered if one.weight > 0 and sentence(one, moment)]
    assert shown == spoken[:SHOWN_REASONS], "the strongest that may be said"
