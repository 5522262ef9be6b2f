"""A question about a time that is past is answered with what was in force then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from edit_support import editing, walk
from tests_support import eventually

from catalog import history

NOW = datetime.now(UTC)
READ = """query($at: DateTime) {
    productOffering(code: "MUSIC", context: {asOf: $at}) { version name lifecycleStatus isSellable }
    productOfferings(first: 100, context: {asOf: $at}) { nodes { code lifecycleStatus isSellable } } }"""


@pytest.fixture
async def do(app, settings):
    async with editing(app, settings) as ask:
        yield ask


async def as_of(ask: Any, at: datetime | None, document: str = READ) -> Any:
    return (await ask(document, role="storefront", at=at and at.isoformat()))["data"]


async def becomes(ask: Any, wanted: Callable[[Any], bool]) -> None:
    """Waits until the process has heard of the edit."""

    async def is_read() -> bool:
        return wanted(await as_of(ask, None))

    await eventually(is_read, seconds=3)


@pytest.fixture
def later() -> datetime:
    """Between the import of the operator's catalog and the test."""
    return NOW - timedelta(hours=1)


async def test_what_was_retired_is_still_seen_as_of_before(ask, do, later):
    known = (await do('query { productOfferingVersion(code: "SCHOOL_MSG") { code version etag } }'))["data"]
    gone = await walk(do, known["productOfferingVersion"], "RETIRED")
    assert gone["userErrors"] == []
    await becomes(ask, lambda found: all(one["code"] != "SCHOOL_MSG" for one in found["productOfferings"]["nodes"]))
    before = (await as_of(ask, later))["productOfferings"]["nodes"]
    assert {"code": "SCHOOL_MSG", "lifecycleStatus": "LAUNCHED", "isSellable": True} in before


async def test_a_version_that_was_followed_is_read_as_of_its_time(ask, do, later):
    read = 'query { productOfferingVersion(code: "MUSIC") { code version etag } }'
    first = (await do(read))["data"]["productOfferingVersion"]
    second = await do("createNextVersion", first)
    renamed = await do("editProductOffering", second["object"], name={"zh": "音乐新会员"})
    assert (await walk(do, renamed["object"], "IN_TEST", "ACTIVE", "LAUNCHED"))["userErrors"] == []
    await becomes(ask, lambda found: found["productOffering"]["name"] == "音乐新会员")
    assert (await as_of(ask, later))["productOffering"]["name"] == "音乐会员"
    assert (await as_of(ask, later - timedelta(days=9)))["productOffering"]["version"] == 1


async def test_what_never_was_launched_is_never_seen(ask, do, later):
    made = await do("createProductOffering", code="DRAFT", category=["vas"], name={"zh": "草稿"})
    await walk(do, made["object"], "IN_TEST", "REJECTED")
    ready = await do("createProductOffering", code="READY", category=["vas"], name={"zh": "就绪"})
    assert (await walk(do, ready["object"], "IN_TEST", "ACTIVE", "RETIRED"))["userErrors"] == []
    for at in (later, NOW, None):
        found = {one["code"] for one in (await as_of(ask, at))["productOfferings"]["nodes"]}
        assert found & {"MUSIC", "DRAFT", "READY"} == {"MUSIC"}


def test_months_follow_each_other_without_a_gap():
    assert history.bounds((2026, 11))[1] == history.bounds((2026, 12))[0]
    assert history.bounds((2026, 12))[1] == history.bounds((2027, 1))[0]
    assert history.bounds(history.month_of(datetime.max.replace(tzinfo=UTC)))[1] > NOW
