"""What all mutations share: one transaction, one idempotency key, errors that lead into the input.

Knows how an edit runs and how its failures are told; must not know what it changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
import strawberry

from api.graphql.common import UserError
from api.graphql.context import Context
from catalog import customer_store
from catalog.text import Text
from sql.pool import Connection

Response = dict[str, Any]
Act = Callable[[Connection], Awaitable[Response]]
MAX_TEXT = 200

KEY_REUSED = Text("此幂等键已用于另一请求，请换新键", "this key was used for another request; take a new one")
KEY_MISSING = Text("幂等键不能为空", "a key is needed; take a fresh UUID for each edit and keep it for retries")
NAIVE = Text("时间需要带时区", "a time needs its offset, like 2026-03-01T00:00:00+08:00")
TOO_LONG = Text(f"不能超过 {MAX_TEXT} 个字符", f"is longer than {MAX_TEXT} characters")
NO_MONEY = Text("应为最多四位小数的数字", "must be a number with at most four decimals")
UNREADABLE = Text("含有不可见字符或首尾空白", "has control characters or outer blanks; remove them")


@strawberry.input
class KeyedInput:
    """What every mutation's input begins with."""

    idempotency_key: str = strawberry.field(description="A retry with the same key happens once. 幂等键。")


def user_error(context: Context, path: Sequence[str | int], code: str, message: Text) -> UserError:
    return UserError(path=["input", *map(str, path)], code=code, message=message.said(context.language))


def wrong_texts(context: Context, **texts: str | None) -> list[UserError]:
    """Texts that are too long or hold what nobody can see; named as the input's fields."""
    errors = [user_error(context, [key], "TOO_LONG", TOO_LONG) for key, one in texts.items() if _is_long(one)]
    unseen = [key for key, one in texts.items() if one and (not one.isprintable() or one != one.strip())]
    return [*errors, *(user_error(context, [key], "INVALID", UNREADABLE) for key in unseen)]


def wrong_times(context: Context, **times: datetime | None) -> list[UserError]:
    naive = (key for key, when in times.items() if when is not None and when.tzinfo is None)
    return [user_error(context, [key], "NO_TIME_ZONE", NAIVE) for key in naive]


def wrong_money(context: Context, **amounts: Decimal | None) -> list[UserError]:
    """Amounts that are no numbers, too large or finer than four decimals."""
    wrong = (key for key, one in amounts.items() if one is not None and not _is_money(one))
    return [user_error(context, [key], "NOT_A_DECIMAL", NO_MONEY) for key in wrong]


def _is_money(one: Decimal) -> bool:
    return one.is_finite() and abs(one) < 10**14 and one == round(one, 4)


def _is_long(text: str | None) -> bool:
    return text is not None and len(text) > MAX_TEXT


async def once(context: Context, name: str, given: Any, act: Act) -> Response | list[UserError]:
    """Runs `act` in one transaction, or answers as the first time when the key of `given` had the same arguments.

    What comes back is the response, or what is wrong with the key. A response with "errors" is not remembered.
    """
    key = given.idempotency_key
    if not key.strip():
        return [user_error(context, ["idempotencyKey"], "MISSING", KEY_MISSING)]
    if wrong := wrong_texts(context, idempotencyKey=key):
        return wrong
    subject, request = context.principal.subject, _fingerprint(name, given)
    try:
        async with context.services.db.transaction() as conn:
            before = await customer_store.answered(conn, subject, key, request)
            if before is not None:
                return before
            response = await act(conn)
            if not response.get("errors"):
                await customer_store.remember(conn, subject, key, request, response, context.at)
            return response
    except customer_store.KeyReused:
        return [user_error(context, ["idempotencyKey"], "KEY_REUSED", KEY_REUSED)]


def _fingerprint(name: str, given: Any) -> str:
    # repr tells absent from null and from empty; a fixed order and exact decimals make it the same for the same input.
    return hashlib.sha256(orjson.dumps([name, given], default=repr)).hexdigest()
