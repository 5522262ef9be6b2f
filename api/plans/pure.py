"""What of the schema is a pure function of the catalog: a catalog object, the moment it is seen in, and the view on it.

Knows names of types and fields, by which the memo may keep what they wrote; must not know how they are written.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A type whose objects are kept: `core` is the attribute that holds the catalog's object, next to a `view`.

    Objects with the attribute `unless` set are not kept.
    """

    core: str
    unless: str | None = None


KINDS = {"ProductOffering": Kind("offering", unless="is_whole"), "Category": Kind("category_")}

# Types that read nothing but catalog objects, their moment, and the language of the view. A Moment is what is in force
# between two boundaries of validity, so that what depends on the time within it does not change while it lasts.
PURE = frozenset(
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
# Fields of those types that depend on the channel, the place and the market of the view as well.
SITUATED = frozenset({"ProductOffering.isSellable", "ProductOffering.bundles", "Category.productOfferings"})
# What looks at more than what is in force.
WIDER = frozenset({"ProductOffering.problem"})
# With fewer fields than this, asking the memo costs more than writing.
FEWEST_FIELDS = 4


def is_pure(types: set[str], asked: set[str]) -> bool:
    return types <= PURE and not asked & WIDER


def is_situated(asked: set[str]) -> bool:
    return bool(asked & SITUATED)
