"""The feed of the catalog's changes, and what its dates will bring.

Knows how a change is shown and listed; must not know how it came to be written.
"""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from api.graphql.common import After, Connection, First, checked_first, connect
from api.graphql.context import Context, JishiInfo
from api.graphql.errors import BadRequest
from api.graphql.filters import StringFilter
from api.graphql.keyset import number, numbered_page
from catalog.feeds import change_store
from catalog.feeds.change import Change, Coming, Turn, coming
from catalog.feeds.change_store import Wanted

TurnEnum = strawberry.enum(Turn, name="ScheduledTurn", description="What happens on the date. 到期动作。")


@strawberry.type(description="One change of the catalog: who, when, what was and what is. 目录变更。")
class CatalogChange:
    sequence: strawberry.ID = strawberry.field(
        description="Its number in the feed; numbers rise and have gaps. Go on with `after: sequence`. 序号。"
    )
    revision: strawberry.ID = strawberry.field(description="The revision of the catalog that has it. 目录修订号。")
    at: datetime
    subject: str | None = strawberry.field(description="Who did it; null: a file brought it. 操作者。")
    request_id: str | None
    entity: str = strawberry.field(
        description="product_offering, category, market_segment, specification, place, channel, policy or solution. "
        "对象类型。"
    )
    code: str
    version: int | None = strawberry.field(description="Of an offering: the version. 产品版本。")
    action: str = strawberry.field(description="Like offering.edit or category.create. 动作。")
    before: JSON | None = strawberry.field(description="The fields that differ, as they were. 变更前。")
    after: JSON | None = strawberry.field(description="The fields that differ, as they are. 变更后。")

    @classmethod
    def of(cls, one: Change) -> CatalogChange:
        return cls(
            sequence=strawberry.ID(str(one.sequence)),
            revision=strawberry.ID(str(one.revision)),
            at=one.at,
            subject=one.subject,
            request_id=one.request_id,
            entity=one.entity,
            code=one.code,
            version=one.version,
            action=one.action,
            before=None if one.before is None else JSON(dict(one.before)),
            after=None if one.after is None else JSON(dict(one.after)),
        )


@strawberry.input(description="Which changes; all that is given must hold. 变更筛选。")
class CatalogChangeWhere:
    entity: StringFilter | None = strawberry.field(default=None, description="By eq or in. 对象类型。")
    code: StringFilter | None = strawberry.field(default=None, description="By eq or in. 代码。")
    action: StringFilter | None = strawberry.field(default=None, description="By eq or in. 动作。")
    since: datetime | None = strawberry.field(default=None, description="From this moment on. 起始时间。")


@strawberry.type(description="Something that begins or ends on a date, without anybody's doing. 到期生效或失效。")
class ScheduledCatalogChange:
    one: strawberry.Private[Coming]

    @strawberry.field
    def at(self) -> datetime:
        return self.one.at

    @strawberry.field(description="As of CatalogChange. 对象类型。")
    def entity(self) -> str:
        return self.one.entity

    @strawberry.field
    def code(self) -> str:
        return self.one.code

    @strawberry.field(description="Of an offering: the version. 产品版本。")
    def version(self) -> int | None:
        return self.one.version or None

    @strawberry.field
    def turn(self) -> TurnEnum:  # type: ignore[valid-type]
        return self.one.turn


def wanted_of(where: CatalogChangeWhere | None) -> Wanted:
    asked = where or CatalogChangeWhere()
    if asked.since is not None and asked.since.tzinfo is None:
        raise BadRequest(en="since needs a time zone, like 2026-03-01T00:00:00+08:00", zh="since 需要带时区")
    return Wanted(any_of(asked.entity), any_of(asked.code), any_of(asked.action), asked.since)


def any_of(given: StringFilter | None) -> list[str] | None:
    """The values that a condition by eq or in accepts; None: any."""
    if given is None:
        return None
    if given.contains is not None:
        raise BadRequest(en="this list is narrowed by eq and in, not by contains", zh="此列表仅支持 eq 与 in 条件")
    chosen = [] if given.eq is None else [given.eq]
    if given.in_ is None:
        return chosen or None
    return [one for one in given.in_ if not chosen or one in chosen]


async def _changes(
    context: Context, first: int, after: str | None, where: CatalogChangeWhere | None
) -> Connection[CatalogChange]:
    wanted, db = wanted_of(where), context.services.db
    found = await change_store.page(db, number(after) or 0, checked_first(first) + 1, wanted)

    async def count() -> int:
        return await change_store.count(db, wanted)

    return numbered_page(found, CatalogChange.of, lambda one: one.sequence, first, after, count)


@strawberry.type
class ChangeQuery:
    @strawberry.field(description="Every change of the catalog, the oldest first. 目录变更流水。")
    async def catalog_changes(
        self, info: JishiInfo, first: First, after: After = None, where: CatalogChangeWhere | None = None
    ) -> Connection[CatalogChange]:
        return await _changes(info.context, first, after, where)

    @strawberry.field(
        description="What will begin or end on its date. Reaching a date is no edit: it happens everywhere at its "
        "second, and leaves no row in catalogChanges. 计划中的生效与失效。"
    )
    def scheduled_catalog_changes(
        self, info: JishiInfo, first: First, after: After = None, until: datetime | None = None
    ) -> Connection[ScheduledCatalogChange]:
        if until is not None and until.tzinfo is None:
            raise BadRequest(en="until needs a time zone, like 2026-03-01T00:00:00+08:00", zh="until 需要带时区")
        found = coming(info.context.snapshot, info.context.at, until)
        return connect(found, lambda one: ScheduledCatalogChange(one=one), first, after, _order)


def _order(one: Coming) -> tuple[object, ...]:
    return one.at.isoformat(), one.entity, one.code, one.version, one.turn.value
