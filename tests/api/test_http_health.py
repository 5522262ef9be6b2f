"""A supervisor learns at once whether the process lives and can work, and the figures count requests by kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
from http_standin import Caller, endpoint, token
from starlette.applications import Starlette

from api.graphql.http import GraphQLEndpoint
from api.health import routes
from api.metrics import Metrics

Call = Callable[..., Caller]


def app(metrics: Metrics, reason: str | None) -> httpx.AsyncClient:
    served = Starlette(routes=list(routes(metrics, lambda: reason)))
    return httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://jishi")


async def test_a_process_that_lives_but_cannot_work_says_why() -> None:
    waiting, working = app(Metrics(), "no catalog yet"), app(Metrics(), None)
    assert (await waiting.get("/livez")).status_code == 200
    not_ready = await waiting.get("/readyz")
    assert (not_ready.status_code, not_ready.json()["reason"]) == (503, "no catalog yet")
    assert (await working.get("/readyz")).status_code == 200


async def test_requests_refusals_errors_and_cache_hits_are_counted(served: GraphQLEndpoint, caller: Call) -> None:
    await caller("agent").ask("{ whoami }")
    await caller("agent").ask("{ whoami }")
    await caller("agent").ask("{ surprise }")
    await caller("agent").ask("{ offerings(first: 101) { totalCount } }")
    await Caller(served, None).ask("{ whoami }")
    text = (await app(served.metrics, None).get("/metrics")).text
    for line in (
        'jishi_requests_total{operation="query",role="agent",status="200"} 3.0',
        'jishi_requests_total{operation="none",role="none",status="401"} 1.0',
        'jishi_refused_total{limit="first"} 1.0',
        'jishi_errors_total{code="INTERNAL"} 1.0',
        'jishi_errors_total{code="UNAUTHENTICATED"} 1.0',
        'jishi_cache_total{cache="document",result="hit"} 1.0',
        'jishi_request_seconds_count{operation="query"} 4.0',
    ):
        assert line in text.splitlines()


async def test_a_cache_that_counts_by_itself_stands_beside_the_others() -> None:
    metrics = Metrics()
    metrics.looked_up("document", hit=True)
    metrics.count("memo", lambda: (7, 2))
    text = (await app(metrics, None).get("/metrics")).text.splitlines()
    for name, result, count in (("document", "hit", 1), ("memo", "hit", 7), ("memo", "miss", 2)):
        assert f'jishi_cache_total{{cache="{name}",result="{result}"}} {count}.0' in text


async def test_two_servers_in_one_process_count_apart(tmp_path: Path) -> None:
    (first, issuer), (second, _) = endpoint(tmp_path), endpoint(tmp_path)
    await Caller(first, token(issuer)).ask("{ whoami }")
    assert "jishi_requests_total{" not in second.metrics.exposition().decode()


async def test_answers_carry_headers_that_keep_them_private(caller: Call) -> None:
    headers = (await caller().ask("{ whoami }")).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
