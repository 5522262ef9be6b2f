"""Which fields say the same to everybody who may read them until the catalog changes: only their answers are kept.

Knows names of fields; must not know how an answer is kept. What is not named here is never kept.
"""

from __future__ import annotations

from graphql import GraphQLObjectType, GraphQLSchema

# They read the snapshot alone, at a time between two of its boundaries, in a language, for a role and a region.
# `node` is not among them: some of its objects are read from the database.
ROOTS = (
    "category",
    "categories",
    "channel",
    "channels",
    "place",
    "places",
    "policy",
    "policies",
    "productOffering",
    "productOfferings",
    "productOfferingSearch",
    "productSpecification",
    "productSpecifications",
)
# They read nothing but catalog objects, their moment, and the language of the view. A Moment is what is in force
# between two boundaries of validity, so that what depends on the time within it does not change while it lasts.
OBJECTS = frozenset(
    {
        "BundledGroupProductOffering",
        "BundledProductOffering",
        "Category",
        "Channel",
        "ChannelRef",
        "CharacteristicValueSpecification",
        "CharacteristicValueUse",
        "EarlyTerminationCost",
        "ExternalIdentifier",
        "Money",
        "PageInfo",
        "Place",
        "PlaceRef",
        "Policy",
        "PriceTier",
        "PriceTimeWindow",
        "ProductOffering",
        "ProductOfferingConnection",
        "ProductOfferingEdge",
        "ProductOfferingPrice",
        "ProductOfferingRelationship",
        "ProductOfferingTerm",
        "ProductSpecCharacteristic",
        "ProductSpecification",
        "ProductSpecificationRelationship",
        "Quantity",
        "ShortfallPolicy",
        "TimePeriod",
        "Trial",
    }
)
TYPES = OBJECTS | {
    "CategoryConnection",
    "CategoryEdge",
    "ChannelConnection",
    "ChannelEdge",
    "Facet",
    "FacetValue",
    "PlaceConnection",
    "PlaceEdge",
    "PolicyConnection",
    "PolicyEdge",
    "ProductOfferingHit",
    "ProductOfferingSearch",
    "ProductSpecificationConnection",
    "ProductSpecificationEdge",
}
# A launch that was not made yet is judged anew at every instant, by more than what is in force.
NOT = frozenset({"ProductOffering.problem"})


def standing_fields(schema: GraphQLSchema) -> frozenset[str]:
    """The coordinates ("Type.field") of all fields named above. KeyError for a type that the schema does not have."""
    found = {f"Query.{name}" for name in ROOTS}
    for name in TYPES:
        type_ = schema.type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        found |= {f"{name}.{field}" for field in type_.fields}
    return frozenset(found - NOT)
