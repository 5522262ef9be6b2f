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
