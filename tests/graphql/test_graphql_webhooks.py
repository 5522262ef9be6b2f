"""An operator registers who is told, sees how it goes, and mends it."""

from __future__ import annotations

from itertools import count

import pytest

KEYS = count()
REGISTER = """mutation($input: RegisterWebhookInput!) { registerWebhook(input: $input) {
  object { code url personalData etag streams { topic status behind attempts } } secret userErrors { path code } } }"""
CHANGE = """mutation($input: ChangeWebhookInput!) { changeWebhook(input: $input) {
  object { url etag streams { topic } } secret userErrors { path code } } }"""
ROTATE = """mutation($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) {
  object { previousSecretUntil } secret userErrors { path code } } }"""
PAUSE = """mutation($input: WebhookTopicInput!) { pauseWebhook(input: $input) {
  object { streams { topic status } } userErrors { code } } }"""
RESUME = """mutation($input: ResumeWebhookInput!) { resumeWebhook(input: $input) {
  object { streams { topic status } } userErrors { code } } }"""
REMOVE = (
    """mutation($input: RemoveWebhookInput!) { removeWebhook(input: $input) { object { code } userErrors { code } } }"""
)
LIST = "{ webhooks(first: 10) { nodes { code url } totalCount } }"


@pytest.fixture
def do(ask):
    async def do(document, role="operator", **fields):
        given = {"idempotencyKey": f"hook-{next(KEYS)}"} | fields
        answer = await ask(document, role, language="en", input=given)
        assert "errors" not in answer, answer
        return next(iter(answer["data"].values()))

    return do


@pytest.fixture
async def hook(do):
    return await do(REGISTER, code="crm", url="https://crm.example/hook", topics=["CATALOG_CHANGED"])


async def test_a_secret_is_shown_when_it_is_made_and_stands_in_no_table(do, hook, operator):
    assert hook["userErrors"] == []
    assert hook["secret"].startswith("whsec_")
    assert hook["object"]["streams"] == [{"topic": "CATALOG_CHANGED", "status": "ACTIVE", "behind": 0, "attempts": 0}]
    secret = hook["secret"].removeprefix("whsec_")
    for table in ("webhook_endpoint", "audit", "idempotency"):
        rows = await operator.fetch(f"select t::text as row from {table} t")
        assert not any(secret in row["row"] for row in rows)


async def test_a_retry_of_a_registration_shows_the_same_secret(do):
    given = {"code": "crm", "url": "https://crm.example/hook", "topics": ["HAND_OVER_CHANGED"], "idempotencyKey": "one"}
    first, second = await do(REGISTER, **given), await do(REGISTER, **given)
    assert first["secret"] == second["secret"]
    assert first["object"]["etag"] == second["object"]["etag"] == "1"


async def test_rotation_makes_another_secret_and_keeps_the_old_one_for_a_while(do, hook):
    rotated = await do(ROTATE, code="crm", previousForHours=2)
    assert rotated["secret"].startswith("whsec_")
    assert rotated["secret"] != hook["secret"]
    assert rotated["object"]["previousSecretUntil"] is not None


REFUSED = [
    ({"url": "http://crm.example/hook"}, {"path": ["input", "url"], "code": "INVALID"}),
    ({"url": "https://10.0.0.7/hook"}, {"path": ["input", "url"], "code": "INVALID"}),
    ({"topics": []}, {"path": ["input", "topics"], "code": "MISSING"}),
    ({"code": ""}, {"path": ["input", "code"], "code": "MISSING"}),
    ({"personalData": True}, {"path": ["input", "personalData"], "code": "FORBIDDEN"}),
]


async def test_what_must_not_be_registered_is_refused(do):
    for fields, error in REFUSED:
        given = {"code": "crm", "url": "https://crm.example/hook", "topics": ["CATALOG_CHANGED"]} | fields
        answer = await do(REGISTER, **given)
        assert (answer["object"], answer["secret"], answer["userErrors"]) == (None, None, [error])


async def test_personal_data_is_granted_by_an_admin(do):
    given = {"code": "boss", "url": "https://boss.example", "topics": ["HAND_OVER_CHANGED"], "personalData": True}
    assert (await do(REGISTER, role="admin", **given))["object"]["personalData"] is True


async def test_a_code_is_registered_once(do, hook):
    again = await do(REGISTER, code="crm", url="https://other.example", topics=["CATALOG_CHANGED"])
    assert again["userErrors"] == [{"path": ["input", "code"], "code": "DUPLICATE_CODE"}]


async def test_an_endpoint_is_changed_paused_resumed_and_removed(do, hook, ask):
    changed = await do(CHANGE, code="crm", etag="1", url="https://new.example", topics=["HAND_OVER_CHANGED"])
    assert changed["object"] == {"url": "https://new.example", "etag": "2", "streams": [{"topic": "HAND_OVER_CHANGED"}]}
    stale = await do(CHANGE, code="crm", etag="1", url="https://newer.example")
    assert stale["userErrors"] == [{"path": ["input", "etag"], "code": "CONFLICT"}]
    paused = await do(PAUSE, code="crm")
    assert paused["object"]["streams"] == [{"topic": "HAND_OVER_CHANGED", "status": "PAUSED"}]
    resumed = await do(RESUME, code="crm", topic="HAND_OVER_CHANGED")
    assert resumed["object"]["streams"] == [{"topic": "HAND_OVER_CHANGED", "status": "ACTIVE"}]
    await do(REMOVE, code="crm")
    assert (await ask(LIST, "operator"))["data"]["webhooks"] == {"nodes": [], "totalCount": 0}
    gone = await do(PAUSE, code="crm")
    assert gone["userErrors"] == [{"code": "NOT_FOUND"}]


async def test_others_learn_nothing_of_endpoints(ask):
    for role in ("storefront", "agent", "product_manager", "analyst", "developer"):
        answer = await ask(LIST, role)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
