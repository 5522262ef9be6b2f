"""Answers that are kept as bytes: who gets them again, until when, and what goes when there is no room."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from http_standin import SCHEMA, Caller, endpoint, token
from hypothesis import given, settings
from hypothesis import strategies as st

from api.auth import Principal
from api.graphql.document import Documents, Operation, canonical
from api.graphql.limits import Limits
from api.graphql.responses import LATEST, Answer, Responses, audience

OFFERING = "query One($code: String) { offering(code: $code) { code name } }"
FIELDS = frozenset({"Query.offering", "Query.whoami", "Query.surprise", "Offering.code", "Offering.name"})
DOCUMENT = Documents(SCHEMA._schema, Limits()).prepare(
    "query Q($code: String, $codes: [String!]!, $where: Filter) { offering(code: $code) { code } "
    "offeringsByCode(codes: $codes) { code } offerings(first: 1, where: $where) { totalCount } }",
    role="developer",
)
(OPERATION,) = DOCUMENT.operations.values()
NOW = datetime.now(UTC)


@dataclass
class Moment:
    at: datetime


@dataclass
class Catalog:
    """What is in force changes at these instants."""

    boundaries: list[datetime] = field(default_factory=list)

    def moment(self, at: datetime) -> Moment:
        return Moment(max((edge for edge in self.boundaries if edge <= at), default=NOW - timedelta(days=900)))

    def until(self, at: datetime) -> datetime | None:
        return min((edge for edge in self.boundaries if edge > at), default=None)


@dataclass
class Shop:
    """An endpoint that keeps answers, its clock, its catalog, and somebody who asks."""

    home: Path
    at: datetime = NOW
    catalog: Catalog = field(default_factory=Catalog)

    def __post_init__(self) -> None:
        self.served, self.issuer = endpoint(self.home, clock=lambda: self.at)
        self.kept = self.served.responses = Responses(FIELDS, lambda: self.catalog, 2**20)

    def caller(self, role: str = "storefront", subject: str = "somebody") -> Caller:
        return Caller(self.served, token(self.issuer, role, subject=subject, at=NOW))

    def hits(self) -> float:
        labels = {"cache": "response", "result": "hit"}
        return self.served.metrics.registry.get_sample_value("jishi_cache_total", labels) or 0


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


async def get(caller: Caller, query: str = OFFERING, **headers: str) -> Any:
    return await caller.http.get("/graphql", params={"query": query}, headers=headers)


async def test_what_was_asked_before_is_answered_with_the_same_bytes_to_anybody_who_may_see_the_same(
    shop: Shop,
) -> None:
    first = await shop.caller(subject="one").ask(OFFERING, {"code": "A"})
    again = await shop.caller(subject="another").ask(OFFERING, {"code": "A"})
    assert (first.content, shop.hits()) == (again.content, 1)
    assert first.headers["x-request-id"] != again.headers["x-request-id"]


async def test_the_same_question_in_another_spelling_finds_the_same_answer(shop: Shop) -> None:
    await shop.caller().ask(OFFERING, {"code": "A"})
    await shop.caller().ask(OFFERING, {"unused": 1, "code": "A"})
    assert (shop.hits(), shop.kept.count) == (1, 1)


@pytest.mark.parametrize("query", ["{ whoami customer(id: 1) { id } }", "{ slow }", "{ __schema { __typename } }"])
async def test_an_operation_with_any_field_that_is_not_named_is_never_kept(shop: Shop, query: str) -> None:
    shop.served.limits = Limits(deadline_seconds=0.01)
    for _ in range(2):
        await shop.caller("developer").ask(query)
    assert shop.kept.count == 0


async def test_an_answer_with_an_error_in_it_is_never_kept(shop: Shop) -> None:
    for _ in range(2):
        assert (await shop.caller().ask("{ surprise offering { code } }")).json()["errors"]
    assert (shop.kept.count, shop.hits()) == (0, 0)


async def test_who_has_no_token_or_asks_too_often_gets_nothing_from_the_shelf(shop: Shop) -> None:
    await shop.caller().ask(OFFERING)
    assert (await Caller(shop.served, None).ask(OFFERING)).status_code == 401
    assert (await Caller(shop.served, "e30.e30.").ask(OFFERING)).status_code == 401
    shop.served.buckets.rates = {"storefront": 1}
    answers = [(await shop.caller(subject="hasty").ask(OFFERING)).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    shop.at += timedelta(hours=2)
    assert (await shop.caller(subject="late").ask(OFFERING)).status_code == 401


async def test_an_answer_ends_at_the_very_instant_at_which_anything_begins_or_ends(shop: Shop) -> None:
    edge = NOW + timedelta(seconds=10)
    shop.catalog.boundaries = [edge]
    caller = shop.caller()
    await caller.ask(OFFERING)
    for at, hits in ((edge - timedelta(microseconds=1), 1), (edge, 1), (edge, 2)):
        shop.at = at
        await caller.ask(OFFERING)
        assert shop.hits() == hits


async def test_who_began_before_a_boundary_is_not_answered_with_what_came_after_it(shop: Shop) -> None:
    shop.catalog.boundaries = [NOW + timedelta(seconds=10)]
    shop.at = NOW + timedelta(seconds=11)
    await shop.caller().ask(OFFERING)
    shop.at = NOW
    await shop.caller().ask(OFFERING)
    assert (shop.hits(), shop.kept.count) == (0, 1)


async def test_another_catalog_empties_the_shelf(shop: Shop) -> None:
    await shop.caller().ask(OFFERING)
    shop.catalog = Catalog()
    await shop.caller().ask(OFFERING)
    assert (shop.hits(), shop.kept.count) == (0, 1)


async def test_a_get_says_how_long_it_holds_and_a_validator(shop: Shop) -> None:
    shop.served.fresh_seconds = 60
    caller = shop.caller()
    first, again = await get(caller), await get(caller)
    assert first.headers["cache-control"] == "private, max-age=60"
    assert first.headers["etag"] == again.headers["etag"]
    assert {"Accept", "Accept-Language", "Authorization"} == set(first.headers["vary"].split(", "))
    shop.catalog.boundaries = [NOW + timedelta(seconds=7.5)]
    shop.kept.clear()
    assert (await get(caller)).headers["cache-control"] == "private, max-age=7"


async def test_who_has_the_answer_already_gets_no_body(shop: Shop) -> None:
    caller = shop.caller()
    etag = (await get(caller)).headers["etag"]
    for known in (etag, f'W/{etag}, "other"', "*"):
        same = await get(caller, **{"If-None-Match": known})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
        assert "content-type" not in same.headers
    other = await get(caller, **{"If-None-Match": '"other"'})
    assert (other.status_code, bool(other.content)) == (200, True)


async def test_what_is_not_kept_here_may_be_kept_nowhere(shop: Shop) -> None:
    for answer in (await shop.caller().ask(OFFERING), await get(shop.caller(), "{ node(id: 1) { id } }")):
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


async def test_answers_in_two_languages_and_media_types_are_told_apart(shop: Shop) -> None:
    caller = shop.caller()
    await caller.ask(OFFERING, headers={"Accept-Language": "zh"})
    await caller.ask(OFFERING, headers={"Accept-Language": "en"})
    assert (shop.hits(), shop.kept.count) == (0, 2)
    plain = await caller.ask(OFFERING, headers={"Accept-Language": "zh", "Accept": "application/json"})
    assert (shop.hits(), plain.headers["content-type"]) == (1, "application/json; charset=utf-8")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=5,
)
GIVEN = st.dictionaries(st.sampled_from(["code", "codes", "where", "stray", "x"]), VALUES)


def turned(value: Any) -> Any:
    """The same, with the keys of every object in the reverse order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(one) for one in value] if isinstance(value, list) else value


def meant(variables: dict[str, Any]) -> str:
    declared = {name: variables[name] for name in ("code", "codes", "where") if name in variables}
    return json.dumps(declared, sort_keys=True)


@given(GIVEN, GIVEN)
def test_variables_that_mean_the_same_and_no_others_make_the_same_key(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert canonical(OPERATION, one) == canonical(OPERATION, turned({**one, "y": 1}))
    assert (canonical(OPERATION, one) == canonical(OPERATION, other)) == (meant(one) == meant(other))


def principal(role: str, region: str | None) -> Principal:
    return Principal("s", role, region or "*", (), "c1", NOW + timedelta(hours=1))


ASKED = st.tuples(
    st.sampled_from(["storefront", "agent", "admin"]),
    st.sampled_from([None, "shanxi", "shanxi/taiyuan"]),
    st.sampled_from(["zh", "en"]),
    st.integers(0, 12),
    st.integers(0, 6),
)


def kept_sizes(kept: Responses) -> list[Answer]:
    return [*kept._short.values(), *kept._long.values()]


@settings(max_examples=150, deadline=None)
@given(st.lists(ASKED, max_size=120), st.integers(6_000, 40_000))
def test_in_whatever_order_all_ask_nobody_gets_another_audience_s_answer_and_there_is_room_for_all(
    asks: list[tuple[str, str | None, str, int, int]], most: int
) -> None:
    catalog = Catalog()
    kept = Responses(FIELDS, lambda: catalog, most)
    kept.turn_to(NOW)
    for role, region, language, question, spelling in asks:
        readers = audience(principal(role, region), language)
        asked = ("POST", b"%d %d" % (question, spelling), *readers)
        content = repr((role, region, language, question)).encode().ljust(60 * question)
        found = kept.again(asked) or kept.find((str(question), *readers), asked)
        assert found is None or found.content == content
        if found is None:
            kept.keep(Answer((str(question), *readers), content, DOCUMENT, OPERATION, kept.until), asked)
        answers = kept_sizes(kept)
        assert kept.bytes == sum(one.size for one in answers) <= most
        assert kept._short_bytes == sum(one.size for one in kept._short.values())
        assert {key for one in answers for key in one.spellings} == set(kept._asked)


def shelf(most: int) -> tuple[Responses, Callable[[str], bool]]:
    catalog = Catalog()
    kept = Responses(FIELDS, lambda: catalog, most)
    kept.turn_to(NOW)

    def ask(question: str) -> bool:
        asked = ("POST", question.encode())
        if kept.again(asked):
            return True
        kept.keep(Answer((question,), b"x" * 1000, DOCUMENT, OPERATION, kept.until), asked)
        return False

    return kept, ask


def test_what_is_asked_for_again_and_again_stays_while_thousands_ask_once() -> None:
    kept, ask = shelf(100_000)
    for _ in range(3):
        for popular in range(20):
            ask(f"popular {popular}")
    for number in range(2_000):
        ask(f"once {number}")
        if number % 10 == 0:
            ask(f"popular {number // 10 % 20}")
    assert all(ask(f"popular {popular}") for popular in range(20))
    assert kept.evictions > 1_000


def test_an_answer_that_would_fill_the_shelf_is_not_kept() -> None:
    kept, ask = shelf(8_000)
    assert not ask("large")
    assert kept.count == 0


def test_an_operation_s_verdict_is_reached_once() -> None:
    kept, _ = shelf(8_000)
    operation: Operation = next(
        iter(Documents(SCHEMA._schema, Limits()).prepare(OFFERING, role="admin").operations.values())
    )
    assert kept.takes(operation)
    assert operation.is_kept


def test_other_spellings_of_what_is_kept_take_no_more_room_than_there_is() -> None:
    kept = Responses(FIELDS, lambda: Catalog(), 20_000)
    kept.turn_to(NOW)
    for number in range(20):
        key = (f"question {number}",)
        kept.keep(Answer(key, b"{}", DOCUMENT, OPERATION, LATEST), key)
    for number in range(20):
        for blanks in range(1, 4):
            kept.find((f"question {number}",), (f"question {number}" + blanks * 1_000 * " ",))
            assert kept.bytes <= 20_000
    assert kept.evictions
