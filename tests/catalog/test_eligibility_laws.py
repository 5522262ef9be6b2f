"""The laws of eligibility, on generated catalogs and customers."""

from __future__ import annotations

from typing import Any

import numpy as np
from eligibility_worlds import AT, Asked, Plainly, World, contexts, customers, holdings, worlds
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.eligibility import Here, Numbers, Population, Ragged, Rule, Words, batch
from catalog.qualifying.qualification import Asked as Question
from catalog.qualifying.qualification import Result
from catalog.qualifying.service import answer

SETS = ("customer.tags", "market.code")


@settings(deadline=None, max_examples=60)
@given(worlds(), holdings, customers(), contexts)
def test_bits_say_what_the_rules_say_plainly(world: World, held: list[str], facts: dict[str, Any], asked: Asked):
    found = world.rules.qualify(held, channel=asked.channel, place=asked.place, market=asked.market, facts=facts)
    said = dict.fromkeys(found.qualified) | {code: rule for rule, codes in found.withheld.items() for code in codes}
    assert said == Plainly(world, tuple(held), facts, asked).verdicts()
    assert len(said) == len(found.qualified) + sum(found.counts.values())


@settings(deadline=None, max_examples=60)
@given(worlds(), holdings, customers(), contexts)
def test_a_bundle_that_qualifies_has_parts_that_qualify_as_parts(
    world: World, held: list[str], facts: dict[str, Any], asked: Asked
):
    plain = Plainly(world, tuple(held), facts, asked)
    found = world.rules.qualify(held, channel=asked.channel, place=asked.place, market=asked.market, facts=facts)
    bundles = [one for one in world.launched.values() if one.code in found.qualified and plain.parts(one)]
    for bundle in bundles:
        together = Plainly(world, (*held, *plain.parts(bundle)), facts, asked)
        for part in plain.parts(bundle):
            one = world.launched[part]
            # As a part it may be held already and need not be sold alone; what it requires may come with the bundle.
            by_itself = set(plain.failing(one)) - {Rule.HELD, Rule.INSIDE_HELD_BUNDLE, Rule.NOT_SELLABLE, Rule.REQUIRES}
            assert by_itself == set()
            assert Rule.REQUIRES not in together.failing(one)


def ragged(rows: list[Any]) -> Ragged:
    words = sorted({word for row in rows for word in row})
    starts = np.cumsum([0, *map(len, rows)])
    return Ragged(words, starts, np.array([words.index(word) for row in rows for word in sorted(row)], dtype=np.int32))


def column(fact: str, values: list[Any]) -> Words | Numbers | Ragged:
    if fact in SETS:
        return ragged(values)
    if any(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return Numbers(np.array([np.nan if value is None else value for value in values], dtype=np.float64))
    if fact == "attribute.end":
        days = [np.nan if value is None else np.datetime64(value, "D").astype(np.int64) for value in values]
        return Numbers(np.array(days, dtype=np.float64), is_date=True)
    words = sorted({value for value in values if value is not None})
    return Words(words, np.array([words.index(value) if value is not None else -1 for value in values], dtype=np.int32))


@settings(deadline=None, max_examples=60)
@given(worlds(), st.lists(st.tuples(holdings, holdings, customers()), min_size=1, max_size=5), contexts)
def test_many_at_once_get_what_each_gets_alone(world: World, several: list[Any], asked: Asked):
    rules, items = world.rules, sorted({one.item for one in world.offerings} | {"UNHEARD_OF"})
    facts = {fact: column(fact, [known[fact] for _, _, known in several]) for fact in several[0][2] if "." in fact}
    held, resting = ragged([held for held, _, _ in several]), ragged([tired for _, tired, _ in several])
    here = Here(AT.date(), asked.channel, asked.place, asked.market)
    found = batch(rules, items, here).ask(Population(len(several), held, facts, resting))
    for row, (mine, tired, known) in enumerate(several):
        alone = rules.qualify(
            mine, channel=asked.channel, place=asked.place, market=asked.market, facts=known, refused=tired
        )
        may = {rules.items[code] for code in alone.qualified}
        assert [item for item, flag in zip(items, found.mask[row], strict=True) if flag] == sorted(may)
        for place in np.flatnonzero(found.mask[row]).tolist():
            assert found.code(row, place) == max(
                (code for code in alone.qualified if rules.items[code] == items[place]),
                key=lambda code, item=items[place]: (code != item, code),
            )


@settings(deadline=None, max_examples=60)
@given(worlds(), holdings, customers(), contexts)
def test_the_reasons_for_one_offering_are_the_rules_that_withhold_it(
    world: World, held: list[str], facts: dict[str, Any], asked: Asked
):
    plain = Plainly(world, tuple(held), facts, asked)
    question = Question(
        world.moment, AT, tuple(held), facts, channel=asked.channel, place=asked.place, market=asked.market
    )
    for code, rule in plain.verdicts().items():
        (one,) = answer(question, [code])
        if rule is None:
            assert (one.result, one.offering) == (Result.QUALIFIED, world.launched[code])
            continue
        found = list(dict.fromkeys(reason.rule for reason in one.reasons))
        assert found == plain.failing(next(one for one in world.offerings if one.code == code))
        assert (one.result is Result.ALTERNATE) == bool(one.proposals)
        assert code not in {other.offering.code for other in one.proposals if not other.channel and not other.replaced}
