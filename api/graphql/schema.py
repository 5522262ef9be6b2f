"""The schema, assembled: which root fields there are.

Knows every module of types; must not hold a resolver of its own.
"""

from __future__ import annotations

import strawberry
from strawberry.schema.config import StrawberryConfig

from api.graphql.approval import ApprovalQuery
from api.graphql.campaign import CampaignQuery
from api.graphql.campaign_tracking import CampaignTrackingQuery
from api.graphql.catalog_queries import CatalogQuery
from api.graphql.category import Category
from api.graphql.change import ChangeQuery
from api.graphql.customer import CustomerQuery
from api.graphql.dated import reach_back
from api.graphql.diff import DiffQuery
from api.graphql.effect import EffectQuery
from api.graphql.hand_over_queries import HandOverQuery
from api.graphql.holder_move import HolderMoveQuery
from api.graphql.insight_figures import InsightQuery
from api.graphql.insight_products import InsightProductQuery
from api.graphql.lint import LintQuery
from api.graphql.market import MarketSegment
from api.graphql.market_queries import MarketQuery
from api.graphql.market_ranking import MarketRankingQuery
from api.graphql.market_recommendation import MarketRecommendationQuery
from api.graphql.mutations import Mutation
from api.graphql.offering import ProductOffering
from api.graphql.qualification import QualificationQuery
from api.graphql.qualification_change import ChangeImpactQuery
from api.graphql.quote import QuoteQuery
from api.graphql.recommendation import RecommendationQuery
from api.graphql.register_queries import RegisterQuery
from api.graphql.retire_impact import RetireImpactQuery
from api.graphql.scalars import OVERRIDES
from api.graphql.search import SearchQuery
from api.graphql.solution_queries import SolutionQuery
from api.graphql.solution_ranking import SolutionRankingQuery
from api.graphql.subscription import Subscription
from api.graphql.tag import TagQuery
from api.graphql.version_queries import VersionQuery
from api.graphql.webhook import WebhookQuery


@strawberry.type(description="Everything that can be asked. 查询。")
class Query(
    CatalogQuery,
    SearchQuery,
    QuoteQuery,
    VersionQuery,
    LintQuery,
    DiffQuery,
    RetireImpactQuery,
    ApprovalQuery,
    HolderMoveQuery,
    RegisterQuery,
    MarketQuery,
    SolutionQuery,
    CustomerQuery,
    QualificationQuery,
    ChangeImpactQuery,
    RecommendationQuery,
    MarketRecommendationQuery,
    MarketRankingQuery,
    SolutionRankingQuery,
    EffectQuery,
    CampaignQuery,
    CampaignTrackingQuery,
    ChangeQuery,
    WebhookQuery,
    HandOverQuery,
    TagQuery,
    InsightQuery,
    InsightProductQuery,
):
    pass


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[ProductOffering, Category, MarketSegment],
    scalar_overrides=OVERRIDES,
    config=StrawberryConfig(auto_camel_case=True),
)
reach_back(schema._schema)
