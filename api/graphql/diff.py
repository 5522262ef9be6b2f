"""What differs between two versions of an offering, and between what is in force at two times.

Knows which values are held against each other; must not know how they differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from api.graphql.common import After, Connection, First, connect
from api.graphql.context import Context, JishiInfo
from api.graphql.errors import BadRequest
from api.graphql.filters import StringFilter
from catalog import version_store
from catalog.diff import Change, ChangeKind, diff
from catalog.documents.write import written
from catalog.moment import Moment
from catalog.offering import Offering

ChangeKindEnum = strawberry.enum(
    ChangeKind,
    name="FieldChangeKind",
    description="ADDED and REMOVED: a field or an entry. CHANGED: a value. MOVED: the order of entries. 变化类型。",
)
# What belongs to the version and not to what it offers.
BOOKKEEPING = ("validFor", "lifecycleStatus", "statusReason")


@strawberry.type(description="One place at which two versions differ. 字段变化。")
class FieldChange:
    kind: ChangeKindEnum  # type: ignore[valid-type]
    path: list[str] = strawberry.field(
        description="Leads to the place: names of fields, and in lists what an entry is known by. 位置。"
    )
    before: JSON | None = strawberry.field(description="As in a catalog file; null: there was nothing. 变化前。")
    after: JSON | None = strawberry.field(description="As in a catalog file; null: there is nothing. 变化后。")

    @classmethod
    def of(cls, one: Change) -> FieldChange:
        return cls(kind=one.kind, path=one.place, before=one.before, after=one.after)


@strawberry.enum(description="What became of an offering between two times. 产品变化。")
class OfferingDiffKind(Enum):
    ADDED = "ADDED"
    REMOVED = "REMOVED"
    CHANGED = "CHANGED"


@strawberry.type(description="An offering that is not in force as it was. 产品差异。")
class OfferingDiff:
    before: strawberry.Private[Offering | None]
    after: strawberry.Private[Offering | None]
    language: strawberry.Private[str]

    @strawberry.field(description="Whether it came, went or changed. 变化类型。")
    def kind(self) -> OfferingDiffKind:
        if self.before is None:
            return OfferingDiffKind.ADDED
        return OfferingDiffKind.REMOVED if self.after is None else OfferingDiffKind.CHANGED

    @strawberry.field(description="The key for imports and people. 代码。")
    def code(self) -> str:
        return _one(self.before, self.after).code

    @strawberry.field(description="What people call it, the later of two names. 名称。")
    def name(self) -> str:
        return _one(self.after, self.before).name.said(self.language)

    @strawberry.field(description="The version that was in force. 原版本。")
    def from_version(self) -> int | None:
        return self.before.version if self.before else None

    @strawberry.field(description="The version that is in force. 新版本。")
    def to_version(self) -> int | None:
        return self.after.version if self.after else None

    @strawberry.field(description="Place by place, what changed; of what came or went, nothing. 字段变化。")
    def change(self) -> list[FieldChange]:
        if self.before is None or self.after is None:
            return []
        return [FieldChange.of(one) for one in diff(_content(self.before), _content(self.after))]


@strawberry.input(description="Which differences. 差异筛选条件。")
class OfferingDiffWhere:
    kind: list[OfferingDiffKind] | None = strawberry.field(default=None, description="One of these. 变化类型。")
    code: StringFilter | None = None
    category: StringFilter | None = strawberry.field(
        default=None, description="A category that it stands in, before or after. 类目。"
    )

    def accepts(self, one: OfferingDiff) -> bool:
        categories = {code for version in (one.before, one.after) if version for code in version.category}
        return (
            (self.kind is None or one.kind() in self.kind)
            and (self.code is None or self.code.accepts(one.code()))
            and (self.category is None or self.category.accepts_any(categories))
        )


@strawberry.type(description="What differs between two versions of an offering. 版本差异。")
class VersionDiff:
    code: str
    from_version: int
    to_version: int
    change: list[FieldChange] = strawberry.field(description="Place by place; empty when nothing differs. 字段变化。")


@strawberry.type
class DiffQuery:
    @strawberry.field(description="What differs between two versions of an offering. 版本差异。")
    async def version_diff(
        self,
        info: JishiInfo,
        code: str,
        from_: Annotated[int, strawberry.argument(name="from", description="The version before. 原版本。")],
        to: int,
    ) -> VersionDiff | None:
        db = info.context.services.db
        async with db.connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
            versions = {one.version: one for one in await version_store.of_code(conn, code)}
        if from_ not in versions or to not in versions:
            return None
        found = diff(written(versions[from_]), written(versions[to]))
        return VersionDiff(code=code, from_version=from_, to_version=to, change=[FieldChange.of(one) for one in found])

    @strawberry.field(
        description="What is in force at one time against what is in force at another, both past or ahead, by code. "
        "目录差异。"
    )
    async def catalog_diff(
        self,
        info: JishiInfo,
        from_: Annotated[datetime, strawberry.argument(name="from", description="The one time. 起始时间。")],
        to: Annotated[datetime, strawberry.argument(description="The other. 对比时间。")],
        first: First,
        after: After = None,
        where: OfferingDiffWhere | None = None,
    ) -> Connection[OfferingDiff]:
        earlier, later = [await _moment(info.context, at) for at in (from_, to)]
        found = [one for one in _differences(earlier, later, info.context.language) if not where or where.accepts(one)]
        return connect(found, lambda one: one, first, after, lambda one: (one.code(),))


async def _moment(context: Context, at: datetime) -> Moment:
    if at.tzinfo is None:
        raise BadRequest(en="a time needs its zone, like 2026-03-01T00:00:00+08:00", zh="时间需要带时区")
    if not context.has(at):
        await context.read_past(at)
    return context.snapshot_at(at).moment(at)


def _differences(earlier: Moment, later: Moment, language: str) -> Iterator[OfferingDiff]:
    for code in sorted(earlier.offerings.keys() | later.offerings.keys()):
        before, after = earlier.offerings.get(code), later.offerings.get(code)
        if before is not after and (before is None or after is None or before.version != after.version):
            yield OfferingDiff(before=before, after=after, language=language)


def _content(one: Offering) -> dict[str, Any]:
    return {key: value for key, value in written(one).items() if key not in BOOKKEEPING}


def _one(*versions: Offering | None) -> Offering:
    return next(one for one in versions if one)
