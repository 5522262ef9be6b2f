"""Nobody sees what is not theirs: every role at every field of the schema, every region at every customer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import trial_files
import trial_tables
from trial_documents import documents

from api import settings
from api.app import build
from api.auth import EVERYWHERE, ROLES, Issuer
from api.graphql.access import RULES
from api.graphql.schema import schema
from sql.pool import Database

HERE, ELSEWHERE = trial_files.REGIONS
Ask = Callable[..., Any]


@pytest.fixture
async def ask(operator_dsn: str, tmp_path: Path) -> AsyncIterator[Ask]:
    """`await ask(document, role, region=…, customer=…)` is the body of the answer; each caller is somebody new."""
    chosen = settings.read({"JISHI_HOME": str(tmp_path / "home")})
    db = await Database.open(operator_dsn)
    application = build(chosen, db)
    issuer, callers = Issuer.at(chosen.home), count()
    transport = httpx.ASGITransport(application)
    async with (
        application.router.lifespan_context(application),
        httpx.AsyncClient(transport=transport, base_url="http://jishi") as client,
    ):

        async def ask(document: str, role: str, **claims: Any) -> Any:
            if role == "agent":
                claims.setdefault("region", EVERYWHERE)
            if role == "customer":
                claims.setdefault("customer", "C1")
            subject, at = f"{role} {next(callers)}", datetime.now(UTC)
            token = issuer.token(subject=subject, role=role, lifetime=timedelta(hours=1), at=at, **claims)
            answer = await client.post(
                "/graphql", json={"query": document}, headers={"Authorization": f"Bearer {token}"}
            )
            return answer.json()

        yield ask
    await db.close()


def may(role: str, coordinate: str) -> bool:
    """As the table says; what it does not name is closed."""
    kind = coordinate.partition(".")[0]
    return role in RULES.get(coordinate, RULES.get(f"{kind}.*", frozenset()))


def codes(answer: Any) -> set[str]:
    return {error["extensions"]["code"] for error in answer.get("errors", ())}


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.slow)])
async def test_every_role_reaches_exactly_the_fields_that_are_its_own(
    ask: Ask, step: int, figure: Callable[[str, str, str], None]
) -> None:
    """Quickly: each role at every fifth field, and each field by at least one role."""
    node = (await ask('{ productOffering(code: "STUDENT") { id } }', "admin"))["data"]["productOffering"]["id"]
    every = list(documents(schema._schema, node))
    opened = closed = 0
    wrong = []
    for place, role in enumerate(ROLES):
        for one in every[place % step :: step]:
            answer = await ask(one.document, role)
            if all(may(role, coordinate) for coordinate in one.fields):
                opened += 1
                # What is asked for may be missing, or make no sense; it is neither forbidden nor a fault of ours.
                works = not codes(answer) & {"FORBIDDEN", "INTERNAL", "VALIDATION_ERROR"}
            else:
                closed += 1
                works = codes(answer) == {"FORBIDDEN"} and not answer.get("data")
            if not works:
                wrong.append(f"{role} {one.document}: {json.dumps(answer)[:200]}")
    assert wrong == []
    reached = {one.coordinate for one in every}
    assert len(reached) > 150
    figure(
        "Nobody sees what is not theirs",
        f"{len(ROLES)} roles × {len(reached)} fields of the schema",
        f"{opened} answered, {closed} FORBIDDEN, 0 leaks",
    )


# {} stands for the customer, {number} for the phone number.
NAMING = [
    '{{ customer(id: "{code}") {{ id msisdn name place brand personalisation products(first: 5) {{ totalCount }}'
    " marketSegment {{ code }} }} }}",
    '{{ customer(msisdn: "{number}") {{ id name }} }}',
    '{{ recommendation(customerId: "{code}", first: 3) {{ id recommendationItem {{ score }} withheld {{ count }} }} }}',
    '{{ recommendation(msisdn: "{number}", first: 3) {{ customer {{ id }} }} }}',
]
MUTATIONS = [
    'mutation {{ setPersonalisation(input: {{idempotencyKey: "{key}", customerId: "{code}", personalisation: false}})'
    " {{ personalisation changed userErrors {{ path code message }} }} }}",
]


def naming(template: str, number: int, key: str) -> str:
    """C{number}, or for a number beyond the operator's customers somebody whom there is not."""
    return template.format(code=f"C{number}", number=trial_files.msisdn(number), key=key)


@pytest.mark.parametrize("template", NAMING + MUTATIONS)
async def test_a_customer_elsewhere_looks_like_one_who_does_not_exist(
    ask: Ask, operator_dsn: str, template: str
) -> None:
    everywhere = {"role": "agent"}
    strangers: list[dict[str, Any]] = [
        {"role": "agent", "region": HERE},
        {"role": "agent", "region": f"{HERE}/xiaodian"},
        {"role": "agent", "region": ELSEWHERE[:-2]},
        {"role": "agent", "region": "shanxi/%"},
        {"role": "agent", "region": "shanxi/"},
        {"role": "customer", "customer": "C1"},
        {"role": "customer", "customer": "c2"},
    ]
    for number, who in enumerate(strangers):
        hidden = await ask(naming(template, 2, f"a{number}"), **who)
        missing = await ask(naming(template, 999_999, f"b{number}"), **who)
        assert without_ids(hidden) == without_ids(missing), who
        assert "王" not in json.dumps(hidden, ensure_ascii=False)
    for number, who in enumerate([everywhere, {"role": "agent", "region": ELSEWHERE}, {"role": "admin"}]):
        seen = await ask(naming(template, 2, f"c{number}"), **who)
        missing = await ask(naming(template, 999_999, f"d{number}"), **who)
        assert without_ids(seen) != without_ids(missing), who
    assert await trial_tables.fetch(operator_dsn, "select 1 from audit where entity_id = 'C2' limit 1")


def without_ids(answer: Any) -> Any:
    for error in answer.get("errors", ()):
        error["extensions"].pop("requestId")
    return answer


async def test_an_attempt_to_change_somebody_elsewhere_changes_nothing(ask: Ask, operator_dsn: str) -> None:
    before = await trial_tables.fingerprint(operator_dsn)
    await ask(naming(MUTATIONS[0], 2, "k"), "agent", region=HERE)
    await ask(naming(MUTATIONS[0], 2, "k"), "customer", customer="C1")
    assert await trial_tables.fingerprint(operator_dsn) == before


async def test_a_market_elsewhere_looks_like_one_that_does_not_exist(ask: Ask) -> None:
    for template in (
        '{{ marketSegment(code: "{0}") {{ code name size }} }}',
        '{{ marketRecommendation(market: "{0}", first: 3) {{ members items {{ priority }} }} }}',
    ):
        hidden = await ask(template.format("CAMPUS"), "agent", region=HERE)
        assert hidden == await ask(template.format("NOWHERE"), "agent", region=HERE)
        assert hidden != await ask(template.format("CAMPUS"), "agent", region=ELSEWHERE)
    listed = await ask("{ marketSegments(first: 50) { totalCount nodes { code } } }", "agent", region=HERE)
    assert listed["data"]["marketSegments"] == {"totalCount": 1, "nodes": [{"code": "PARK"}]}
