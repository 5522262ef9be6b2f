"""Everything that can be changed, assembled from one module a noun.

Knows which mutations there are; must not hold a resolver of its own.
"""

from __future__ import annotations

import strawberry

from api.graphql.approval_mutations import ApprovalMutation
from api.graphql.bulk_mutations import BulkMutation
from api.graphql.customer_mutations import CustomerMutation
from api.graphql.hand_over_mutations import HandOverMutation
from api.graphql.holder_move import HolderMoveMutation
from api.graphql.market_mutations import MarketMutation
from api.graphql.offering_list_mutations import OfferingListMutation
from api.graphql.offering_mutations import OfferingMutation
from api.graphql.outcome_mutations import OutcomeMutation
from api.graphql.product_mutations import ProductMutation
from api.graphql.register_mutations import RegisterMutation
from api.graphql.solution_mutations import SolutionMutation
from api.graphql.stage_mutations import StageMutation
from api.graphql.tag import TagMutation
from api.graphql.webhook_mutations import WebhookMutation


@strawberry.type(description="Everything that can be changed; one mutation is one transaction. 变更。")
class Mutation(
    OfferingMutation,
    OfferingListMutation,
    StageMutation,
    ApprovalMutation,
    BulkMutation,
    HolderMoveMutation,
    RegisterMutation,
    MarketMutation,
    SolutionMutation,
    CustomerMutation,
    ProductMutation,
    OutcomeMutation,
    WebhookMutation,
    HandOverMutation,
    TagMutation,
):
    pass
