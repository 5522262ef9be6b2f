"""Many versions edited or moved on at once, with a result for each row.

Knows inputs, payloads and what is remembered of a bulk edit; must not know rules of the catalog.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import strawberry

from api.graphql.approval import Approval
from api.graphql.common import UserError, view_of
from api.graphql.context import Context, JishiInfo
from api.graphql.edits import NAIVE, KeyedInput, Response, once, user_error, wrong_texts
from api.graphql.error_policy import ErrorPolicyEnum
from api.graphql.node import LifecycleStatusEnum
from api.graphql.offering import ProductOffering
from api.graphql.offering_edits import editor, target, told
from api.graphql.offering_inputs import KEYS, OfferingFields, RowInput, given, naive_times
from catalog import version_store
from catalog.desk import approval_store, bulk_edit_service
from catalog.desk.bulk_edit import MAX_MOVES, MAX_ROWS, BulkRefused, RowResult
from catalog.desk.editing_desk import Desk, at_desk
from catalog.desk.error_policy import ErrorPolicy
from catalog.errors import EditRefused
from catalog.lifecycle import LifecycleStatus
from catalog.text import Text
from sql.pool import Connection

NO_ROWS = Text("至少一行", "has at least one row")


@strawberry.input(description="Changes of one version; what is left out stays, null empties. 一行修改。")
class EditProductOfferingRow(OfferingFields, RowInput):
    pass


@strawberry.input(description="Changes of many versions in design. 批量修改产品。")
class EditProductOfferingsInput(KeyedInput):
    error_policy: ErrorPolicyEnum  # type: ignore[valid-type]
    rows: list[EditProductOfferingRow] = strawberry.field(description="At most 500, done in their order. 各行。")


@strawberry.input(description="A move of one version to another stage. 一行变更。")
class AdvanceProductOfferingRow(RowInput):
    to: LifecycleStatusEnum  # type: ignore[valid-type]
    at: datetime | None = strawberry.field(default=None, description="When it takes effect; absent: now. 生效时间。")
    reason: str | None = strawberry.field(default=None, description="Why, in a few words. 原因。")
    with_parts: bool = strawberry.field(default=False, description="Parts that are not as far come along. 带上成员。")


@strawberry.input(description="Moves of many versions, like a launch or a retirement. 批量上线或下线。")
class AdvanceProductOfferingsInput(KeyedInput):
    error_policy: ErrorPolicyEnum  # type: ignore[valid-type]
    rows: list[AdvanceProductOfferingRow] = strawberry.field(
        description="At most 100, in their order: to launch parts before bundles, to retire after them. 各行。"
    )


@strawberry.type(description="What became of a row. 一行的结果。")
class BulkEditResult:
    index: int = strawberry.field(description="Which row, from 0. 行号。")
    is_applied: bool = strawberry.field(description="Whether anything of the row landed. 是否已执行。")
    object: ProductOffering | None = strawberry.field(description="The version as it is now. 当前版本。")
    approval: Approval | None = strawberry.field(description="What was asked for instead. 待审批的申请。")
    user_errors: list[UserError] = strawberry.field(description="What did not land, and why. 未执行的部分及原因。")


@strawberry.type(description="What became of a bulk edit. 批量修改结果。")
class BulkEditPayload:
    results: list[BulkEditResult] = strawberry.field(description="One for each row, in their order. 各行结果。")
    applied_count: int = strawberry.field(description="How many rows landed. 已执行行数。")
    user_errors: list[UserError] = strawberry.field(description="What is wrong with the edit as a whole. 整体错误。")


Act = Callable[[Desk], Awaitable[list[RowResult]]]


async def _landed(context: Context, name: str, asked: Any, most: int, act: Act) -> BulkEditPayload:
    """Runs all rows in one transaction; an edit that was refused as a whole is not remembered."""
    if errors := _wrong(context, asked, most):
        return BulkEditPayload(results=[], applied_count=0, user_errors=errors)

    async def keep(conn: Connection) -> Response:
        async with at_desk(conn, editor(context)) as desk:
            results = await act(desk)
        return {"rows": [_kept(context, *row) for row in zip(results, asked.rows, range(len(results)), strict=True)]}

    try:
        response = await once(context, name, asked, keep)
    except BulkRefused as refused:
        rows = zip(refused.results, asked.rows, range(len(asked.rows)), strict=True)
        response = {"rows": [_kept(context, *row) for row in rows]}
    except EditRefused as refused:
        return BulkEditPayload(results=[], applied_count=0, user_errors=told(context, refused, asked))
    if isinstance(response, list):
        return BulkEditPayload(results=[], applied_count=0, user_errors=response)
    results = await _shown(context, response["rows"])
    return BulkEditPayload(results=results, applied_count=sum(one.is_applied for one in results), user_errors=[])


def _kept(context: Context, result: RowResult, row: RowInput, index: int) -> dict[str, Any]:
    """A row's result as it is remembered for a retry."""
    one = result.offering
    errors = told(context, EditRefused(*result.problems), row, "rows", index)
    return {
        "version": [one.code, one.version] if one else None,
        "applied": result.is_applied,
        "approval": result.approval.id if result.approval else None,
        "errors": [[error.path, error.code, error.message] for error in errors],
    }


async def _shown(context: Context, rows: Sequence[dict[str, Any]]) -> list[BulkEditResult]:
    view = view_of(context, None)
    async with context.services.db.connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        codes = {row["version"][0] for row in rows if row["version"]}
        known = await version_store.reached(conn, codes)
        asked = {row["approval"] for row in rows if row["approval"]}
        requests = {one.id: Approval.of(one) for one in await approval_store.of_ids(conn, asked)}
    versions = {(code, one.version): one for code, found in known.items() for one in found}

    def shown(index: int, row: dict[str, Any]) -> BulkEditResult:
        one = versions.get(tuple(row["version"])) if row["version"] else None
        return BulkEditResult(
            index=index,
            is_applied=row["applied"],
            object=ProductOffering.version_of(one, view) if one else None,
            approval=requests.get(row["approval"]),
            user_errors=[UserError(path=path, code=code, message=said) for path, code, said in row["errors"]],
        )

    return [shown(index, row) for index, row in enumerate(rows)]


def _wrong(context: Context, asked: Any, most: int) -> list[UserError]:
    if not asked.rows:
        return [user_error(context, ["rows"], "MISSING", NO_ROWS)]
    if len(asked.rows) > most:
        too_many = Text(f"最多 {most} 行", f"has at most {most} rows; send more edits, each with its own key")
        return [user_error(context, ["rows"], "TOO_MANY", too_many)]
    errors = [user_error(context, path, "NO_TIME_ZONE", NAIVE) for path in naive_times(asked)]
    for index, row in enumerate(asked.rows):
        texts = wrong_texts(context, code=row.code, reason=getattr(row, "reason", None))
        for error in texts:
            error.path = ["input", "rows", str(index), *error.path[1:]]
        errors += texts
    return errors


@strawberry.type
class BulkMutation:
    @strawberry.mutation(
        description="Edits many versions in one transaction. REJECT_EVERYTHING: one failed row, and nothing lands. "
        "REJECT_FAILED_ROWS: the other rows land. IGNORE_FAILED: of a failed row land the fields that are sound. "
        "批量修改产品。"
    )
    async def edit_product_offerings(self, info: JishiInfo, input: EditProductOfferingsInput) -> BulkEditPayload:
        rows = [bulk_edit_service.Change(target(row), given(row, KEYS)) for row in input.rows]
        policy = ErrorPolicy(input.error_policy)

        async def act(desk: Desk) -> list[RowResult]:
            return await bulk_edit_service.edit_all(desk, rows, policy)

        return await _landed(info.context, "editProductOfferings", input, MAX_ROWS, act)

    @strawberry.mutation(
        description="Moves many versions to another stage in one transaction: launches, retirements. A row is whole: "
        "IGNORE_FAILED is as REJECT_FAILED_ROWS. 批量变更生命周期状态。"
    )
    async def advance_product_offerings(self, info: JishiInfo, input: AdvanceProductOfferingsInput) -> BulkEditPayload:
        moves = [
            bulk_edit_service.Move(target(row), LifecycleStatus(row.to), row.at, row.reason, row.with_parts)
            for row in input.rows
        ]
        policy, second_person = ErrorPolicy(input.error_policy), info.context.second_person

        async def act(desk: Desk) -> list[RowResult]:
            return await bulk_edit_service.advance_all(desk, moves, policy, second_person=second_person)

        return await _landed(info.context, "advanceProductOfferings", input, MAX_MOVES, act)
