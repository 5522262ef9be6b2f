"""A higher step is offered in the place of the one that is held, and every rule but that one still holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
from catalogs import AT, excludes, offering, requires, snapshot

from api.recommending import Answer, Situation, upgrades
from catalog.customer import Customer, Product
from catalog.eligibility import Rule
from recommender.artifact import Contents, Served, pack
from recommender.inputs import InputSpace
from recommender.models.linear import constant
from recommender.serve import Recommender
from recommender.upsell import Upsell

ITEMS = ("BASIC", "OTHER", "PLUS", "TOP")
PLUS = offering("PLUS", productOfferingRelationship=[excludes("BASIC")])
TOP = offering("TOP", productOfferingRelationship=[excludes("PLUS"), requires("OTHER")], channel=["HALL"])
CATALOG = (offering("BASIC"), offering("OTHER"), PLUS, TOP)


def recommender() -> Recommender:
    zero = np.zeros
    ladder = Upsell(
        np.array([2, -1, 3, -1]),
        np.array([0, -1, 0, 0]),
        -3.0,
        np.array([0.5, 0, 0, 0], dtype=np.float32),
        zero(3, dtype=np.float32),
        zero(7, dtype=np.float32),
        zero(0, dtype=np.float32),
        zero((1, 0), dtype=np.float32),
    )
    popular = Served("popularity", constant(np.linspace(0.4, 0.1, 4)), None)
    contents = Contents(InputSpace(ITEMS), dict.fromkeys(("warm", "cold", "popularity"), popular), {}, ladder)
    return Recommender.load(*pack(contents, {}), 1)


def holder(*codes: str) -> Customer:
    ids = {code: number for number, code in snapshot(*CATALOG).codes_by_id.items()}
    products = tuple(
        Product(ids[code], "voluntary", "active", "VOLUNTARY", AT - timedelta(days=9), None, "", *[None] * 5)  # type: ignore[arg-type]
        for code in codes
    )
    return Customer(
        id=1, code="C1", kind="PERSON", status="active", msisdn=None, name=None, place=None, brand=None,
        joined_at=None, enterprise=None, industry=None, size_class=None, account_manager=None, tags=(),
        personalisation=True, etag=1, attributes={}, products=products, refused=frozenset(), markets=(),
    )  # fmt: skip


def ask(who: Customer, channel: str | None = None, n: int = 5) -> Answer:
    return upgrades(who, snapshot(*CATALOG).moment(AT), recommender(), here=Situation(channel), at=AT, n=n)


def test_what_excludes_the_step_it_replaces_may_be_bought_in_its_place():
    answer = ask(holder("BASIC"))
    assert [(item.offering.code, item.replaces.code) for item in answer.items if item.replaces] == [("PLUS", "BASIC")]
    assert answer.items[0].scored.score == -2.5
    assert answer.withheld == {}


def test_every_other_rule_holds_and_is_counted():
    assert ask(holder("PLUS")).withheld == {Rule.REQUIRES: 1}
    assert [item.offering.code for item in ask(holder("PLUS", "OTHER")).items] == ["TOP"]
    assert ask(holder("PLUS", "OTHER"), channel="ONLINE").withheld == {Rule.CHANNEL: 1}
    ids = {code: number for number, code in snapshot(*CATALOG).codes_by_id.items()}
    refusing = replace(holder("BASIC"), refused=frozenset({ids["PLUS"]}))
    assert ask(refusing).withheld == {Rule.REFUSED_RECENTLY: 1}


def test_who_switched_personalisation_off_is_told_of_no_step():
    answer = ask(replace(holder("BASIC"), personalisation=False))
    assert (answer.items, answer.is_personalised, answer.source) == ((), False, "upsell")


def test_no_more_than_asked_for():
    assert len(ask(holder("BASIC"), n=0).items) == 0
