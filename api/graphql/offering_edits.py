"""How an edit of one offering runs and is told: one desk in one transaction, the version as it is afterwards.

Knows inputs, payloads and who may reach what; must not know which edit it is, nor rules of the catalog.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry

from api.graphql.approval import Approval
from api.graphql.common import UserError, view_of
from api.graphql.context import Context
from api.graphql.edits import NAIVE, Response, once, user_error, wrong_texts
from api.graphql.offering import ProductOffering
from api.graphql.offering_inputs import TargetInput, given, naive_times
from catalog import version_store
from catalog.desk import approval_store, editing_service
from catalog.desk.approval_service import Done
from catalog.desk.editing_desk import Desk, Editor, Target, at_desk
from catalog.desk.editing_service import Core
from catalog.errors import EditRefused, Problem
from catalog.offering import Offering
from sql.pool import Connection

# What lint and the reader call an offering's lists, and the field of the input that an edit of one entry has for it.
ENTRIES = {
    "bundledProductOffering": "part",
    "bundledGroup": "group",
    "productOfferingPrice": "price",
    "productOfferingTerm": "term",
    "productOfferingRelationship": "relationship",
    "channel": "channel",
    "characteristic": "characteristic",
}


@strawberry.type(description="What became of an edit of an offering. 产品修改结果。")
class ProductOfferingPayload:
    object: ProductOffering | None = strawberry.field(
        description="The version as it is now: after the edit, or as somebody faster left it. 当前版本。"
    )
    approval: Approval | None = strawberry.field(
        default=None, description="What was asked for instead, where a second person decides. 待审批的申请。"
    )
    user_errors: list[UserError]


Act = Callable[[Desk], Awaitable[Offering | Done]]


def editor(context: Context) -> Editor:
    principal = context.principal
    return Editor(context.caller, None if principal.role == "admin" else principal.categories, context.at)


def target(asked: Any) -> Target:
    """The version that an input with code, version and etag is about."""
    # An etag that is no number was never handed out, and is as stale as any.
    etag = int(asked.etag) if asked.etag.isdecimal() and len(asked.etag) < 19 else 0
    return Target(asked.code, asked.version, etag)


def shown(context: Context, one: Offering) -> ProductOffering:
    return ProductOffering.version_of(one, view_of(context, None))


async def landed(context: Context, name: str, asked: Any, act: Act) -> ProductOfferingPayload:
    """Runs the edit in its one transaction, and answers with the version as it is afterwards."""
    errors = [user_error(context, path, "NO_TIME_ZONE", NAIVE) for path in naive_times(asked)]
    errors += wrong_texts(context, code=asked.code)
    if errors:
        return ProductOfferingPayload(object=None, user_errors=errors)
    saved: list[Offering] = []

    async def keep(conn: Connection) -> Response:
        async with at_desk(conn, editor(context)) as desk:
            done = await act(desk)
        one, request = done if isinstance(done, tuple) else (done, None)
        saved.append(one)
        return {"code": one.code, "version": one.version, "approval": request.id if request else None}

    try:
        response = await once(context, name, asked, keep)
    except EditRefused as refused:
        current = shown(context, refused.current) if refused.current else None
        return ProductOfferingPayload(object=current, user_errors=told(context, refused, asked))
    if isinstance(response, list):
        return ProductOfferingPayload(object=None, user_errors=response)
    one = saved[0] if saved else await again(context, response["code"], response["version"])
    request = await requested(context, response["approval"])
    return ProductOfferingPayload(object=shown(context, one), approval=request, user_errors=[])


async def edited(context: Context, name: str, asked: TargetInput, action: str, core: Core) -> ProductOfferingPayload:
    """Runs a pure edit of one version."""

    async def act(desk: Desk) -> Offering:
        return await editing_service.edit(desk, target(asked), action, core)

    return await landed(context, name, asked, act)


async def again(context: Context, code: str, version: int) -> Offering:
    """The version that a retried edit is about, as it is now."""
    async with context.services.db.transaction() as conn:
        versions = await version_store.of_code(conn, code)
    return next(one for one in versions if one.version == version)


async def requested(context: Context, number: int | None) -> Approval | None:
    """The request of this number as it is now."""
    if number is None:
        return None
    async with context.services.db.connection() as conn:
        found = await approval_store.of_id(conn, number)
    return Approval.of(found) if found else None


def told(context: Context, refused: EditRefused, asked: Any, *path: str | int) -> list[UserError]:
    """The problems of a refused edit, each with its place in the input; `path` leads to `asked` within that."""
    return [
        UserError(
            path=[str(step) for step in _place(problem, asked, path)],
            code=problem.code,
            message=problem.message.said(context.language),
        )
        for problem in refused.problems
    ]


def _place(problem: Problem, asked: Any, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Where in the input a problem lies, or where in the object when the input did not bring it."""
    known = given(asked)
    first, *rest = problem.path or ("",)
    if first in known or not first:
        whole = isinstance(known.get(first), dict | list)
        return ("input", *path, *problem.path) if whole else ("input", *path, first)
    entry = ENTRIES.get(str(first), "")
    if isinstance(known.get(entry), dict):
        return ("input", *path, entry, *rest[1:])
    return (*path, "object", *problem.path)
