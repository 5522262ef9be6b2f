"""What is wrong with the catalog, or will be, as GraphQL shows it to those who can mend it.

Knows how findings are chosen and in which order; must not know a rule.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry

from api.graphql.common import (
    After,
    Connection,
    ContextInput,
    First,
    Language,
    View,
    connect,
    order_key,
    view_of,
)
from api.graphql.context import Context, JishiInfo
from api.graphql.errors import Unavailable
from api.graphql.filters import OrderDirection, StringFilter
from api.graphql.node import LifecycleStatusEnum
from api.graphql.offering import ProductOffering, offering_named
from api.graphql.problem import SeverityEnum
from catalog.desk.reach import Reach
from catalog.linting import Finding, Severity, Subject
from catalog.snapshot import Snapshot

# Under the deadline of a request, so that who asks is told why.
PATIENCE = 1.6
SEVERITIES = list(Severity)
SubjectEnum = strawberry.enum(Subject, name="LintSubject", description="What a finding is about. 检查对象。")


@strawberry.type(description="One thing that is wrong, will be, or could be better. 检查结果。")
class LintFinding:
    finding: strawberry.Private[Finding]
    view: strawberry.Private[View]

    @strawberry.field(description="How bad it is. 级别。")
    def severity(self) -> SeverityEnum:  # type: ignore[valid-type]
        return self.finding.severity

    @strawberry.field(description="The rule, for programs. 代码。")
    def code(self) -> str:
        return self.finding.code

    @strawberry.field(description="What it is about. 对象类型。")
    def subject(self) -> SubjectEnum:  # type: ignore[valid-type]
        return self.finding.subject

    @strawberry.field(description="The code of the offering or category. 对象代码。")
    def subject_code(self) -> str:
        return self.finding.of

    @strawberry.field(description="The version of the offering. 版本。")
    def version(self) -> int | None:
        return self.finding.version

    @strawberry.field(description="The stage of that version. 生命周期状态。")
    def lifecycle_status(self) -> LifecycleStatusEnum | None:  # type: ignore[valid-type]
        return self.finding.status

    @strawberry.field(description="Leads to the place in the subject. 位置。")
    def path(self) -> list[str]:
        return [str(step) for step in self.finding.path]

    @strawberry.field(description="What is wrong, for people. 说明。")
    def message(self, language: Language | None = None) -> str:
        return self.view.say(self.finding.message, language)

    @strawberry.field(description="What to do about it. 处理办法。")
    def remedy(self, language: Language | None = None) -> str:
        return self.view.say(self.finding.remedy, language)

    @strawberry.field(description="When it becomes wrong; null: it already is. 起始时间。")
    def since(self) -> datetime | None:
        return self.finding.since

    @strawberry.field(description="The offering, when it is in force. 产品。")
    def product_offering(self) -> ProductOffering | None:
        return offering_named(self.finding.of, self.view) if self.finding.subject is Subject.OFFERING else None


@strawberry.input(description="Which findings. 检查结果筛选条件。")
class LintWhere:
    severity: list[SeverityEnum] | None = strawberry.field(  # type: ignore[valid-type]
        default=None, description="One of these. 级别。"
    )
    code: StringFilter | None = None
    offering: StringFilter | None = strawberry.field(default=None, description="The code of an offering. 产品代码。")
    category: StringFilter | None = strawberry.field(
        default=None, description="A category that it stands in, is, or lies below. 类目，含上级。"
    )
    lifecycle_status: StringFilter | None = strawberry.field(default=None, description="Its stage. 生命周期状态。")

    def accepts(self, one: Finding, snapshot: Snapshot) -> bool:
        is_offering = one.subject is Subject.OFFERING
        return (
            (self.severity is None or one.severity in self.severity)
            and (self.code is None or self.code.accepts(one.code))
            and (self.offering is None or (is_offering and self.offering.accepts(one.of)))
            and (self.category is None or self.category.accepts_any(_above(one, snapshot)))
            and (self.lifecycle_status is None or self.lifecycle_status.accepts(one.status and one.status.value))
        )


@strawberry.enum(description="What to order findings by. 排序字段。")
class LintOrderField(Enum):
    SEVERITY = "severity"
    CODE = "code"
    SUBJECT = "subject"
    SINCE = "since"


@strawberry.input(description="One level of an order. 排序。")
class LintOrder:
    field: LintOrderField
    direction: OrderDirection = OrderDirection.ASC


KEYS: dict[LintOrderField, Callable[[Finding], Any]] = {
    LintOrderField.SEVERITY: lambda one: SEVERITIES.index(one.severity),
    LintOrderField.CODE: lambda one: one.code,
    LintOrderField.SUBJECT: lambda one: one.of,
    LintOrderField.SINCE: lambda one: one.since.isoformat() if one.since else "",
}


@strawberry.type
class LintQuery:
    @strawberry.field(
        description="What is wrong with the catalog, will be, or could be better, in the caller's categories; the "
        "worst first. 目录检查。"
    )
    async def catalog_lint(
        self,
        info: JishiInfo,
        first: First,
        after: After = None,
        where: LintWhere | None = None,
        order_by: list[LintOrder] | None = None,
        context: ContextInput | None = None,
    ) -> Connection[LintFinding]:
        view = view_of(info.context, context)
        order = order_by or [LintOrder(field=LintOrderField.SEVERITY)]
        descending = [level.direction is OrderDirection.DESC for level in order]
        snapshot = view.moment.snapshot
        reach = _reach(info.context, snapshot)
        found = [
            one
            for one in await _findings(info.context, view)
            if reach.holds(_own(one, snapshot)) and (where is None or where.accepts(one, snapshot))
        ]

        def key(one: Finding) -> tuple[Any, ...]:
            levels = (KEYS[level.field](one) for level in order)
            return (*levels, one.of, one.version or 0, one.code, one.place, one.message.said("en"))

        found.sort(key=lambda one: order_key(key(one), descending))
        return connect(found, lambda one: LintFinding(finding=one, view=view), first, after, key, descending)


async def _findings(context: Context, view: View) -> tuple[Finding, ...]:
    linting = context.services.linting.findings(view.moment.snapshot, view.at, context.zone)
    try:
        return await asyncio.wait_for(linting, PATIENCE)
    except TimeoutError:
        raise Unavailable(
            en="the catalog changed and is being looked through; ask again in a few seconds",
            zh="目录有更新，正在检查，请几秒后再试",
        ) from None


def _reach(context: Context, snapshot: Snapshot) -> Reach:
    principal = context.principal
    own = principal.categories if principal.role == "product_manager" else None
    return Reach.of(own, {code: one.parent for code, one in snapshot.categories.items()})


def _own(one: Finding, snapshot: Snapshot) -> tuple[str, ...]:
    """The categories that a finding's subject stands in."""
    if one.subject is Subject.CATEGORY:
        return (one.of,)
    versions = snapshot.versions.get(one.of, ())
    return next((version.category for version in versions if version.version == one.version), ())


def _above(one: Finding, snapshot: Snapshot) -> set[str]:
    return {above for code in _own(one, snapshot) for above in snapshot.path(code)}
