"""Endpoints of webhooks are registered, changed, paused, resumed and taken away.

Knows inputs and the order of the steps; must not know how a message is sent. A secret is shown when it is made, and
never again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import strawberry

from api.graphql.common import UserError
from api.graphql.context import Context, JishiInfo
from api.graphql.edits import KeyedInput, Response, once, user_error, wrong_texts
from api.graphql.webhook import TopicEnum, Webhook, WebhookPayload
from catalog.customer_store import write_audit
from catalog.feeds import webhook_store
from catalog.feeds.webhook import Endpoint, StreamStatus, Topic, secret, written_secret
from catalog.text import Text
from sql.pool import Connection

MOST_HOURS = 24 * 30

TAKEN = Text("此代码已被使用", "this code is taken; choose another")
MISSING = Text("没有此回调端点", "there is no such endpoint")
NO_TOPIC = Text("至少选择一个主题", "name at least one topic")
NOT_YOURS = Text("仅管理员可授予个人信息权限", "only an admin grants personal data")
NO_HOURS = Text(f"须在 0 到 {MOST_HOURS} 之间", f"must lie between 0 and {MOST_HOURS}")
CONFLICT = Text("他人已先行修改，请重新读取", "somebody else was faster; read it again")
EMPTY = Text("不能为空", "is empty")


@strawberry.input(description="A new endpoint. 新回调端点。")
class RegisterWebhookInput(KeyedInput):
    code: str = strawberry.field(description="What people call it. 代码。")
    url: str = strawberry.field(description="https, and no private address. 地址。")
    topics: list[TopicEnum]  # type: ignore[valid-type]
    personal_data: bool = strawberry.field(default=False, description="By an admin alone. 个人信息权限。")


@strawberry.input(description="An endpoint as it should be; what is left out stays. 修改回调端点。")
class ChangeWebhookInput(KeyedInput):
    code: str
    etag: str
    url: str | None = None
    topics: list[TopicEnum] | None = None  # type: ignore[valid-type]
    personal_data: bool | None = None


@strawberry.input(description="A new secret. 更换密钥。")
class RotateWebhookSecretInput(KeyedInput):
    code: str
    previous_for_hours: int = strawberry.field(default=24, description="The old one signs on so long. 旧密钥保留时长。")


@strawberry.input(description="An endpoint, or one of its topics. 回调端点及主题。")
class WebhookTopicInput(KeyedInput):
    code: str
    topic: TopicEnum | None = strawberry.field(  # type: ignore[valid-type]
        default=None, description="Absent: all of them. 主题，空为全部。"
    )


@strawberry.input(description="An endpoint that goes on. 恢复回调。")
class ResumeWebhookInput(WebhookTopicInput):
    skip: bool = strawberry.field(default=False, description="Pass over the batch that failed. 跳过失败批次。")


@strawberry.input(description="An endpoint that is taken away. 删除回调端点。")
class RemoveWebhookInput(KeyedInput):
    code: str


Act = Callable[[Connection, Endpoint], Awaitable[Response]]


def _refused(context: Context, key: str, code: str, message: Text) -> Response:
    return {"errors": [{"path": key, "code": code, "message": message.said(context.language)}]}


def _wrong(context: Context, url: str | None, topics: list[Topic] | None, personal: bool | None) -> list[UserError]:
    found = []
    if url is not None and (wrong := context.services.reach.wrong_url(url)):
        found.append(user_error(context, ["url"], "INVALID", wrong))
    if topics is not None and not topics:
        found.append(user_error(context, ["topics"], "MISSING", NO_TOPIC))
    if personal and context.principal.role != "admin":
        found.append(user_error(context, ["personalData"], "FORBIDDEN", NOT_YOURS))
    return found


async def _done(
    context: Context, code: str, response: Response | list[UserError], *, shows_secret: bool = False
) -> WebhookPayload:
    if isinstance(response, list):
        return WebhookPayload(object=None, secret=None, user_errors=response)
    if response.get("errors"):
        errors = [UserError(path=["input", one["path"]], code=one["code"], message=one["message"])
                  for one in response["errors"]]  # fmt: skip
        return WebhookPayload(object=None, secret=None, user_errors=errors)
    found = await webhook_store.endpoints(context.services.db, code)
    # A retry with the same key shows it too: the first answer may have been lost on its way.
    made = response.get("secret")
    raw = secret(context.services.webhook_key, made[0], made[1]) if shows_secret and made else None
    return WebhookPayload(
        object=Webhook(endpoint=found[0]) if found else None,
        secret=written_secret(raw) if raw else None,
        user_errors=[],
    )


async def _audit(conn: Connection, context: Context, action: str, code: str, **detail: object) -> None:
    await write_audit(conn, context.caller, context.at, f"webhook.{action}", "webhook", code, detail)


@strawberry.type
class WebhookMutation:
    @strawberry.mutation(description="Tells an address of what happens from now on. 登记回调端点。")
    async def register_webhook(self, info: JishiInfo, input: RegisterWebhookInput) -> WebhookPayload:
        context = info.context
        errors = wrong_texts(context, code=input.code)
        errors += [] if input.code else [user_error(context, ["code"], "MISSING", EMPTY)]
        errors += _wrong(context, input.url, input.topics, input.personal_data)
        if errors:
            return WebhookPayload(object=None, secret=None, user_errors=errors)

        async def act(conn: Connection) -> Response:
            made = await webhook_store.add(
                conn, input.code, input.url, input.personal_data, context.at, context.principal.subject
            )
            if made is None:
                return _refused(context, "code", "DUPLICATE_CODE", TAKEN)
            await webhook_store.follow(conn, made, input.topics)
            await _audit(conn, context, "register", input.code, url=input.url, personalData=input.personal_data)
            return {"secret": [made, 1]}

        response = await once(context, "registerWebhook", input, act)
        return await _done(context, input.code, response, shows_secret=True)

    @strawberry.mutation(description="Changes where an endpoint lies and what it is told. 修改回调端点。")
    async def change_webhook(self, info: JishiInfo, input: ChangeWebhookInput) -> WebhookPayload:
        context = info.context
        if errors := _wrong(context, input.url, input.topics, input.personal_data):
            return WebhookPayload(object=None, secret=None, user_errors=errors)

        async def act(conn: Connection, known: Endpoint) -> Response:
            if str(known.etag) != input.etag:
                return _refused(context, "etag", "CONFLICT", CONFLICT)
            personal = known.personal_data if input.personal_data is None else input.personal_data
            await webhook_store.change(conn, replace(known, url=input.url or known.url, personal_data=personal))
            if input.topics is not None:
                await webhook_store.follow(conn, known.id, input.topics)
            await _audit(conn, context, "change", input.code, before=known.url, after=input.url, personalData=personal)
            return {}

        return await _done(context, input.code, await _on(context, "changeWebhook", input, act))

    @strawberry.mutation(description="Makes a new secret; for a while both sign. 更换密钥，过渡期内新旧并用。")
    async def rotate_webhook_secret(self, info: JishiInfo, input: RotateWebhookSecretInput) -> WebhookPayload:
        context = info.context
        if not 0 <= input.previous_for_hours <= MOST_HOURS:
            errors = [user_error(context, ["previousForHours"], "OUTSIDE_LIMITS", NO_HOURS)]
            return WebhookPayload(object=None, secret=None, user_errors=errors)

        async def act(conn: Connection, known: Endpoint) -> Response:
            until = context.at + timedelta(hours=input.previous_for_hours)
            fresh = replace(known, secret_generation=known.secret_generation + 1, previous_until=until)
            await webhook_store.change(conn, fresh)
            await _audit(conn, context, "rotate", input.code, generation=fresh.secret_generation)
            return {"secret": [known.id, fresh.secret_generation]}

        response = await _on(context, "rotateWebhookSecret", input, act)
        return await _done(context, input.code, response, shows_secret=True)

    @strawberry.mutation(description="Tells an endpoint nothing until it is resumed; nothing is lost. 暂停回调。")
    async def pause_webhook(self, info: JishiInfo, input: WebhookTopicInput) -> WebhookPayload:
        context = info.context

        async def act(conn: Connection, known: Endpoint) -> Response:
            await webhook_store.set_status(conn, known.id, input.topic, StreamStatus.PAUSED)
            await _audit(conn, context, "pause", input.code, topic=input.topic)
            return {}

        return await _done(context, input.code, await _on(context, "pauseWebhook", input, act))

    @strawberry.mutation(description="Goes on where an endpoint was paused or given up. 恢复回调。")
    async def resume_webhook(self, info: JishiInfo, input: ResumeWebhookInput) -> WebhookPayload:
        context = info.context

        async def act(conn: Connection, known: Endpoint) -> Response:
            if input.skip:
                await webhook_store.skip(conn, known.id, input.topic)
            await webhook_store.set_status(conn, known.id, input.topic, StreamStatus.ACTIVE)
            await _audit(conn, context, "resume", input.code, topic=input.topic, skip=input.skip)
            return {}

        return await _done(context, input.code, await _on(context, "resumeWebhook", input, act))

    @strawberry.mutation(description="Takes an endpoint away. 删除回调端点。")
    async def remove_webhook(self, info: JishiInfo, input: RemoveWebhookInput) -> WebhookPayload:
        context = info.context

        async def act(conn: Connection, known: Endpoint) -> Response:
            await webhook_store.remove(conn, known.id)
            await _audit(conn, context, "remove", input.code, url=known.url)
            return {}

        return await _done(context, input.code, await _on(context, "removeWebhook", input, act))


async def _on(context: Context, name: str, given: KeyedInput, act: Act) -> Response | list[UserError]:
    """Runs `act` on the endpoint that `given` names, once for its key."""
    code: str = given.code  # type: ignore[attr-defined]

    async def found(conn: Connection) -> Response:
        known = await webhook_store.take(conn, code)
        return await act(conn, known) if known else _refused(context, "code", "NOT_FOUND", MISSING)

    return await once(context, name, given, found)
