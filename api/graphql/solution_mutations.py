"""What product managers do with solutions: make and change them, bring them to markets, roll them out again.

Knows inputs and payloads; must not know rules of the catalog.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry

from api.graphql.common import After, Connection, First, UserError, view_of
from api.graphql.context import Context, JishiInfo
from api.graphql.edits import NAIVE, Response, once, user_error, wrong_texts
from api.graphql.offering_edits import editor, told
from api.graphql.offering_inputs import given, naive_times
from api.graphql.solution import Solution
from api.graphql.solution_answer import kept, remembered
from api.graphql.solution_inputs import (
    ApplySolutionInput,
    BringInput,
    CreateSolutionInput,
    EditSolutionInput,
    RollOutSolutionInput,
    asked,
)
from api.graphql.solution_plan import SolutionMarketResult, SolutionSummary, paged, row_errors
from catalog import solution_register
from catalog.desk.editing_desk import Desk, at_desk
from catalog.desk.error_policy import ErrorPolicy
from catalog.errors import EditRefused
from catalog.solution import Solution as SolutionValue
from catalog.solutions import edit as solution_edit
from catalog.solutions import service as solution_service
from catalog.solutions.rows import MAX_ROWS
from catalog.solutions.service import Outcome, Wanted
from catalog.text import Text
from sql.pool import Connection as Transaction

TOO_MANY = Text(f"一次最多 {MAX_ROWS} 个市场", f"names more than {MAX_ROWS} markets; bring it to them in several steps")


@strawberry.type(description="What became of a solution. 方案修改结果。")
class SolutionPayload:
    object: Solution | None = strawberry.field(
        description="The solution as it is now: after the edit, or as somebody faster left it. 当前内容。"
    )
    user_errors: list[UserError]


@strawberry.type(description="What became of bringing a solution to markets. 方案应用结果。")
class BringSolutionPayload:
    context: strawberry.Private[Context]
    outcome: strawberry.Private[Outcome | None]
    user_errors: list[UserError]

    @strawberry.field(description="In all; null when nothing was looked at. 汇总。")
    def summary(self) -> SolutionSummary | None:
        return SolutionSummary(rows=self.outcome.rows) if self.outcome else None

    @strawberry.field(description="Market by market, in the order asked for. 逐个市场。")
    def results(self, first: First, after: After = None) -> Connection[SolutionMarketResult]:
        view = view_of(self.context, None)
        found = self.outcome
        return paged(found.rows if found else (), dict(found.templates) if found else {}, view, first, after)


Act = Callable[[Desk], Awaitable[SolutionValue]]


def _etag(text: str) -> int:
    # An etag that is no number was never handed out, and is as stale as any.
    return int(text) if text.isdecimal() and len(text) < 19 else 0


async def _landed(context: Context, name: str, asked_for: Any, act: Act) -> SolutionPayload:
    errors = [user_error(context, path, "NO_TIME_ZONE", NAIVE) for path in naive_times(asked_for)]
    errors += wrong_texts(context, code=asked_for.code)
    if errors:
        return SolutionPayload(object=None, user_errors=errors)

    async def keep(conn: Transaction) -> Response:
        async with at_desk(conn, editor(context)) as desk:
            return {"code": (await act(desk)).code}

    try:
        response = await once(context, name, asked_for, keep)
    except EditRefused as refused:
        stale = any(one.code == "CONFLICT" for one in refused.problems)
        current = await _now(context, asked_for.code) if stale else None
        return SolutionPayload(object=current, user_errors=told(context, refused, asked_for))
    if isinstance(response, list):
        return SolutionPayload(object=None, user_errors=response)
    return SolutionPayload(object=await _now(context, asked_for.code), user_errors=[])


async def _now(context: Context, code: str) -> Solution | None:
    """The solution as PostgreSQL has it; the snapshot of this request is from before the edit."""
    async with context.services.db.connection() as conn:
        found = await solution_register.of_code(conn, code)
    return Solution(one=found, view=view_of(context, None)) if found else None


async def _brought(context: Context, name: str, given_: BringInput, wanted: Wanted) -> BringSolutionPayload:
    """Brings the solution in one transaction, and answers with what became of each market."""
    errors = [user_error(context, path, "NO_TIME_ZONE", NAIVE) for path in naive_times(given_)]
    errors += wrong_texts(context, solution=given_.solution)
    if len(wanted.markets) > MAX_ROWS:
        errors.append(user_error(context, ["markets"], "TOO_MANY", TOO_MANY))
    if errors:
        return BringSolutionPayload(context=context, outcome=None, user_errors=errors)
    found: list[Outcome] = []

    async def act(conn: Transaction) -> Response:
        async with at_desk(conn, editor(context)) as desk:
            policy = ErrorPolicy(given_.error_policy)
            found.append(await solution_service.apply(desk, wanted, _etag(given_.etag), policy))
        return {**kept(found[0]), "errors": not any(row.landed for row in found[0].rows)}

    try:
        response = await once(context, name, given_, act)
    except EditRefused as refused:
        return BringSolutionPayload(context=context, outcome=None, user_errors=told(context, refused, given_))
    if isinstance(response, list):
        return BringSolutionPayload(context=context, outcome=None, user_errors=response)
    outcome = found[0] if found else remembered(response, context.snapshot)
    return BringSolutionPayload(context=context, outcome=outcome, user_errors=_row_errors(context, outcome))


def _row_errors(context: Context, outcome: Outcome) -> list[UserError]:
    view = view_of(context, None)
    errors = []
    for number, row in enumerate(outcome.rows):
        errors += row_errors(row, number, view)
        for part in row.plan.parts if row.plan else ():
            path = ["input", "markets", str(number), part.template]
            errors += [
                UserError(path=[*path, *map(str, one.path)], code=one.code, message=view.say(one.message))
                for one in part.problems
            ]
    return errors


@strawberry.type
class SolutionMutation:
    @strawberry.mutation(description="Makes a solution out of offerings that are there. 新建方案。")
    async def create_solution(self, info: JishiInfo, input: CreateSolutionInput) -> SolutionPayload:
        async def act(desk: Desk) -> SolutionValue:
            return await solution_register.create(desk, solution_edit.new(given(input, ["idempotency_key"])))

        return await _landed(info.context, "createSolution", input, act)

    @strawberry.mutation(
        description="Changes a solution; absent stays, null empties. Markets follow when it is rolled out. 修改方案。"
    )
    async def edit_solution(self, info: JishiInfo, input: EditSolutionInput) -> SolutionPayload:
        fields = given(input, ["idempotency_key", "code", "etag"])

        async def act(desk: Desk) -> SolutionValue:
            return await solution_register.edit(desk, input.code, _etag(input.etag), fields)

        return await _landed(info.context, "editSolution", input, act)

    @strawberry.mutation(
        description="Brings a solution to markets: copies where they differ, in design or launched. Done again, "
        "nothing changes. 将方案应用到市场。"
    )
    async def apply_solution(self, info: JishiInfo, input: ApplySolutionInput) -> BringSolutionPayload:
        context = info.context
        rows = asked(input.markets, input.parameter)
        second = context.second_person
        wanted = Wanted(input.solution, rows, context.zone, input.launch, input.at, second_person=second)
        return await _brought(context, "applySolution", input, wanted)

    @strawberry.mutation(
        description="Brings what changed in a solution to its markets; what they changed stays. 推广方案变更。"
    )
    async def roll_out_solution(self, info: JishiInfo, input: RollOutSolutionInput) -> BringSolutionPayload:
        context = info.context
        wanted = Wanted(
            input.solution,
            [(market, {}) for market in input.markets or ()],
            context.zone,
            input.launch,
            input.at,
            second_person=context.second_person,
            again=True,
        )
        return await _brought(context, "rollOutSolution", input, wanted)
