"""What one request knows: who asks, when, in which language, and the services that answer.

Knows the request; must not know any type of the schema.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from strawberry import Info

from api.auth import Principal
from api.graphql.errors import Unavailable
from catalog.customer_store import Caller
from catalog.snapshot import Snapshot
from recommender.serve import Recommender

if TYPE_CHECKING:
    from api.services import Services


@dataclass(frozen=True, slots=True)
class Context:
    """One per request. `snapshot` is fixed for its whole length, so that an answer never mixes two revisions.

    `zone` is where the operator is: days and bill months are reckoned there. `second_person`: launches
    and retirements wait for somebody else than who asks.
    """

    principal: Principal
    request_id: str
    at: datetime
    method: str
    language: str
    services: Services
    snapshot: Snapshot
    zone: tzinfo
    second_person: bool = False

    def has(self, at: datetime) -> bool:
        """Whether what was in force at `at` is at hand."""
        catalog = self.services.catalog
        return at >= catalog.complete_from or catalog.past.known(self.snapshot, at) is not None

    async def read_past(self, at: datetime) -> None:
        """Brings what was in force at `at`, which is past, to hand."""
        catalog = self.services.catalog
        await catalog.past.read(self.snapshot, catalog.complete_from, at)

    def snapshot_at(self, at: datetime) -> Snapshot:
        """The snapshot to ask for what is in force at `at`."""
        catalog = self.services.catalog
        if at >= catalog.complete_from:
            return self.snapshot
        return catalog.past.known(self.snapshot, at) or self.snapshot

    @property
    def caller(self) -> Caller:
        return Caller(self.principal.subject, self.principal.role, self.principal.limit, self.request_id)

    def serving(self) -> Recommender:
        """The model that serves; Unavailable before the first was promoted."""
        found = self.services.models.current
        if found is None:
            raise Unavailable(
                en="no model serves yet; the operator runs `jishi train`", zh="尚无可用模型，请运维人员运行 jishi train"
            )
        return found


JishiInfo = Info[Context, None]
