"""What is scored for everybody at once is what each would be told at the desk."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.batch import Job, Scorer
from api.batch_folder import BadFolder, anew, begun, going_on, write_part
from api.batch_processes import scorer
from api.closed_loop import Policy
from recommender import model_store

DESK = """query($id: ID, $channel: String) {
  recommendation(customerId: $id, first: 10, context: {channel: $channel}) { isPersonalised
    recommendationItem { priority score probability productOffering { code }
      reasons { kind weight productOffering { code } } } } }"""
REPORT = """mutation($input: ReportOutcomeInput!) { reportOutcome(input: $input) { changed userErrors { code } } }"""
ITEMS = """query($id: ID) { recommendation(customerId: $id, first: 10) {
  recommendationItem { id productOffering { code } } } }"""


@pytest.fixture
async def score(operator: Any, settings: Any):
    async def score(**wanted: Any) -> dict[str, list[dict[str, Any]]]:
        version = await model_store.serving_version(operator)
        policy = wanted.pop("policy", Policy(per_category=settings.per_category))
        made: Scorer = await scorer(operator, version, Job(datetime.now(UTC), policy=policy, **wanted))
        async with operator.connection() as connection:
            table, customers = await made.table(connection, (0, 100_000))
        assert customers == 900
        found: dict[str, list[dict[str, Any]]] = {}
        for row in table.to_pylist():
            found.setdefault(row["customer"], []).append(row)
        return found

    return score


@pytest.mark.parametrize("channel", [None, "10086"])
async def test_everybody_gets_the_list_of_the_desk(ask, score, channel):
    lists = await score(channel=channel, reasons=True)
    for number in (1, 2, 3, 9, 10, 14, 20, 21, 40, 63):
        code = f"C{number}"
        told = (await ask(DESK, "agent", id=code, channel=channel))["data"]["recommendation"]["recommendationItem"]
        mine = lists.get(code, [])
        assert [one["offering"] for one in mine] == [one["productOffering"]["code"] for one in told]
        assert [one["priority"] for one in mine] == [one["priority"] for one in told]
        for ours, theirs in zip(mine, told, strict=True):
            assert ours["score"] == pytest.approx(theirs["score"], abs=1e-5)
            assert ours["probability"] == theirs["probability"] or ours["probability"] == pytest.approx(
                theirs["probability"], rel=1e-4
            )
            assert [one["kind"] for one in ours["reasons"]] == [one["kind"] for one in theirs["reasons"]]
            held = [one["productOffering"]["code"] for one in theirs["reasons"] if one["kind"] == "HOLDING"]
            assert [one["key"] for one in ours["reasons"] if one["kind"] == "HOLDING"] == held


async def test_what_was_refused_rests_here_too(ask, score):
    items = (await ask(ITEMS, "agent", id="C1"))["data"]["recommendation"]["recommendationItem"]
    first = items[0]
    await ask(REPORT, "agent", input={"itemId": first["id"], "outcome": "REFUSED"})
    lists = await score()
    assert first["productOffering"]["code"] not in [one["offering"] for one in lists["C1"]]


async def test_who_switched_personalisation_off_or_is_in_control_gets_the_general_list(operator, score):
    await operator.execute("update customer set personalisation = false where code = 'C1'")
    lists = await score(policy=Policy(control=0.3), reasons=True)
    general = {code for code, rows in lists.items() if not rows[0]["personalised"]}
    assert "C1" in general
    assert 0.2 < len(general) / len(lists) < 0.4
    assert {reason["kind"] for code in general for row in lists[code] for reason in row["reasons"]} <= {"POPULARITY"}


async def test_a_list_has_no_more_of_a_category_than_it_may(score):
    for rows in (await score(policy=Policy(per_category=1))).values():
        # Everything but WLAN and what goes with it stands in one category.
        assert len([row for row in rows if not row["offering"].startswith("WLAN")]) <= 1


async def test_a_part_that_is_whole_is_not_made_again_and_a_broken_one_is(tmp_path, score, operator):
    version = await model_store.serving_version(operator)
    made = await scorer(operator, version, Job(datetime.now(UTC) - timedelta(days=1)))
    async with operator.connection() as connection:
        table, customers = await made.table(connection, (0, 100))
    about = {"at": "then", "extent": {}}
    folder = await asyncio.to_thread(anew, tmp_path / "out", about)
    for number in (0, 1):
        folder.keep(number, write_part(folder.path, number, table, 0, 100, customers))
    (folder.path / "part-000001.parquet").write_bytes(b"cut off")
    found = begun(folder.path)
    assert found is not None
    assert sorted(going_on(folder.path, found).parts) == [0]
    folder.complete()
    assert begun(folder.path) is None, "what is complete is not gone on with"
    assert sorted(one.name for one in anew(folder.path, about).path.iterdir()) == ["_manifest.json"]


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(BadFolder, match=r"letter\.txt"):
        anew(tmp_path, {})
    assert (tmp_path / "letter.txt").read_text() == "dear"
