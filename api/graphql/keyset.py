"""Pages of lists that are too long for memory: read by number from PostgreSQL, behind the last number of a page before.

Knows cursors and pages; must not know what is listed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, cast

from api.graphql.common import Connection
from api.graphql.errors import BadRequest

Item = TypeVar("Item")
Node = TypeVar("Node")
LARGEST = 2**63 - 1


def number(cursor: str | None) -> int | None:
    """The number that a cursor is; BadRequest for anything else."""
    if cursor is None:
        return None
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 19 or int(cursor) > LARGEST:
        raise BadRequest(en="after is no cursor of this list; pass pageInfo.endCursor", zh="after 不是本列表的游标")
    return int(cursor)


def numbered_page(
    found: Sequence[Item],
    make: Callable[[Item], Node],
    key: Callable[[Item], int],
    first: int,
    after: str | None,
    count: Callable[[], Awaitable[int]],
) -> Connection[Node]:
    """The page of `found`, which was read with one more than `first` to know whether there is a next page."""
    # Counted only when it is asked for; what a resolver hands back may be awaited.
    return Connection(
        items=found[:first],
        make=make,
        cursor=lambda item: str(key(item)),
        has_next=len(found) > first,
        has_previous=after is not None,
        count=cast(Callable[[], Any], count),
    )
