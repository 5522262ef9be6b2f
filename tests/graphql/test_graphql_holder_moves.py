"""Grandfathering: holders keep their version until they are moved, in pieces that can be interrupted."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from edit_support import VERSION, codes, editing, walk

from catalog.customer_store import Caller
from catalog.desk import holder_move_service

CALLER = Caller("cli:night", "operator", None, "cli")
PLAN = """mutation($input: MoveProductOfferingHoldersInput!) { moveProductOfferingHolders(input: $input) {
  object { id state moved } userErrors { path code } } }"""
CANCEL = """mutation($input: CancelHolderMoveInput!) { cancelHolderMove(input: $input) {
  object { id state } userErrors { code } } }"""
LIST = """query($code: String) { holderMoves(first: 9, code: $code) { totalCount nodes {
  id code fromVersion toVersion state moved doneAt } } }"""
HELD = """select p.version, count(*) from product p join offering o on o.id = p.offering_id
where o.code = 'MUSIC' group by 1 order by 1 nulls first"""


@pytest.fixture
async def do(app, settings):
    async with editing(app, settings) as ask:
        yield ask


@pytest.fixture
async def music(do):
    """MUSIC in its second version, launched now; whoever holds it holds the first."""
    first = (await do(VERSION, variables={"code": "MUSIC"}))["data"]["productOfferingVersion"]
    second = (await do("createNextVersion", first))["object"]
    assert (await walk(do, second, "IN_TEST", "ACTIVE", "LAUNCHED"))["userErrors"] == []


async def plan(do, source: int = 1, target: int = 2, key: str = "move", **fields):
    asked = {"idempotencyKey": key, "code": "MUSIC", "fromVersion": source, "toVersion": target, **fields}
    return (await do(PLAN, variables={"input": asked}))["data"]["moveProductOfferingHolders"]


async def held(operator) -> dict[int | None, int]:
    return {row["version"]: row["count"] for row in await operator.fetch(HELD)}


async def do_due(operator, at: datetime, piece: int = 100):
    steps: list[int] = []
    ended = await holder_move_service.do_due(operator, CALLER, at, lambda _, left: steps.append(left), piece)
    return ended, steps


async def test_holders_keep_their_version_until_they_are_moved(do, operator, music):
    before = await held(operator)
    assert list(before) == [None], "nobody told the version: it is the one in force when it began"
    planned = await plan(do, reason="the first is dear to keep")
    assert (planned["userErrors"], planned["object"]["state"]) == ([], "DUE")
    assert await held(operator) == before, "planning moves nobody"
    ended, steps = await do_due(operator, datetime.now(UTC))
    assert await held(operator) == {2: before[None]}
    assert [(one.moved, one.code) for one in ended] == [(before[None], "MUSIC")]
    assert len(steps) > 5, "in pieces"
    assert steps[-1] == 0
    row = await operator.fetchrow("select * from audit where action = 'holders.move'")
    assert (row["subject"], row["entity_id"], row["detail"]["moved"]) == ("cli:night", "MUSIC", before[None])
    again, _ = await do_due(operator, datetime.now(UTC))
    assert again == [], "done is done"
    listed = (await do(LIST, variables={"code": "MUSIC"}, role="operator"))["data"]["holderMoves"]
    assert [(one["state"], one["moved"]) for one in listed["nodes"]] == [("DONE", before[None])]


async def test_an_interrupted_move_goes_on_where_it_was(do, operator, music):
    before = (await held(operator))[None]
    await plan(do)

    def stop(_, left):
        if left < 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await holder_move_service.do_due(operator, CALLER, datetime.now(UTC), stop, 100)
    half = await held(operator)
    assert 0 < half[2] < before
    ended, _ = await do_due(operator, datetime.now(UTC))
    assert (await held(operator), ended[0].moved) == ({2: before}, before), "nobody twice, nobody left"


async def test_two_who_move_at_once_move_everybody_once(do, operator, music):
    before = (await held(operator))[None]
    await plan(do)
    both = await asyncio.gather(*(do_due(operator, datetime.now(UTC), 50) for _ in range(2)))
    assert await held(operator) == {2: before}
    moved = await operator.fetchval("select moved from holder_move")
    assert moved == before
    assert sum(len(ended) for ended, _ in both) >= 1


async def test_a_move_on_a_day_waits_for_it_and_can_be_taken_back(do, operator, music):
    day = datetime.now(UTC) + timedelta(days=3)
    planned = (await plan(do, at=day.isoformat()))["object"]
    assert planned["state"] == "PLANNED"
    assert (await do_due(operator, datetime.now(UTC)))[0] == []
    cancel = {"input": {"idempotencyKey": "c", "id": planned["id"]}}
    assert (await do(CANCEL, variables=cancel))["data"]["cancelHolderMove"]["object"]["state"] == "CANCELLED"
    twice = {"input": {"idempotencyKey": "d", "id": planned["id"]}}
    assert codes((await do(CANCEL, variables=twice))["data"]["cancelHolderMove"]) == ["OVER"]
    assert (await do_due(operator, day))[0] == []
    assert list(await held(operator)) == [None]


async def test_whoever_holds_another_version_or_nothing_any_more_stays(do, operator, music):
    await operator.execute("""update product set version = 7 where customer_id % 2 = 0""")
    await operator.execute("""update product set status = 'terminated' where customer_id % 5 = 0""")
    await plan(do)
    await do_due(operator, datetime.now(UTC))
    wrong = """select count(*) from product p join offering o on o.id = p.offering_id
    where o.code = 'MUSIC' and p.version = 2 and (customer_id % 2 = 0 or customer_id % 5 = 0)"""
    assert await operator.fetchval(wrong) == 0
    assert (await held(operator))[2] > 0


async def test_a_move_that_makes_no_sense_is_refused(do, music):
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    for number, (fields, path, code) in enumerate(
        (
            ({"source": 9}, "fromVersion", "UNKNOWN_VERSION"),
            ({"target": 9}, "toVersion", "UNKNOWN_VERSION"),
            ({"target": 1}, "toVersion", "SAME_VERSION"),
            ({"source": 2, "target": 1}, "toVersion", "NOT_IN_FORCE"),
            ({"at": past}, "at", "IN_THE_PAST"),
        )
    ):
        refused = await plan(do, key=f"wrong {number}", **fields)
        assert [(error["path"][-1], error["code"]) for error in refused["userErrors"]] == [(path, code)]
    asked = {"idempotencyKey": "foreign", "code": "MUSIC", "fromVersion": 1, "toVersion": 2}
    foreign = await do(PLAN, variables={"input": asked}, categories=("wlan",))
    assert codes(foreign["data"]["moveProductOfferingHolders"]) == ["NOT_FOUND"]


async def test_the_version_that_a_customer_holds_is_shown(do, operator, music):
    document = '{ customer(id: "C3") { products(first: 9) { nodes { offeringVersion productOffering { code } } } } }'

    async def shown() -> dict[str, int | None]:
        found = (await do(document, role="admin"))["data"]["customer"]["products"]["nodes"]
        return {one["productOffering"]["code"]: one["offeringVersion"] for one in found}

    assert (await shown())["MUSIC"] is None
    await plan(do)
    await do_due(operator, datetime.now(UTC))
    assert (await shown())["MUSIC"] == 2
