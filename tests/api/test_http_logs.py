"""One line of log for each request, which finds it again and says nothing about a person."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from http_standin import PHONE, Caller

from api import logs

Call = Callable[..., Caller]


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The lines logged so far, each read back as the object it is."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = io.StringIO()
    logs.configure(stream)
    logging.getLogger("httpx").setLevel(logging.WARNING)

    def written() -> list[dict[str, Any]]:
        logs.flush()
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    yield written
    root.handlers[:], level = before
    root.setLevel(level)


async def test_a_request_is_one_line_with_what_is_needed_to_find_it(caller: Call, lines: Callable[[], Any]) -> None:
    response = await caller("agent").ask("query WhoAmI { whoami }", headers={"X-Request-ID": "hall-7.2026"})
    (line,) = lines()
    assert {name: line[name] for name in ("requestId", "operation", "operationName", "role", "status", "codes")} == {
        "requestId": "hall-7.2026",
        "operation": "query",
        "operationName": "WhoAmI",
        "role": "agent",
        "status": 200,
        "codes": [],
    }
    assert len(line["document"]) == 16
    assert line["milliseconds"] > 0
    assert response.headers["x-request-id"] == "hall-7.2026"


@pytest.mark.parametrize("given", ["short", "x" * 65, "a b c d e f", 'evil"},{', f"call-{PHONE}", f"86{PHONE}", ""])
async def test_a_request_id_that_is_not_plain_is_replaced(caller: Call, given: str) -> None:
    response = await caller().ask("{ whoami }", headers={"X-Request-ID": given})
    assert response.headers["x-request-id"] != given
    assert len(response.headers["x-request-id"]) == 32


async def test_no_telephone_number_and_no_subject_reaches_the_log(caller: Call, lines: Callable[[], Any]) -> None:
    agent = caller("agent")
    await agent.ask(f"query q{PHONE} {{ surprise wrongValue noDatabase }}", {"msisdn": PHONE})
    await agent.ask(f'{{ customer(id: "{PHONE}") {{ msisdn }} }}')
    await agent.http.get("/graphql", params={"query": f'{{ offering(code: "{PHONE}") {{ code }} }}'})
    await agent.http.get("/graphql", params={"query": PHONE}, headers={"X-Request-ID": PHONE, "Authorization": PHONE})
    logging.getLogger("a.library").warning("called %s for %s", PHONE, "nobody")
    text = json.dumps(lines(), ensure_ascii=False)
    assert len(lines()) >= 6
    for secret in (PHONE, "张三", "somebody", "DATA_10G"):
        assert secret not in text


async def test_a_surprise_is_logged_with_the_place_where_it_happened(caller: Call, lines: Callable[[], Any]) -> None:
    response = await caller().ask("{ surprise }")
    surprise = next(line for line in lines() if line["level"] == "error")
    assert surprise["requestId"] == response.headers["x-request-id"]
    assert surprise["exception"][0].startswith("KeyError: ")
    assert any("surprise in" in frame and "http_standin.py" in frame for frame in surprise["exception"])


def test_scrubbing_leaves_identifiers_and_takes_values() -> None:
    kept = 'column "msisdn" of relation "customer" does not exist'
    assert logs.scrub_quoted(kept) == kept
    assert logs.scrub_quoted("invalid input for integer: '张三'") == "invalid input for integer: '…'"
    assert logs.scrub_quoted(f"Key (msisdn)=({PHONE}) is taken") == "Key (msisdn)=(#) is taken"
