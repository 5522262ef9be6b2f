"""For every code of lint a small catalog that has it, and the place where it has it."""

from __future__ import annotations

from typing import Any

from catalogs import ZONE, excludes, monthly, offering, requires

from catalog.documents import document
from catalog.linting.world import World
from catalog.offering import Offering

Node = dict[str, Any]
# A sound offering that others can be built around.
A, B, C = offering("A"), offering("B"), offering("C")
ALONE = {"startDateTime": "2020-01-01", "endDateTime": "2020-02-01"}
LATER = {"startDateTime": "2026-06-01"}


def bundle(*parts: str | Node, **fields: Any) -> Node:
    listed = [part if isinstance(part, dict) else {"code": part} for part in parts]
    return offering("W", **{"bundledProductOffering": listed, **fields})


def grouped(parts: list[Node], *groups: Node) -> Node:
    return bundle(*({"group": "g", **part} for part in parts), bundledGroup=list(groups))


def fee(value: str, code: str = "fee", **fields: Any) -> Node:
    return {**monthly(value), "code": code, **fields}


def priced(*prices: Node, **fields: Any) -> Node:
    return offering("X", productOfferingPrice=list(prices), **fields)


def usage(value: str, code: str = "use", units: str = "minute", **fields: Any) -> Node:
    price = {"unit": "CNY", "value": value}
    unit = {"amount": "1", "units": units}
    return {"code": code, "priceType": "USAGE", "price": price, "unitOfMeasure": unit, **fields}


def off(percentage: str | None = "10", code: str = "off", **fields: Any) -> Node:
    return {"code": code, "priceType": "DISCOUNT", "percentage": percentage, **fields}


def term(kind: str, code: str = "t", **fields: Any) -> Node:
    return {"code": code, "kind": kind, "duration": {"amount": "12", "units": "month"}, **fields}


def step(code: str, number: int | None, value: str, **fields: Any) -> Node:
    return offering(code, family="F", step=number, productOfferingPrice=[fee(value)], **fields)


def related(code: str, target: str, kind: str, **fields: Any) -> Node:
    return offering(code, productOfferingRelationship=[{"relationshipType": kind, "target": target}], **fields)


def world(*offerings: Node, **registers: list[Node]) -> World:
    """The world of a document; of offerings with one code the later ones are later versions."""
    read, problems = document.read({"offerings": list(offerings), **registers}, ZONE)
    assert not problems, [problem.place + " " + problem.message.said("en") for problem in problems]
    versions: dict[str, list[Offering]] = {}
    for one in read.offerings:
        known = versions.setdefault(one.code, [])
        object.__setattr__(one, "version", len(known) + 1)
        known.append(one)
    entries = {kind: {one.code: one for one in found} for kind, found in read.entries.items()}
    return World(
        {code: tuple(found) for code, found in versions.items()},
        {one.code: one for one in read.categories},
        entries["specification"],  # type: ignore[arg-type]
        entries["place"],  # type: ignore[arg-type]
        entries["channel"],  # type: ignore[arg-type]
        entries["policy"],  # type: ignore[arg-type]
        zone=ZONE,
    )


SPEED = {
    "code": "LINE",
    "name": {"en": "Line"},
    "productSpecCharacteristic": [
        {
            "name": "speed",
            "valueType": "NUMBER",
            "minCardinality": 1,
            "productSpecCharacteristicValue": [{"valueFrom": "100", "valueTo": "1000"}],
        }
    ],
}


def of_line(*values: str, name: str = "speed") -> Node:
    uses = [{"name": name, "value": list(values)}] if values else []
    return offering("X", productSpecification="LINE", prodSpecCharValueUse=uses)


def register(code: str, **fields: Any) -> Node:
    return {"code": code, "name": {"en": code.title()}, **fields}


def people(kind: str) -> Node:
    return register(kind, condition={"fact": "customer.kind", "eq": kind})


# code → (the offering or category that has it, where, the catalog).
EXAMPLES: dict[str, tuple[str, str, World]] = {
    "UNKNOWN_CODE": ("W", "bundledProductOffering[1].code", world(A, bundle("A", "GONE"))),
    "DUPLICATE_CODE": ("X", "productOfferingPrice[1]", world(priced(fee("1"), fee("2")))),
    "CYCLE": ("A", "productOfferingRelationship", world(related("A", "B", "REQUIRES"), related("B", "A", "REQUIRES"))),
    "UNREGISTERED": ("X", "channel[0]", world(offering("X", channel=["SHOP"]), channel=[register("ONLINE")])),
    "OUT_OF_DATE": (
        "X",
        "category[0]",
        world(offering("X", category=["old"]), categories=[register("old", validFor=ALONE)]),
    ),
    "GROUP_TOO_SMALL": ("W", "bundledGroup[0].lower", world(A, grouped([{"code": "A"}], {"code": "g", "lower": 2}))),
    "GROUP_TOO_NARROW": (
        "W",
        "bundledGroup[0].upper",
        world(A, B, grouped([{"code": "A", "lower": 1}, {"code": "B", "lower": 1}], {"code": "g", "upper": 1})),
    ),
    "GROUP_EMPTY": ("W", "bundledGroup[0]", world(A, bundle("A", bundledGroup=[{"code": "g"}]))),
    "PART_BEHIND": (
        "W",
        "bundledProductOffering[1].code",
        world(A, offering("B", lifecycleStatus="IN_DESIGN"), bundle("A", "B")),
    ),
    "PART_NOT_IN_CHANNEL": (
        "W",
        "bundledProductOffering[0].code",
        world(offering("A", channel=["HALL"]), bundle("A", channel=["HALL", "ONLINE"])),
    ),
    "PART_NOT_IN_PLACE": (
        "W",
        "bundledProductOffering[0].code",
        world(offering("A", place=["shanxi/taiyuan"]), bundle("A", place=["shanxi"])),
    ),
    "PART_NOT_IN_MARKET": (
        "W",
        "bundledProductOffering[0].code",
        world(offering("A", marketSegment=["M1"]), bundle("A", marketSegment=["M1", "M2"])),
    ),
    "PARTS_EXCLUDE": (
        "W",
        "bundledProductOffering[0].code",
        world(related("A", "B", "EXCLUDES"), B, bundle("A", "B")),
    ),
    "PART_NEVER_CHOSEN": (
        "W",
        "bundledProductOffering[1].code",
        world(A, related("B", "A", "EXCLUDES"), bundle("A", {"code": "B", "lower": 0})),
    ),
    "PART_TWICE": (
        "W",
        "bundledProductOffering[0].code",
        world(A, offering("INNER", bundledProductOffering=[{"code": "A"}]), bundle("A", "INNER")),
    ),
    "REQUIRES_EXCLUDED": (
        "X",
        "productOfferingRelationship[0].target",
        world(offering("X", productOfferingRelationship=[requires("A")]), related("A", "X", "EXCLUDES")),
    ),
    "REQUIRES_UNSOLD": (
        "X",
        "productOfferingRelationship[0].target",
        world(related("X", "A", "REQUIRES"), offering("A", lifecycleStatus="RETIRED")),
    ),
    "RELATION_CONTRADICTS": (
        "X",
        "productOfferingRelationship[1].target",
        world(
            A,
            offering(
                "X", productOfferingRelationship=[excludes("A"), {"relationshipType": "CROSS_SELL", "target": "A"}]
            ),
        ),
    ),
    "RELATION_UNSOLD": (
        "X",
        "productOfferingRelationship[0].target",
        world(related("X", "A", "CROSS_SELL"), offering("A", lifecycleStatus="RETIRED")),
    ),
    "UPSELL_DOWN": (
        "X",
        "productOfferingRelationship[0].target",
        world(step("LOW", 1, "5"), related("X", "LOW", "UPSELL", family="F", step=2)),
    ),
    "OVERLAPPING_VALIDITY": ("X", "validFor", world(offering("X"), offering("X", validFor=LATER))),
    "VALIDITY_GAP": (
        "X",
        "validFor",
        world(offering("X", validFor={"endDateTime": "2026-05-01"}), offering("X", validFor=LATER)),
    ),
    "VALIDITY_OVER": ("X", "validFor", world(offering("X", lifecycleStatus="IN_TEST", validFor=ALONE))),
    "PRICE_OUT_OF_REACH": (
        "X",
        "productOfferingPrice[0].validFor",
        world(priced(fee("9", validFor=ALONE), validFor={"startDateTime": "2026-01-01"})),
    ),
    "TERM_OUT_OF_REACH": (
        "X",
        "productOfferingPrice[0].term",
        world(
            priced(fee("9", term="t", validFor=LATER), productOfferingTerm=[term("PRICE_GUARANTEE", validFor=ALONE)])
        ),
    ),
    "WINDOW_OUT_OF_REACH": (
        "X",
        "productOfferingPrice[0].timeWindow",
        # The second of March 2026 is a Monday.
        world(
            priced(
                usage(
                    "1",
                    timeWindow={"days": [6, 7]},
                    validFor={"startDateTime": "2026-03-02", "endDateTime": "2026-03-05"},
                )
            )
        ),
    ),
    "TIER_SHADOWS_PRICE": (
        "X",
        "productOfferingPrice[0].tiers[0]",
        world(priced(fee("9", tiers=[{"lower": "0", "price": {"value": "5"}}]))),
    ),
    "TIER_WITHOUT_EFFECT": (
        "X",
        "productOfferingPrice[0].tiers[1]",
        world(
            priced(fee("9", tiers=[{"lower": "5", "price": {"value": "4"}}, {"lower": "9", "price": {"value": "4"}}]))
        ),
    ),
    "DISCOUNT_OF_NOTHING": ("X", "productOfferingPrice[1]", world(priced(fee("9"), off("0")))),
    "DISCOUNT_WITHOUT_BASE": ("X", "productOfferingPrice[0].appliesTo", world(priced(off()))),
    "STACKING_ALONE": (
        "X",
        "productOfferingPrice[1].exclusiveGroup",
        world(priced(fee("9"), off(stacking="EXCLUSIVE", exclusiveGroup="spring"))),
    ),
    "USAGE_TWICE": ("X", "productOfferingPrice[1]", world(priced(usage("1"), usage("2", "other", "s")))),
    "ALLOWANCE_UNUSED": (
        "X",
        "productOfferingPrice[0].unitOfMeasure",
        world(
            priced({"code": "in", "priceType": "ALLOWANCE", "unitOfMeasure": {"amount": "5", "units": "GB"}}),
            offering("CALLS", productOfferingPrice=[usage("1")]),
        ),
    ),
    "COMMITMENT_WITHOUT_MINIMUM": (
        "X",
        "productOfferingTerm[0].minimum",
        world(priced(fee("9"), productOfferingTerm=[term("COMMITMENT")])),
    ),
    "COMMITMENT_WITHOUT_SHORTFALL": (
        "X",
        "productOfferingTerm[0].shortfallPolicy",
        world(
            priced(
                fee("9"),
                productOfferingTerm=[term("COMMITMENT", minimum={"value": "100"}, shortfallPolicy={"percentage": "0"})],
            )
        ),
    ),
    "BINDING_WITHOUT_COST": (
        "X",
        "productOfferingTerm[0].earlyTermination",
        world(priced(fee("9"), productOfferingTerm=[term("BINDING")])),
    ),
    "CURRENCIES_MIXED": (
        "W",
        "productOfferingPrice",
        world(
            offering("A", productOfferingPrice=[fee("9", price={"unit": "HKD", "value": "9"})]),
            bundle("A", productOfferingPrice=[fee("5")]),
        ),
    ),
    "VAT_MIXED": ("X", "productOfferingPrice", world(priced(fee("9"), fee("1", "extra", taxIncluded=False)))),
    "DEARER_THAN_PARTS": (
        "W",
        "productOfferingPrice",
        world(
            offering("A", productOfferingPrice=[fee("9"), off("50")]),
            offering("B", productOfferingPrice=[fee("3")]),
            bundle("A", "B", productOfferingPrice=[fee("8")]),
        ),
    ),
    "NO_PRICE": ("X", "productOfferingPrice", world(offering("X"))),
    "NO_NAME": ("X", "name.zh", world(offering("X"))),
    "NO_TALKING_POINT": ("X", "talkingPoint.en", world(offering("X", talkingPoint={"zh": "好"}))),
    "SAME_NAME": ("X", "name.en", world(offering("X"), offering("Y", name={"en": "X"}))),
    "NO_CATEGORY": ("X", "category", world(offering("X"))),
    "CATEGORY_EMPTY": ("old", "", world(A, categories=[register("old")])),
    "STEP_TWICE": ("Y", "step", world(step("X", 1, "5"), step("Y", 1, "9"))),
    "STEP_MISSING": ("Y", "step", world(step("X", 1, "5"), step("Y", 3, "9"))),
    "STEP_CHEAPER": ("Y", "productOfferingPrice", world(step("X", 1, "5"), step("Y", 2, "4"))),
    "STEP_SAME_PRICE": ("Y", "productOfferingPrice", world(step("X", 1, "5"), step("Y", 2, "5"))),
    "STEP_WITHOUT_FAMILY": ("X", "family", world(offering("X", step=2))),
    "FAMILY_WITHOUT_STEP": ("X", "step", world(step("X", None, "5"))),
    "NO_OPEN_CHANNEL": ("X", "channel", world(offering("X", channel=[{"id": "HALL", "validFor": ALONE}]))),
    "TOO_COMPLEX": (
        "X",
        "complexity",
        world(offering("X", complexity="COMPLEX", channel=["10086"]), channel=[register("10086", handles="STANDARD")]),
    ),
    "NOBODY_MAY_BUY": ("X", "isSellable", world(offering("X", isSellable=False))),
    "POLICY_UNSATISFIABLE": (
        "X",
        "policy",
        world(offering("X", policy=["PERSON", "ENTERPRISE"]), policy=[people("PERSON"), people("ENTERPRISE")]),
    ),
    "TRIAL_TO_NOTHING": (
        "X",
        "trial.to",
        world(
            offering("X", trial={"duration": {"amount": "1", "units": "month"}, "conversion": "CONVERT", "to": "A"}),
            offering("A", lifecycleStatus="RETIRED"),
        ),
    ),
    "CHARACTERISTIC_UNKNOWN": (
        "X",
        "prodSpecCharValueUse[0].name",
        world(of_line("1", name="colour"), productSpecification=[SPEED]),
    ),
    "CHARACTERISTIC_VALUE": (
        "X",
        "prodSpecCharValueUse[0].value[0]",
        world(of_line("2000"), productSpecification=[SPEED]),
    ),
    "CHARACTERISTIC_MISSING": ("X", "prodSpecCharValueUse", world(of_line(), productSpecification=[SPEED])),
}
