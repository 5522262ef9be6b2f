"""The use cases of a hand-over: accepted, moved on, delivered. Each leaves its step in the feed and its audit row.

Knows the order of the steps; must not know HTTP or GraphQL. The caller opens the transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from asyncpg import Connection

from catalog.customer_store import Caller, write_audit
from catalog.desk.editing import refused
from catalog.feeds import hand_over_store as store
from catalog.feeds.hand_over import FOLLOWING, OF_PRODUCT, HandOverKind, HandOverStatus, NewHandOver, may_follow
from catalog.feeds.hand_over_store import Taken

ENTITY = "hand_over"


async def accept(conn: Connection, wanted: NewHandOver, siblings: Iterable[int], caller: Caller, at: datetime) -> int:
    """A new hand-over's number. Raises EditRefused, with nothing written.

    `siblings` are the offerings that share the item of the one accepted: a trial of any is the customer's one trial.
    The customer is held by the caller's transaction already.
    """
    found = await store.open_of(conn, wanted.customer_id, wanted.offering_id)
    if found is not None:
        zh, en = f"已有未完成的单据 {found}", f"is on its way already, as number {found}"
        raise refused(("productOffering",), "ALREADY_OPEN", zh, en)
    if wanted.is_trial and await store.has_tried(conn, wanted.customer_id, list(siblings)):
        raise refused(("trial",), "TRIED_ALREADY", "该客户已试用过此产品", "the customer has tried it before")
    if wanted.kind is HandOverKind.LEAD and wanted.account_manager is None:
        wanted = replace(wanted, account_manager=await store.manager(conn, wanted.customer_id))
    number = await store.add(conn, wanted, at, caller.subject)
    await store.add_event(conn, number, at, caller.subject, None, HandOverStatus.ACKNOWLEDGED, None)
    detail = {"kind": wanted.kind.value, "offering": wanted.offering_id, "version": wanted.version}
    await write_audit(conn, caller, at, "hand_over.accept", ENTITY, str(number), detail)
    return number


async def update(
    conn: Connection,
    number: int,
    to: HandOverStatus,
    caller: Caller,
    at: datetime,
    *,
    etag: int | None = None,
    reason: str | None = None,
    external_id: str | None = None,
    account_manager: str | None = None,
) -> None:
    """Moves a hand-over on. Raises EditRefused, with nothing written."""
    taken = await store.take(conn, number)
    if taken is None:
        raise refused(("id",), "NOT_FOUND", "没有此单据", "there is no such hand-over")
    if etag is not None and etag != taken.etag:
        zh, en = "他人已先行修改，请重新读取", "somebody else was faster; read it again"
        raise refused(("etag",), "CONFLICT", zh, en)
    if to is not taken.status and not may_follow(taken.status, to):
        allowed = ", ".join(sorted(FOLLOWING[taken.status])) or "-"
        zh, en = f"{taken.status} 之后只能是：{allowed}", f"cannot follow {taken.status}; what can: {allowed}"
        raise refused(("status",), "WRONG_STATUS", zh, en)
    await store.change(conn, number, to, reason, at, external_id=external_id, account_manager=account_manager)
    await store.add_event(conn, number, at, caller.subject, taken.status, to, reason)
    detail = {"before": taken.status.value, "after": to.value}
    await write_audit(conn, caller, at, "hand_over.update", ENTITY, str(number), detail)


async def product_landed(
    conn: Connection, customer_id: int, offering_id: int, status: str, caller: Caller, at: datetime
) -> None:
    """The subscription that was ordered is there, or did not come about; its open hand-overs follow."""
    to = OF_PRODUCT.get(status)
    if to is not None:
        await _follow(conn, await store.of_product(conn, customer_id, offering_id), to, caller, at)


async def file_landed(conn: Connection, caller: Caller, at: datetime) -> None:
    """A file of products was published; hand-overs whose product is held now are completed."""
    await _follow(conn, await store.delivered(conn, at), HandOverStatus.COMPLETED, caller, at)


async def _follow(conn: Connection, found: Iterable[Taken], to: HandOverStatus, caller: Caller, at: datetime) -> None:
    for one in found:
        if may_follow(one.status, to):
            await update(conn, one.id, to, caller, at)
