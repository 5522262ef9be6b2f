"""Endpoints of webhooks as GraphQL shows them: who is told of what, and how it goes.

Knows what is shown; must not know how a message is made or sent, nor show a secret.
"""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.graphql.common import After, Connection, First, UserError, connect
from api.graphql.context import JishiInfo
from catalog.feeds import webhook_store
from catalog.feeds.webhook import Endpoint, Stream, StreamStatus, Topic

TopicEnum = strawberry.enum(Topic, name="WebhookTopic", description="What an endpoint is told. 通知主题。")
StatusEnum = strawberry.enum(
    StreamStatus,
    name="WebhookStatus",
    description="DEAD: given up after too many failures; nothing is lost, resumeWebhook goes on. 状态。",
)


@strawberry.type(description="How an endpoint stands with one topic. 单个主题的投递情况。")
class WebhookStream:
    stream: strawberry.Private[Stream]

    @strawberry.field
    def topic(self) -> TopicEnum:  # type: ignore[valid-type]
        return self.stream.topic

    @strawberry.field
    def status(self) -> StatusEnum:  # type: ignore[valid-type]
        return self.stream.status

    @strawberry.field(description="Everything up to this number of the feed has arrived. 已送达的序号。")
    def cursor(self) -> strawberry.ID:
        return strawberry.ID(str(self.stream.cursor))

    @strawberry.field(description="How many rows wait; 10000 stands for more. 待投递条数。")
    def behind(self) -> int:
        return self.stream.behind

    @strawberry.field(description="How often the batch on its way has failed. 连续失败次数。")
    def attempts(self) -> int:
        return self.stream.attempts

    @strawberry.field(description="Not before then it is tried again. 下次尝试时间。")
    def next_at(self) -> datetime | None:
        return self.stream.next_at if self.stream.attempts else None

    @strawberry.field(description="What the receiver answered last; null: it did not. 最近响应码。")
    def last_status(self) -> int | None:
        return self.stream.last_status

    @strawberry.field(description="Why the last message failed. 最近失败原因。")
    def last_error(self) -> str | None:
        return self.stream.last_error

    @strawberry.field
    def last_at(self) -> datetime | None:
        return self.stream.last_at

    @strawberry.field(description="When something last arrived. 最近送达时间。")
    def delivered_at(self) -> datetime | None:
        return self.stream.delivered_at


@strawberry.type(description="An address that is told of what happens. 回调端点。")
class Webhook:
    endpoint: strawberry.Private[Endpoint]

    @strawberry.field
    def code(self) -> str:
        return self.endpoint.code

    @strawberry.field
    def url(self) -> str:
        return self.endpoint.url

    @strawberry.field(description="Whether messages carry phone number and name. 是否含个人信息。")
    def personal_data(self) -> bool:
        return self.endpoint.personal_data

    @strawberry.field
    def streams(self) -> list[WebhookStream]:
        return [WebhookStream(stream=one) for one in self.endpoint.streams]

    @strawberry.field(description="Until then messages are signed with the secret before as well. 旧密钥有效期。")
    def previous_secret_until(self) -> datetime | None:
        return self.endpoint.previous_until

    @strawberry.field
    def created_at(self) -> datetime:
        return self.endpoint.created_at

    @strawberry.field(description="Hand it to changeWebhook. 版本标记。")
    def etag(self) -> str:
        return str(self.endpoint.etag)


@strawberry.type(description="An endpoint after an edit. 编辑结果。")
class WebhookPayload:
    object: Webhook | None
    secret: str | None = strawberry.field(description="Shown now and never again; keep it. 密钥，仅此一次显示。")
    user_errors: list[UserError]


@strawberry.type
class WebhookQuery:
    @strawberry.field(description="Who is told of what, and how it goes, by code. 回调端点列表。")
    async def webhooks(self, info: JishiInfo, first: First, after: After = None) -> Connection[Webhook]:
        found = await webhook_store.endpoints(info.context.services.db)
        return connect(found, lambda one: Webhook(endpoint=one), first, after, lambda one: (one.code,))

    @strawberry.field(description="One endpoint by code. 查回调端点。")
    async def webhook(self, info: JishiInfo, code: str) -> Webhook | None:
        found = await webhook_store.endpoints(info.context.services.db, code)
        return Webhook(endpoint=found[0]) if found else None
