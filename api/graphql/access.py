"""Which role may use which field, as one table. A field without a rule is closed to everybody.

Knows roles and names of fields; must not know whose object it is: regions and ownership are predicates of statements.
"""

from __future__ import annotations

from api.auth import ROLES
from api.graphql.rules import Rules

EVERYBODY = frozenset(ROLES)
PRODUCT = frozenset({"product_manager", "analyst", "admin"})
CUSTOMER = frozenset({"customer", "agent", "admin"})
EDITOR = frozenset({"product_manager", "admin"})
AGENT = frozenset({"agent", "admin"})
QUOTE = frozenset({"storefront", "customer", "agent", "product_manager", "analyst", "admin"})
MARKET = frozenset({"agent", "product_manager", "analyst", "admin"})
OPERATOR = frozenset({"operator", "admin"})

CATALOG_TYPES = (
    "BundledGroupProductOffering",
    "BundledProductOffering",
    "Category",
    "CategoryConnection",
    "CategoryEdge",
    "ChannelRef",
    "EarlyTerminationCost",
    "ExternalIdentifier",
    "Facet",
    "FacetValue",
    "Money",
    "Node",
    "PageInfo",
    "Channel",
    "ChannelConnection",
    "ChannelEdge",
    "CharacteristicValueSpecification",
    "CharacteristicValueUse",
    "Place",
    "PlaceConnection",
    "PlaceEdge",
    "PlaceRef",
    "ProductSpecCharacteristic",
    "ProductSpecification",
    "ProductSpecificationConnection",
    "ProductSpecificationEdge",
    "ProductSpecificationRelationship",
    "Trial",
    "PriceTier",
    "PriceTimeWindow",
    "ProductOffering",
    "ProductOfferingConnection",
    "ProductOfferingEdge",
    "ProductOfferingHit",
    "ProductOfferingPrice",
    "ProductOfferingRelationship",
    "ProductOfferingSearch",
    "ProductOfferingTerm",
    "Quantity",
    "ShortfallPolicy",
    "TimePeriod",
    "UserError",
)
CUSTOMER_TYPES = (
    "Customer",
    "Product",
    "ProductConnection",
    "ProductEdge",
    "Recommendation",
    "RecommendationItem",
    "RecommendationReason",
    "Withheld",
)
QUOTE_TYPES = (
    "Quote",
    "QuoteBill",
    "QuoteCarried",
    "QuoteLine",
    "QuoteUnrated",
)
MARKET_TYPES = (
    "MarketRecommendation",
    "MarketRecommendationItem",
    "MarketSegmentConnection",
    "MarketSegmentEdge",
)
FIGURE_TYPES = (
    "CampaignForecast",
    "CampaignSensitivity",
    "ChannelOrders",
    "Estimate",
    "OrdersByChannel",
    "RecommendationEffect",
    "RecommendationEffects",
    "Uplift",
)
EDITS = (
    "createProductOffering",
    "editProductOffering",
    "addBundlePart",
    "changeBundlePart",
    "removeBundlePart",
    "putBundleGroup",
    "removeBundleGroup",
    "advanceProductOffering",
    "createNextVersion",
    "duplicateProductOffering",
    "retireProductOffering",
    "cancelSchedule",
    "decideApproval",
    "putOfferingPrice",
    "removeOfferingPrice",
    "putOfferingTerm",
    "removeOfferingTerm",
    "putOfferingRelationship",
    "removeOfferingRelationship",
    "putOfferingChannel",
    "removeOfferingChannel",
)

WEBHOOK_EDITS = (
    "registerWebhook",
    "changeWebhook",
    "rotateWebhookSecret",
    "pauseWebhook",
    "resumeWebhook",
    "removeWebhook",
)
FEED_TYPES = (
    "CatalogChange",
    "CatalogChangeConnection",
    "CatalogChangeEdge",
    "ScheduledCatalogChange",
    "ScheduledCatalogChangeConnection",
    "ScheduledCatalogChangeEdge",
)
WEBHOOK_TYPES = ("Webhook", "WebhookConnection", "WebhookEdge", "WebhookPayload", "WebhookStream")
REGISTERS = ("Category", "Channel", "Place", "Policy", "ProductSpecification")

RULES: Rules = {
    **{f"{name}.*": PRODUCT | OPERATOR for name in FEED_TYPES},
    **{f"{name}.*": OPERATOR for name in WEBHOOK_TYPES},
    **{f"Mutation.{name}": OPERATOR for name in WEBHOOK_EDITS},
    "Query.catalogChanges": PRODUCT | OPERATOR,
    "Query.scheduledCatalogChanges": PRODUCT | OPERATOR,
    "Subscription.catalogChanged": PRODUCT | OPERATOR,
    "Query.webhooks": OPERATOR,
    "Query.webhook": OPERATOR,
    **{f"{name}.*": EVERYBODY for name in CATALOG_TYPES},
    **{f"{name}.*": CUSTOMER for name in CUSTOMER_TYPES},
    **{f"{name}.*": QUOTE for name in QUOTE_TYPES},
    **{f"{name}.*": MARKET for name in MARKET_TYPES},
    **{f"{name}.*": PRODUCT for name in FIGURE_TYPES},
    **{f"Mutation.{name}": EDITOR for name in EDITS},
    # A page of a list is read by everybody; what it lists has rules of its own.
    "Query.productOffering": EVERYBODY,
    "Query.productOfferings": EVERYBODY,
    "Query.productOfferingSearch": EVERYBODY,
    "Query.productOfferingVersion": PRODUCT,
    "Query.productOfferingVersions": PRODUCT,
    "Query.quote": QUOTE,
    "Query.ratingEffect": PRODUCT,
    "RatingEffect.*": PRODUCT,
    "Query.category": EVERYBODY,
    "Query.categories": EVERYBODY,
    "Query.node": EVERYBODY,
    "Query.marketSegment": MARKET,
    "Query.marketSegments": MARKET,
    "Query.marketCoverage": MARKET,
    "MarketCoverageReport.*": MARKET,
    "MarketCoverage.*": MARKET,
    "KindCoverage.*": MARKET,
    "PlaceCoverage.*": MARKET,
    **{f"Mutation.{name}MarketSegment": EDITOR for name in ("create", "edit", "end")},
    "MarketSegmentPayload.*": EDITOR,
    "Query.marketRecommendation": MARKET,
    "Query.customer": CUSTOMER,
    "Query.recommendationEffect": PRODUCT,
    "Query.ordersByChannel": PRODUCT,
    "Query.campaignForecast": PRODUCT,
    "Query.recommendation": CUSTOMER,
    # Through `node` and through a customer everybody may learn a market's name; what it is worth, only some.
    "MarketSegment.*": EVERYBODY,
    "MarketSegment.potential": PRODUCT,
    "MarketSegment.etag": PRODUCT,
    "MarketSegment.memberCount": MARKET,
    "ProductOffering.margin": PRODUCT,
    "ProductOffering.etag": PRODUCT,
    "ProductOffering.problem": PRODUCT,
    "ProductOffering.statusReason": PRODUCT,
    "OfferingProblem.*": PRODUCT,
    "Customer.accountManager": AGENT,
    "Customer.tags": AGENT,
    "Customer.attributes": AGENT,
    "Mutation.upsertProduct": OPERATOR,
    "Mutation.upsertCustomer": OPERATOR,
    "Mutation.setPersonalisation": CUSTOMER | OPERATOR,
    "Mutation.reportOutcome": CUSTOMER | {"storefront"},
    "ProductOfferingPayload.*": EDITOR,
    **{f"Query.{name}": EVERYBODY for name in ("channel", "channels", "place", "places")},
    **{f"Query.{name}": EVERYBODY for name in ("productSpecification", "productSpecifications")},
    **{f"{name}.etag": PRODUCT for name in ("Category", "Channel", "Place", "ProductSpecification")},
    **{f"{name}.*": PRODUCT for name in ("Policy", "PolicyConnection", "PolicyEdge")},
    **{f"Query.{name}": PRODUCT for name in ("policy", "policies")},
    "ProductOffering.policy": PRODUCT,
    "ProductOffering.marketSegment": MARKET,
    **{f"Mutation.{act}{name}": EDITOR for name in REGISTERS for act in ("create", "edit", "end")},
    **{f"{name}Payload.*": EDITOR for name in REGISTERS},
    "Query.approvals": PRODUCT,
    "Approval.*": PRODUCT,
    "ApprovalConnection.*": PRODUCT,
    "ApprovalEdge.*": PRODUCT,
    "DecideApprovalPayload.*": EDITOR,
    "UpsertProductPayload.*": OPERATOR,
    "UpsertCustomerPayload.*": OPERATOR,
    "SetPersonalisationPayload.*": CUSTOMER | OPERATOR,
    "ReportOutcomePayload.*": CUSTOMER | {"storefront"},
}
