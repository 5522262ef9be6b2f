"""What one customer is recommended, against the same worked out plainly: an offering, a fact and a rule at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from eligibility_worlds import AT, Asked, Plainly, World, contexts, holdings, worlds
from hypothesis import given, settings
from hypothesis import strategies as st

from api.closed_loop import Policy
from api.pairing import paired
from api.recommending import Situation, for_customer
from catalog.customer import Customer, Product
from catalog.eligibility import facts_of
from catalog.moment import Moment
from recommender.artifact import Contents, Served, pack
from recommender.inputs import InputSpace
from recommender.interactions import Float64Array
from recommender.models.linear import Linear
from recommender.serve import Recommender


def numbered(world: World) -> World:
    return World(tuple(replace(one, id=number) for number, one in enumerate(world.offerings, 1)), world.policies)


def model(world: World, seed: int) -> Recommender:
    """It has learned all items of the world but the last one, and one that is no more."""
    items = (*sorted({one.item for one in world.offerings})[:-1], "NO-MORE")
    chance, space = np.random.default_rng(seed), InputSpace(items)
    weights = np.round(chance.normal(size=(space.width, len(items))), 2).astype(np.float32)
    # A coarse bias, so that some items score alike and some nothing at all.
    bias = chance.integers(0, 2, len(items)).astype(np.float32)
    served = Served("linear", Linear(weights, bias), None)
    return Recommender.load(*pack(Contents(space, dict.fromkeys(("warm", "cold", "popularity"), served), {}), {}), 1)


def holder(moment: Moment, held: list[str]) -> Customer:
    ids = {code: number for number, code in moment.snapshot.codes_by_id.items()}
    products = tuple(
        Product(ids[code], "voluntary", "active", "VOLUNTARY", None, None, "", *[None] * 5)  # type: ignore[arg-type]
        for code in held
        if code in ids
    )
    return Customer(
        id=1, code="C1", kind="PERSON", status="active", msisdn=None, name=None, place="n", brand=None,
        joined_at=None, enterprise=None, industry=None, size_class=None, account_manager=None, tags=("t",),
        personalisation=True, etag=1, attributes={}, products=products, refused=frozenset(), markets=(),
    )  # fmt: skip


def shown(world: World, verdicts: dict[str, Any]) -> dict[str, str]:
    """item → the code to show for it: a copy before its template, of several copies the last."""
    may = [world.launched[code] for code, rule in verdicts.items() if rule is None]
    return {one.item: one.code for one in sorted(may, key=lambda one: (one.code != one.item, one.code))}


def listed(offers: dict[str, str], scores: dict[str, float], world: World, n: int, most: int) -> list[str]:
    """The codes in the order of their scores, and not too many of one category."""
    taken: Counter[str] = Counter()
    found: list[str] = []
    for item in sorted((item for item in offers if scores.get(item)), key=lambda item: (-scores[item], item)):
        category = world.launched[offers[item]].category
        if len(found) < n and not (most and any(taken[one] >= most for one in category)):
            taken.update(category)
            found.append(offers[item])
    return found


@settings(deadline=None, max_examples=60)
@given(worlds(), holdings, contexts, st.integers(0, 999), st.integers(1, 6), st.integers(0, 2))
def test_scores_reasons_and_withheld_counts_are_those_worked_out_plainly(
    world: World, held: list[str], asked: Asked, seed: int, n: int, most: int
) -> None:
    world = numbered(world)
    moment, recommender = world.moment, model(world, seed)
    customer = holder(moment, held)
    here = Situation(asked.channel, asked.place, asked.market)
    found = for_customer(customer, moment, recommender, here=here, at=AT, n=n, policy=Policy(per_category=most))

    codes = tuple(moment.snapshot.codes_by_id[one.offering_id] for one in customer.held)
    verdicts = Plainly(world, codes, facts_of(customer, AT), asked).verdicts()
    assert found.withheld == Counter(rule for rule in verdicts.values() if rule)

    items, served = recommender.items, recommender.contents.roles["warm"].model
    known = sorted({items.index(item) for code in codes if (item := moment.snapshot.latest(code).item) in items})
    parts: Float64Array = served.parts(np.array(known, dtype=np.int64))
    scores = {item: float(served.bias[j]) + sum(parts[:, j].tolist()) for j, item in enumerate(items)}
    assert [one.offering.code for one in found.items] == listed(shown(world, verdicts), scores, world, n, most)
    for one in found.items:
        j = items.index(one.offering.item)
        facts = {"popularity": float(served.bias[j])} | {items[k]: parts[row, j] for row, k in enumerate(known)}
        assert one.scored.score == pytest.approx(scores[one.offering.item], abs=1e-9)
        reasons = {reason.key: reason.weight for reason in one.scored.contributions}
        assert reasons == pytest.approx({key: weight for key, weight in facts.items() if weight})
        weights = [reason.weight for reason in one.scored.contributions]
        assert weights == sorted(weights, reverse=True)


def test_a_catalog_and_a_model_are_paired_once() -> None:
    world = numbered(World((), {}))
    moment, recommender = world.moment, model(world, 1)
    assert paired(moment, recommender) is paired(moment, recommender)
    assert paired(world.moment, recommender) is not paired(moment, recommender), "another moment, another pair"
