"""What can be followed as it happens.

Knows the feeds of this process; must not know how a subscription travels to its client.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from api.feed import wait
from api.graphql.change import CatalogChange, CatalogChangeWhere, wanted_of
from api.graphql.context import JishiInfo
from api.graphql.keyset import number

PAGE = 100
LOOK_AGAIN = 60.0
"""Seconds after which a follower looks even without news."""

Behind = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Go on behind this sequence; absent: from now on. 从此序号之后继续。"),
]


@strawberry.type(description="What can be followed as it happens, by WebSocket or server-sent events. 订阅。")
class Subscription:
    @strawberry.subscription(description="Every change of the catalog, as it is committed. 目录变更。")
    async def catalog_changed(
        self, info: JishiInfo, after: Behind = None, where: CatalogChangeWhere | None = None
    ) -> AsyncGenerator[CatalogChange, None]:
        feed, wanted = info.context.services.feed, wanted_of(where)
        last = number(after)
        if last is None:
            last = await feed.last()
        while True:
            coming = feed.coming
            found = await feed.changes(last, PAGE)
            for one in found:
                last = one.sequence
                if wanted.accepts(one):
                    yield CatalogChange.of(one)
            if len(found) < PAGE:
                await wait(coming, LOOK_AGAIN)
