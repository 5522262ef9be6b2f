"""The use cases that change one customer: fetch, ask the core, save, audit.

Knows the order of the steps and the caller's region; must not know HTTP or GraphQL. The caller opens the transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from asyncpg import Connection

from catalog import customer_edit, store
from catalog import customer_edit_store as edit_store
from catalog.customer_edit import Fields
from catalog.customer_store import Caller, write_audit
from catalog.desk.editing import refused
from catalog.errors import EditRefused
from catalog.market import within


async def upsert(
    conn: Connection,
    code: str,
    given: Mapping[str, Any],
    attributes: Mapping[str, Any],
    caller: Caller,
    at: datetime,
    *,
    known_from: datetime,
) -> bool:
    """Makes or changes a customer; False when all was so already. Raises EditRefused, with nothing written.

    What is not `given` stays. Where the attributes differ from those known at `known_from`, they are merged into a row
    of that date. The audit names the fields that changed and never their values, as some are personal.
    """
    wanted = customer_edit.normalised(given)
    declared = {one.code: one for one in await store.attributes(conn)}
    problems = [*customer_edit.wrong_fields(wanted), *customer_edit.wrong_attributes(attributes, declared)]
    if problems:
        raise EditRefused(*problems)
    taken = await edit_store.take(conn, code, caller.region)
    if taken is None:
        fresh = customer_edit.changed(Fields(), wanted)
        _refuse_abroad(fresh, caller)
        row = await edit_store.add(conn, code, fresh, at)
        if row is not None:
            named = await _put_attributes(conn, row, attributes, known_from)
            detail = {"created": True, "fields": customer_edit.differing(None, fresh), "attributes": named}
            await write_audit(conn, caller, at, "customer.upsert", "customer", code, detail)
            return True
        taken = await edit_store.take(conn, code, caller.region)
    if taken is None or not taken.is_allowed:
        raise _unknown()
    after = customer_edit.changed(taken.fields, wanted)
    _refuse_abroad(after, caller)
    names = customer_edit.differing(taken.fields, after)
    if names:
        await edit_store.change(conn, code, after, at)
    named = await _put_attributes(conn, taken.id, attributes, known_from)
    detail = {"created": False, "fields": names, "attributes": named}
    await write_audit(conn, caller, at, "customer.upsert", "customer", code, detail)
    return bool(names or named)


async def set_personalisation(conn: Connection, code: str, wanted: bool, caller: Caller, at: datetime) -> bool | None:
    """Switches personal offers on or off; False when it was so already, None when there is nobody in the region.

    A switch that is refused for its region leaves its audit row too.
    """
    taken = await edit_store.take(conn, code, caller.region)
    if taken is None:
        return None
    detail: dict[str, Any] = {"personalisation": wanted} if taken.is_allowed else {"refused": "region"}
    await write_audit(conn, caller, at, "customer.personalisation", "customer", code, detail)
    if not taken.is_allowed:
        return None
    after = customer_edit.changed(taken.fields, {"personalisation": wanted})
    if after == taken.fields:
        return False
    await edit_store.change(conn, code, after, at)
    return True


async def _put_attributes(
    conn: Connection, customer_id: int, given: Mapping[str, Any], known_from: datetime
) -> list[str]:
    """The names of the attributes that differed, in the row of their date from now on."""
    known = await edit_store.profile(conn, customer_id, known_from) if given else {}
    after = customer_edit.merged(known, given)
    named = sorted(key for key in given if known.get(key) != after.get(key))
    if named:
        await edit_store.put_profile(conn, customer_id, known_from, after)
    return named


def _refuse_abroad(wanted: Fields, caller: Caller) -> None:
    if not within(wanted.place, caller.region):
        raise refused(("place",), "NOT_YOUR_REGION", "不在您负责的区域", "lies outside the region that you work in")


def _unknown() -> EditRefused:
    return refused(("customerId",), "UNKNOWN_CUSTOMER", "没有此客户", "there is no such customer")
