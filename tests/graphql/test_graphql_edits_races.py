"""Two product managers at one bundle, and one edit sent many times: nothing is overwritten, nothing happens twice."""

from __future__ import annotations

import asyncio

import pytest
from edit_support import VERSION, codes, editing, parts

ONE_BUNDLE = {"code": "DUO", "name": {"en": "Duo"}, "category": ["vas"], "bundledProductOffering": [{"code": "WLAN"}]}
UPSERT = """mutation($input: UpsertProductInput!) {
  upsertProduct(input: $input) { changed userErrors { code } } }"""


@pytest.fixture
async def do(app, settings):
    async with editing(app, settings) as ask:
        yield ask


async def rounds_of_two(do, rounds: int) -> None:
    """Each round, two of different minds edit what both have read; the limits of WLAN tell who won."""
    one = (await do("createProductOffering", **ONE_BUNDLE))["object"]
    for number in range(rounds):
        answers = await asyncio.gather(
            *(
                do(
                    "changeBundlePart",
                    one,
                    subject=f"{who} in round {number}",
                    part={"code": "WLAN", "lower": 0, "default": 0, "upper": 2 * number + upper},
                )
                for who, upper in (("zhang", 1), ("li", 2))
            )
        )
        won = [upper for answer, upper in zip(answers, (1, 2), strict=True) if not answer["userErrors"]]
        lost = [answer for answer in answers if answer["userErrors"]]
        assert (len(won), [codes(answer) for answer in lost]) == (1, [["CONFLICT"]])
        one = lost[0]["object"]
        assert one["etag"] == str(number + 2)
        assert one["bundledProductOffering"][0]["numberRelOfferUpperLimit"] == 2 * number + won[0]


async def keys_many_times(do, operator, keys: int, times: int = 5) -> None:
    """Every key adds one usage of its own; five at the same time, and again later, have one effect."""

    async def send(number: int) -> list[bool]:
        landed = {
            "idempotencyKey": f"landing {number}",
            "customerId": f"C{number % 300 + 1}",
            "offering": "VIDEO",
            "instance": f"{number}",
        }
        asked = {"variables": {"input": landed}, "role": "operator", "subject": f"operator {number}"}
        answers = await asyncio.gather(*(do(UPSERT, **asked) for _ in range(times)))
        return [answer["data"]["upsertProduct"]["changed"] for answer in answers]

    # A hundred requests at a time, as many as twenty clients would have under way.
    for start in range(0, keys, 20):
        changed = await asyncio.gather(*(send(number) for number in range(start, min(start + 20, keys))))
        assert all(answer == [True] * times for answer in changed), "every answer is that of the first"
    assert await operator.fetchval("select count(*) from product where instance <> ''") == keys
    assert await operator.fetchval("select count(*) from audit where action = 'product.upsert'") == keys


async def test_of_two_product_managers_exactly_one_wins_and_the_other_gets_the_current_object(do):
    await rounds_of_two(do, 10)


@pytest.mark.slow
async def test_of_two_product_managers_exactly_one_wins_in_each_of_a_thousand_rounds(do):
    await rounds_of_two(do, 1_000)


async def test_what_is_sent_five_times_with_one_key_happens_once(do, operator):
    await keys_many_times(do, operator, 20)


@pytest.mark.slow
async def test_a_thousand_keys_five_times_each_have_a_thousand_effects(do, operator):
    await keys_many_times(do, operator, 1_000)


async def test_a_retried_edit_happens_once_and_answers_with_its_version(do, operator):
    one = (await do("createProductOffering", **ONE_BUNDLE))["object"]
    asked = {"part": {"code": "MUSIC"}, "idempotencyKey": "add music"}
    answers = await asyncio.gather(*(do("addBundlePart", one, **asked) for _ in range(5)))
    assert all(parts(answer) == ["WLAN", "MUSIC"] and not answer["userErrors"] for answer in answers)
    assert await operator.fetchval("select count(*) from audit where action = 'bundle.add_part'") == 1
    now = (await do(VERSION, variables={"code": "DUO"}))["data"]["productOfferingVersion"]
    assert now["etag"] == "2"


async def test_a_key_serves_one_request_of_one_caller(do):
    one = (await do("createProductOffering", **ONE_BUNDLE))["object"]
    assert (await do("addBundlePart", one, part={"code": "MUSIC"}, idempotencyKey="k"))["userErrors"] == []
    for other in ({"code": "VIDEO"}, {"code": "MUSIC", "group": None}):
        answer = await do("addBundlePart", one, part=other, idempotencyKey="k")
        assert codes(answer) == ["KEY_REUSED"], "absent is not null"
    answer = await do("changeBundlePart", one, part={"code": "MUSIC"}, idempotencyKey="k")
    assert codes(answer) == ["KEY_REUSED"]
    answer = await do("addBundlePart", one, part={"code": "MUSIC"}, idempotencyKey="k", subject="somebody else")
    assert codes(answer) == ["CONFLICT"]
    assert codes(await do("addBundlePart", one, part={"code": "MUSIC"}, idempotencyKey=" ")) == ["MISSING"]


async def test_a_refused_edit_leaves_its_key_free(do):
    one = (await do("createProductOffering", **ONE_BUNDLE))["object"]
    asked = {"part": {"code": "MUSIC"}, "idempotencyKey": "again"}
    assert codes(await do("addBundlePart", one | {"etag": "77"}, **asked)) == ["CONFLICT"]
    assert (await do("addBundlePart", one, **asked))["userErrors"] == []


async def test_two_next_versions_at_once_are_one(do):
    first = (await do(VERSION, variables={"code": "STUDENT"}))["data"]["productOfferingVersion"]
    answers = await asyncio.gather(*(do("createNextVersion", first, subject=f"pm {n}") for n in range(4)))
    assert sorted(codes(answer) for answer in answers) == [[], *[["VERSION_UNDER_WAY"]] * 3]
    assert {answer["object"]["version"] for answer in answers} == {2}
