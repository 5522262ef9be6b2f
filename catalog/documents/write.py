"""An offering written as a catalog file would have it, for exports and for the audit of edits.

Knows the file's shape, which document.py reads; must not know who wants it.
"""

from __future__ import annotations

from collections.abc import Mapping

from catalog import trial
from catalog.bundle import BundleGroup, BundlePart
from catalog.documents.written import Json, decimal, known, period, quantity
from catalog.offering import ChannelUse, Offering, Relationship
from catalog.period import ALWAYS
from catalog.price import Money, Price, Scope, Stacking, Tier, TierMode
from catalog.specification import write_use
from catalog.term import ShortfallPolicy, Term
from catalog.time_window import MONDAY_TO_SUNDAY, TimeWindow


def written(one: Offering) -> Json:
    """The version as JSON values; what is empty is left out, money and decimals are strings."""
    return known(
        code=one.code,
        name=one.name.to_json(),
        description=one.description.to_json(),
        lifecycleStatus=one.lifecycle_status.value,
        statusReason=one.status_reason,
        validFor=period(one.valid),
        isSellable=one.is_sellable,
        category=list(one.category),
        family=one.family,
        step=one.step,
        complexity=one.complexity.value,
        talkingPoint=one.talking_point.to_json(),
        margin=decimal(one.margin),
        channel=[_channel(use) for use in one.channel],
        template=one.template,
        externalIdentifier=[{"owner": known.owner, "id": known.id} for known in one.external_identifier],
        productOfferingPrice=[_price(price) for price in one.prices],
        productOfferingTerm=[_term(term) for term in one.terms],
        productOfferingRelationship=[_relationship(relation) for relation in one.relationships],
        bundledProductOffering=[written_part(part) for part in one.parts],
        bundledGroup=[written_group(group) for group in one.groups],
        productSpecification=one.specification,
        prodSpecCharValueUse=[write_use(use) for use in one.characteristics],
        place=list(one.place),
        marketSegment=list(one.market_segment),
        policy=list(one.policy),
        allowedAction=list(one.allowed_action),
        trial=trial.write(one.trial),
    )


def differences(before: Offering | None, after: Offering) -> Json:
    """{"before": …, "after": …} with the fields that differ, as they were and are; one that is left out was empty."""
    old, new = written(before) if before else {}, written(after)
    differing = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    return {
        "before": {key: old[key] for key in differing if key in old},
        "after": {key: new[key] for key in differing if key in new},
    }


def _channel(use: ChannelUse) -> str | Json:
    return use.channel if use.valid == ALWAYS else {"id": use.channel, "validFor": period(use.valid)}


def _price(price: Price) -> Json:
    return known(
        code=price.code,
        name=price.name.to_json(),
        priceType=price.price_type.value,
        price=_money(price.price),
        percentage=decimal(price.percentage),
        unitOfMeasure=quantity(price.unit_of_measure),
        recurringChargePeriod=price.recurring_charge_period,
        taxIncluded=price.tax_included,
        taxRate=decimal(price.tax_rate),
        validFor=period(price.valid),
        ratingIncrement=quantity(price.rating_increment),
        connectFee=_money(price.connect_fee),
        tierMode=None if price.tier_mode is TierMode.GRADUATED else price.tier_mode.value,
        tiers=[_tier(tier) for tier in price.tiers],
        carryOver=price.carry_over or None,
        timeWindow=_window(price.time_window),
        stacking=None if price.stacking is Stacking.COMBINABLE else price.stacking.value,
        exclusiveGroup=price.exclusive_group,
        applicationDuration=quantity(price.application_duration),
        priority=price.priority or None,
        scope=None if price.scope is Scope.ITEM else price.scope.value,
        appliesTo=list(price.applies_to),
        term=price.term,
    )


def _money(money: Money | None) -> Mapping[str, str | None] | None:
    return {"unit": money.unit, "value": decimal(money.value)} if money else None


def _tier(tier: Tier) -> Json:
    return known(lower=decimal(tier.lower), price=_money(tier.price), percentage=decimal(tier.percentage))


def _window(window: TimeWindow | None) -> Json | None:
    if window is None:
        return None
    days = None if window.days == MONDAY_TO_SUNDAY else list(window.days)
    return known(start=window.start.isoformat(), end=window.end.isoformat(), days=days)


def _term(term: Term) -> Json:
    policy, early = term.shortfall_policy, term.early_termination
    share = {"percentage": decimal(policy.percentage), "prorated": policy.prorated}
    return known(
        code=term.code,
        name=term.name.to_json(),
        kind=term.kind.value,
        duration=quantity(term.duration),
        minimum=_money(term.minimum),
        minimumPeriod=None if term.minimum_period == "year" else term.minimum_period,
        shortfallPolicy=None if policy == ShortfallPolicy() else share,
        earlyTermination=known(price=_money(early.price), percentage=decimal(early.percentage)) if early else None,
        tierLift=term.tier_lift or None,
        scope=None if term.scope is Scope.ITEM else term.scope.value,
        validFor=period(term.valid),
    )


def _relationship(one: Relationship) -> Json:
    return known(
        relationshipType=one.relationship_type.value, target=one.target, group=one.group, min=one.min, max=one.max
    )


def written_part(part: BundlePart) -> Json:
    # An upper limit left out is one; only null means any number.
    return {**known(code=part.code, lower=part.lower, default=part.default, group=part.group), "upper": part.upper}


def written_group(group: BundleGroup) -> Json:
    return known(code=group.code, name=group.name.to_json(), lower=group.lower, upper=group.upper, parent=group.parent)
