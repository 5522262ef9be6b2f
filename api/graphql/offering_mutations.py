"""What product managers change: offerings, the bundles they make of them, and the stages of both.

Knows inputs, payloads and who may reach what; must not know rules of the catalog.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import strawberry

from api.graphql.common import UserError, view_of
from api.graphql.context import Context, JishiInfo
from api.graphql.edits import NAIVE, Response, once, user_error, wrong_texts
from api.graphql.offering import LifecycleStatusEnum, ProductOffering
from api.graphql.offering_inputs import (
    KEYS,
    CreateProductOfferingInput,
    EditProductOfferingInput,
    PutBundleGroupInput,
    PutBundlePartInput,
    RemoveBundleGroupInput,
    RemoveBundlePartInput,
    TargetInput,
    given,
    naive_times,
)
from catalog import editing, editing_service, patch, version_store
from catalog.editing_service import Core, Editor, Target
from catalog.errors import EditRefused, Problem
from catalog.lifecycle import LifecycleStatus
from catalog.offering import Offering
from sql.pool import Connection

# What lint and the reader call a bundle's lists, and the field of the input that an edit of one entry has for it.
ENTRIES = {"bundledProductOffering": "part", "bundledGroup": "group"}


@strawberry.type(description="What became of an edit of an offering. 产品修改结果。")
class ProductOfferingPayload:
    object: ProductOffering | None = strawberry.field(
        description="The version as it is now: after the edit, or as somebody faster left it. 当前版本。"
    )
    user_errors: list[UserError]


@strawberry.input(description="A move of a version to another stage. 生命周期变更。")
class AdvanceProductOfferingInput(TargetInput):
    to: LifecycleStatusEnum  # type: ignore[valid-type]
    at: datetime | None = strawberry.field(
        default=None, description="When a launch or a retirement takes effect; absent: now. 生效时间。"
    )
    reason: str | None = strawberry.field(default=None, description="Why, in a few words. 原因。")


@strawberry.input(description="The version that the next one is copied from. 新建下一版本。")
class CreateNextVersionInput(TargetInput):
    pass


Act = Callable[[Connection, Editor], Awaitable[Offering]]


def _editor(context: Context) -> Editor:
    principal = context.principal
    return Editor(context.caller, None if principal.role == "admin" else principal.categories, context.at)


def _target(asked: TargetInput) -> Target:
    # An etag that is no number was never handed out, and is as stale as any.
    etag = int(asked.etag) if asked.etag.isdecimal() and len(asked.etag) < 19 else 0
    return Target(asked.code, asked.version, etag)


def _object(context: Context, one: Offering) -> ProductOffering:
    return ProductOffering.version_of(one, view_of(context, None))


async def _landed(context: Context, name: str, asked: Any, act: Act) -> ProductOfferingPayload:
    """Runs the edit in its one transaction, and answers with the version as it is afterwards."""
    errors = [user_error(context, path, "NO_TIME_ZONE", NAIVE) for path in naive_times(asked)]
    errors += wrong_texts(context, code=asked.code)
    if errors:
        return ProductOfferingPayload(object=None, user_errors=errors)
    saved: list[Offering] = []

    async def keep(conn: Connection) -> Response:
        one = await act(conn, _editor(context))
        saved.append(one)
        return {"code": one.code, "version": one.version}

    try:
        response = await once(context, name, asked, keep)
    except EditRefused as refused:
        current = _object(context, refused.current) if refused.current else None
        return ProductOfferingPayload(object=current, user_errors=_told(context, refused, asked))
    if isinstance(response, list):
        return ProductOfferingPayload(object=None, user_errors=response)
    one = saved[0] if saved else await _again(context, response)
    return ProductOfferingPayload(object=_object(context, one), user_errors=[])


async def _again(context: Context, response: Response) -> Offering:
    """The version that a retried edit is about, as it is now."""
    async with context.services.db.transaction() as conn:
        versions = await version_store.of_code(conn, response["code"])
    return next(one for one in versions if one.version == response["version"])


def _told(context: Context, refused: EditRefused, asked: Any) -> list[UserError]:
    return [
        UserError(
            path=[str(step) for step in _place(problem, asked)],
            code=problem.code,
            message=problem.message.said(context.language),
        )
        for problem in refused.problems
    ]


def _place(problem: Problem, asked: Any) -> tuple[str | int, ...]:
    """Where in the input a problem lies, or where in the object when the input did not bring it."""
    known = given(asked)
    first, *rest = problem.path or ("",)
    if first in known or not first:
        return ("input", *problem.path) if isinstance(known.get(first), dict | list) else ("input", first)
    entry = ENTRIES.get(str(first), "")
    return ("input", entry, *rest[1:]) if isinstance(known.get(entry), dict) else ("object", *problem.path)


async def _edited(context: Context, name: str, asked: TargetInput, action: str, core: Core) -> ProductOfferingPayload:
    async def act(conn: Connection, editor: Editor) -> Offering:
        return await editing_service.edit(conn, _target(asked), editor, action, core)

    return await _landed(context, name, asked, act)


@strawberry.type
class OfferingMutation:
    @strawberry.mutation(description="A new offering, in design; with parts it is a bundle. 新建产品。")
    async def create_product_offering(
        self, info: JishiInfo, input: CreateProductOfferingInput
    ) -> ProductOfferingPayload:
        async def act(conn: Connection, editor: Editor) -> Offering:
            return await editing_service.create(conn, patch.offering(given(input, ["idempotency_key"])), editor)

        return await _landed(info.context, "createProductOffering", input, act)

    @strawberry.mutation(description="Changes fields of a version in design; absent stays, null empties. 修改产品。")
    async def edit_product_offering(self, info: JishiInfo, input: EditProductOfferingInput) -> ProductOfferingPayload:
        def core(one: Offering) -> Offering:
            return editing.edit(one, patch.patched(one, given(input, KEYS)))

        return await _edited(info.context, "editProductOffering", input, "offering.edit", core)

    @strawberry.mutation(description="Adds a part to a bundle in design. 添加捆绑成员。")
    async def add_bundle_part(self, info: JishiInfo, input: PutBundlePartInput) -> ProductOfferingPayload:
        def core(one: Offering) -> Offering:
            return editing.add_part(one, patch.part(given(input.part)))

        return await _edited(info.context, "addBundlePart", input, "bundle.add_part", core)

    @strawberry.mutation(description="Changes the limits or the group of a part; absent stays. 修改捆绑成员。")
    async def change_bundle_part(self, info: JishiInfo, input: PutBundlePartInput) -> ProductOfferingPayload:
        def core(one: Offering) -> Offering:
            known = editing.part_of(one, input.part.code)
            return editing.change_part(one, patch.part(given(input.part), known))

        return await _edited(info.context, "changeBundlePart", input, "bundle.change_part", core)

    @strawberry.mutation(description="Removes a part of a bundle in design. 移除捆绑成员。")
    async def remove_bundle_part(self, info: JishiInfo, input: RemoveBundlePartInput) -> ProductOfferingPayload:
        def core(one: Offering) -> Offering:
            return editing.remove_part(one, input.part)

        return await _edited(info.context, "removeBundlePart", input, "bundle.remove_part", core)

    @strawberry.mutation(description="Makes a group of a bundle in design, or changes it; absent stays. 设置分组。")
    async def put_bundle_group(self, info: JishiInfo, input: PutBundleGroupInput) -> ProductOfferingPayload:
        def core(one: Offering) -> Offering:
            known = next((group for group in one.groups if group.code == input.group.code), None)
            return editing.put_group(one, patch.group(given(input.group), known))

        return await _edited(info.context, "putBundleGroup", input, "bundle.put_group", core)

    @strawberry.mutation(description="Removes an empty group of a bundle in design. 移除分组。")
    async def remove_bundle_group(self, info: JishiInfo, input: RemoveBundleGroupInput) -> ProductOfferingPayload:
        def core(one: Offering) -> Offering:
            return editing.remove_group(one, input.group)

        return await _edited(info.context, "removeBundleGroup", input, "bundle.remove_group", core)

    @strawberry.mutation(
        description="Moves a version through its life cycle. A launch ends the version before it; a retirement "
        "that lies ahead leaves it launched until then. 变更生命周期状态。"
    )
    async def advance_product_offering(
        self, info: JishiInfo, input: AdvanceProductOfferingInput
    ) -> ProductOfferingPayload:
        if errors := wrong_texts(info.context, reason=input.reason):
            return ProductOfferingPayload(object=None, user_errors=errors)

        async def act(conn: Connection, editor: Editor) -> Offering:
            to = LifecycleStatus(input.to)
            return await editing_service.advance(conn, _target(input), editor, to, when=input.at, reason=input.reason)

        return await _landed(info.context, "advanceProductOffering", input, act)

    @strawberry.mutation(description="Copies a version into the next one, in design. 新建下一版本。")
    async def create_next_version(self, info: JishiInfo, input: CreateNextVersionInput) -> ProductOfferingPayload:
        async def act(conn: Connection, editor: Editor) -> Offering:
            return await editing_service.create_next_version(conn, _target(input), editor)

        return await _landed(info.context, "createNextVersion", input, act)
