"""Tags of customers: the register, what one customer is called, and what people say of it.

Knows inputs and whose customer it may be; must not know how a rule is evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from api.graphql.common import After, First, Language, TimePeriod, UserError, connect
from api.graphql.common import Connection as Page
from api.graphql.context import Context, JishiInfo
from api.graphql.edits import NAIVE, KeyedInput, Response, once, user_error, wrong_texts, wrong_times
from api.graphql.product_mutations import NO_CUSTOMER
from catalog import tag_store
from catalog.customer_store import write_audit
from catalog.documents.values import ValueReader
from catalog.errors import Problem
from catalog.period import Period
from catalog.policies.condition import Condition
from catalog.policies.document import read_condition, write_condition
from catalog.tag import PERSON, Said
from catalog.tag import Tag as TagValue
from catalog.text import Text
from sql.pool import Connection

MOST = 100
CONFLICT = Text(
    "他人已先行修改，或标签已存在，请重新读取", "somebody else was faster, or the tag is there; read it again"
)
UNKNOWN = Text("没有此标签，或已停用", "there is no such tag, or it is not in force")
NO_CODE = Text("代码为 1 到 64 个字符，不含分号", "a code has 1 to 64 characters and no semicolon")
PAST = Text("截止时间须在将来", "must lie ahead")
TOO_MANY = Text(f"一次最多 {MOST} 个标签", f"at most {MOST} tags at once")
ENDS_BEFORE = Text("结束须晚于开始", "must end after it starts")


@strawberry.type(description="A label of customers. 标签。")
class Tag:
    tag: strawberry.Private[TagValue]
    language: strawberry.Private[str]

    @strawberry.field
    def code(self) -> str:
        return self.tag.code

    @strawberry.field(description="What people call it. 名称。")
    def name(self, language: Language | None = None) -> str | None:
        return self.tag.name.said(language.value if language else self.language) or None

    @strawberry.field(description="The rule that sets it, as of a policy; null: people and files do. 打标规则。")
    def condition(self) -> JSON | None:
        return None if self.tag.condition is None else JSON(write_condition(self.tag.condition))

    @strawberry.field
    def valid_for(self) -> TimePeriod:
        return TimePeriod.of(self.tag.valid)

    @strawberry.field(description="Hand it to putTag. 版本标记。")
    def etag(self) -> str:
        return str(self.tag.etag)


@strawberry.type(description="A tag after an edit. 标签编辑结果。")
class TagPayload:
    object: Tag | None
    user_errors: list[UserError]


@strawberry.type(description="A customer's tags after an edit. 客户标签编辑结果。")
class CustomerTagsPayload:
    tags: list[str] = strawberry.field(description="Those that hold now, from files, people and rules. 当前标签。")
    user_errors: list[UserError]


@strawberry.input(description="A tag as it should be. 标签。")
class PutTagInput(KeyedInput):
    code: str
    name_zh: str | None = None
    name_en: str | None = None
    condition: JSON | None = strawberry.field(
        default=None, description='As of a policy: {"fact": "customer.tenure", "range": {"min": 24}}. 打标规则。'
    )
    valid_from: datetime | None = None
    valid_to: datetime | None = strawberry.field(
        default=None, description="From then on it holds of nobody. 停用时间。"
    )
    etag: str | None = strawberry.field(default=None, description="Of the tag that is changed; absent: new. 版本标记。")


@strawberry.input(description="A tag to be set. 添加标签。")
class AddTagInput:
    tag: str
    until: datetime | None = strawberry.field(default=None, description="Absent: until it is removed. 截止时间。")


@strawberry.input(description="What a person says of a customer's tags; it stands against files and rules. 客户标签。")
class SetCustomerTagsInput(KeyedInput):
    customer_id: strawberry.ID
    add: list[AddTagInput] = strawberry.field(default_factory=list)
    remove: list[str] = strawberry.field(default_factory=list, description="These do not hold. 移除。")
    forget: list[str] = strawberry.field(
        default_factory=list, description="Of these, files and rules decide again. 恢复由文件与规则决定。"
    )
    reason: str | None = None


@strawberry.type
class TagQuery:
    @strawberry.field(description="Every tag, by code. 标签列表。")
    async def tags(self, info: JishiInfo, first: First, after: After = None) -> Page[Tag]:
        found = await tag_store.tags(info.context.services.db)
        language = info.context.language
        return connect(found, lambda one: Tag(tag=one, language=language), first, after, lambda one: (one.code,))


@strawberry.type
class TagMutation:
    @strawberry.mutation(description="Makes or changes a tag; `jishi tag` puts its rule to everybody. 维护标签。")
    async def put_tag(self, info: JishiInfo, input: PutTagInput) -> TagPayload:
        context = info.context
        wanted = _read(context, input)
        if isinstance(wanted, list):
            return TagPayload(object=None, user_errors=wanted)

        async def act(conn: Connection) -> Response:
            etag = int(input.etag) if input.etag and input.etag.isdecimal() else None
            if await tag_store.put(conn, wanted, etag) is None:
                return {"errors": True}
            detail = {"condition": input.condition, "name": wanted.name.to_json()}
            await write_audit(conn, context.caller, context.at, "tag.put", "tag", wanted.code, detail)
            return {"code": wanted.code}

        response = await once(context, "putTag", input, act)
        if isinstance(response, list):
            return TagPayload(object=None, user_errors=response)
        if response.get("errors"):
            return TagPayload(object=None, user_errors=[user_error(context, ["etag"], "CONFLICT", CONFLICT)])
        found = await tag_store.tags(context.services.db, input.code)
        return TagPayload(object=Tag(tag=found[0], language=context.language), user_errors=[])

    @strawberry.mutation(description="Sets and removes tags of one customer, for a reason and a time. 设置客户标签。")
    async def set_customer_tags(self, info: JishiInfo, input: SetCustomerTagsInput) -> CustomerTagsPayload:
        context = info.context
        errors = await _wrong(context, input)
        if errors:
            return CustomerTagsPayload(tags=[], user_errors=errors)

        async def act(conn: Connection) -> Response:
            said = await tag_store.take(conn, input.customer_id, context.principal.limit)
            if said is None:
                return {"errors": True}
            await tag_store.say(conn, input.customer_id, _after(context, input, said), context.at)
            detail = {
                "added": [one.tag for one in input.add],
                "removed": input.remove,
                "forgotten": input.forget,
                "reason": input.reason,
            }
            await write_audit(conn, context.caller, context.at, "customer.tags", "customer", input.customer_id, detail)
            return {"tags": await tag_store.holding(conn, input.customer_id, context.at)}

        response = await once(context, "setCustomerTags", input, act)
        if isinstance(response, list):
            return CustomerTagsPayload(tags=[], user_errors=response)
        if response.get("errors"):
            errors = [user_error(context, ["customerId"], "UNKNOWN_CUSTOMER", NO_CUSTOMER)]
            return CustomerTagsPayload(tags=[], user_errors=errors)
        return CustomerTagsPayload(tags=response["tags"], user_errors=[])


def _read(context: Context, given: PutTagInput) -> TagValue | list[UserError]:
    errors = wrong_texts(context, code=given.code, nameZh=given.name_zh, nameEn=given.name_en)
    errors += wrong_times(context, validFrom=given.valid_from, validTo=given.valid_to)
    if not 1 <= len(given.code) <= 64 or ";" in given.code or "；" in given.code:
        errors.append(user_error(context, ["code"], "INVALID", NO_CODE))
    if not errors and given.valid_from and given.valid_to and given.valid_to <= given.valid_from:
        errors.append(user_error(context, ["validTo"], "ENDS_BEFORE_START", ENDS_BEFORE))
    condition = _condition(context, given.condition)
    if isinstance(condition, list):
        errors += condition
    if errors or isinstance(condition, list):
        return errors
    name = Text(given.name_zh or None, given.name_en or None)
    return TagValue(given.code, name, condition, Period(given.valid_from, given.valid_to))


def _condition(context: Context, given: object) -> Condition | list[UserError] | None:
    if given is None:
        return None
    reader = ValueReader(context.zone)
    found = read_condition(reader, given, ("condition",))
    return found if found is not None else [_told(context, one) for one in reader.problems]


def _told(context: Context, one: Problem) -> UserError:
    return user_error(context, one.path, one.code, one.message)


async def _wrong(context: Context, given: SetCustomerTagsInput) -> list[UserError]:
    errors = wrong_texts(context, reason=given.reason)
    if len(given.add) + len(given.remove) + len(given.forget) > MOST:
        return [user_error(context, ["add"], "TOO_MANY", TOO_MANY)]
    known = {one.code for one in await tag_store.tags(context.services.db) if one.valid.contains(context.at)}
    for place, one in enumerate(given.add):
        if one.tag not in known:
            errors.append(user_error(context, ["add", place, "tag"], "UNKNOWN_TAG", UNKNOWN))
        if one.until is not None and one.until.tzinfo is None:
            errors.append(user_error(context, ["add", place, "until"], "NO_TIME_ZONE", NAIVE))
        elif one.until is not None and one.until <= context.at:
            errors.append(user_error(context, ["add", place, "until"], "PAST", PAST))
    return errors


@dataclass(frozen=True, slots=True)
class _Change:
    """One tag that a person speaks of."""

    code: str
    is_set: bool
    until: datetime | None = None


def _after(context: Context, given: SetCustomerTagsInput, said: list[Said]) -> list[Said]:
    """What is said of the tags from now on; the last word counts, and what is over is dropped."""
    changes = [_Change(one.tag, True, one.until) for one in given.add]
    changes += [_Change(code, False) for code in given.remove]
    kept = {one.code: one for one in said if one.until is None or one.until > context.at}
    for one in changes:
        by = context.principal.subject
        kept[one.code] = Said(one.code, one.is_set, PERSON, by, given.reason, context.at, one.until)
    return [one for code, one in sorted(kept.items()) if code not in given.forget]
