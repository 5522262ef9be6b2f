"""Whether somebody may buy what they ask for, why not, and what instead."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from catalogs import AT, catalog, excludes, offering, requires

from catalog.customer import Attribute
from catalog.eligibility import Rule
from catalog.eligibility.facts import TODAY
from catalog.market import MarketKind, MarketSegment
from catalog.policies.policy import Visibility
from catalog.qualifying.qualification import Answered, Asked, ProposalKind, Result
from catalog.qualifying.service import answer
from catalog.snapshot import Snapshot
from catalog.text import Text

HERE = AT.astimezone(ZoneInfo("Asia/Shanghai"))
CHANNELS = [
    {"code": "10086", "name": {"zh": "热线", "en": "the hotline"}, "handles": "STANDARD"},
    {"code": "MANAGER", "name": {"zh": "客户经理", "en": "account managers"}, "handles": "COMPLEX"},
]
MARKETS = {
    "campus": MarketSegment(1, "campus", MarketKind.CAMPUS, Text("师大", "Normal"), "n/a", facts={"wlan": True}),
    "bare": MarketSegment(2, "bare", MarketKind.CAMPUS, Text("新校区", "New"), "n/a", facts={"wlan": False}),
}
ATTRIBUTES = {
    "gender": Attribute("gender", "categorical", True, Text("性别", "gender")),
    "plan": Attribute("plan", "categorical", False, Text("套餐", "plan")),
}


def policy(code: str, condition: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"code": code, "name": {"en": code}, "condition": condition, "visibility": "LOCKED", **fields}


def ask(
    code: str, *offerings: dict[str, Any], policies: tuple[dict[str, Any], ...] = (), held: Any = (), **asked: Any
) -> Answered:
    read = catalog(*offerings, policy=list(policies), channel=CHANNELS)
    versions = {one.code: (replace(one, id=number),) for number, one in enumerate(read.offerings, start=1)}
    entries = {kind: {one.code: one for one in found} for kind, found in read.entries.items()}
    snapshot = Snapshot(
        1, versions, {}, MARKETS, ATTRIBUTES, channels=entries["channel"], policies=entries.get("policy", {})
    )
    asked["facts"] = {TODAY: HERE.date(), **asked.get("facts", {})}
    return answer(Asked(snapshot.moment(AT), HERE, held, **asked), [code])[0]


def said(found: Answered) -> list[tuple[str, str | None, str]]:
    return [(one.rule.value, one.offending, one.message.said("en")) for one in found.reasons]


def test_what_qualifies_needs_no_reason():
    found = ask("A", offering("A"))
    assert (found.result, found.visibility, found.reasons, found.proposals) == (Result.QUALIFIED, None, (), ())


def test_every_rule_that_stands_in_the_way_is_named_with_what_it_is_about():
    one = offering(
        "ONE", channel=["HALL"], place=["n/b"], productOfferingRelationship=[excludes("OTHER"), requires("BASE")]
    )
    found = ask("ONE", one, offering("OTHER"), offering("BASE"), held=("OTHER",), channel="10086", place="n/a")
    assert said(found) == [
        ("CHANNEL", "10086", "not sold by the hotline"),
        ("PLACE", None, "only in n/b"),
        ("EXCLUDED", "OTHER", "excluded by Other, which is held"),
        ("REQUIRES", "BASE", "needs Base"),
    ]


def test_a_policy_that_fails_says_which_check_and_where_it_stands():
    business = policy("business", {"all": [{"fact": "customer.kind", "eq": "ENTERPRISE"}]})
    found = ask("A", offering("A", policy=["business"]), policies=(business,), facts={"customer.kind": "PERSON"})
    reason = found.reasons[0]
    assert said(found) == [("POLICY", "business", "the kind of customer must be ENTERPRISE")]
    assert reason.message.zh == "客户类型须为集团客户"
    assert reason.path == ("condition", "all", 0)
    assert (found.result, found.visibility) == (Result.UNQUALIFIED, Visibility.LOCKED)


def test_a_policys_own_message_comes_first_and_what_is_not_known_is_added():
    long = policy("loyal", {"fact": "customer.tenure", "range": {"min": 24}}, message={"en": "for loyal customers"})
    sold = offering("A", policy=["loyal"])
    assert said(ask("A", sold, policies=(long,), facts={"customer.tenure": 3}))[0][2] == "for loyal customers"
    unknown = said(ask("A", sold, policies=(long,)))[0][2]
    assert unknown == "for loyal customers (not known: months as a customer)"


def test_of_a_choice_one_is_enough_and_the_contrary_is_said_as_such():
    condition = {
        "all": [
            {"any": [{"fact": "customer.tags", "eq": "student"}, {"fact": "customer.tags", "eq": "teacher"}]},
            {"not": {"fact": "customer.brand", "eq": "GOLD"}},
        ]
    }
    facts = {"customer.tags": frozenset(), "customer.brand": "GOLD"}
    sold = offering("A", policy=["p"])
    found = said(ask("A", sold, policies=(policy("p", condition),), facts=facts, is_internal=True))[0][2]
    assert found == (
        "the customer's tags must be student, or the customer's tags must be teacher; the brand must not be GOLD"
    )


def test_what_is_sensitive_or_internal_is_never_spelled_out_to_those_who_may_not_know():
    sold = offering("A", policy=["p"])
    for fact, outside, inside in (
        ("attribute.gender", "a condition does not hold", "a condition does not hold"),
        ("attribute.plan", "a condition does not hold", "plan must be x"),
        ("customer.tags", "a condition does not hold", "the customer's tags must be x"),
    ):
        policies = (policy("p", {"fact": fact, "eq": "x"}),)
        assert said(ask("A", sold, policies=policies))[0][2] == outside
        shown = said(ask("A", sold, policies=policies, facts={fact: "y"}, is_internal=True))[0][2]
        assert shown == inside


def test_campus_wlan_is_for_those_whose_campus_is_covered():
    campus = {"all": [{"fact": "market.kind", "eq": "CAMPUS"}, {"fact": "market.facts.wlan", "eq": True}]}
    wlan, covered = offering("WLAN", policy=["covered"]), policy("covered", {"market": campus})
    assert ask("WLAN", wlan, policies=(covered,), market="campus").result is Result.QUALIFIED
    found = ask("WLAN", wlan, policies=(covered,), facts={"market.code": frozenset({"bare"})})
    assert said(found) == [("POLICY", "covered", "wlan of the cluster market must be yes")]
    assert found.reasons[0].path == ("condition", "market", "all", 1)
    assert ask("WLAN", wlan, policies=(covered,), held=None).result is Result.UNQUALIFIED


def test_hidden_outweighs_locked():
    no = {"fact": "customer.kind", "eq": "ENTERPRISE"}
    policies = (policy("a", no), policy("b", no, visibility="HIDDEN"))
    assert ask("A", offering("A", policy=["a", "b"]), policies=policies).visibility is Visibility.HIDDEN
    assert ask("A", offering("A", policy=["a"]), policies=policies).visibility is Visibility.LOCKED
    assert ask("A", offering("A", isSellable=False)).visibility is Visibility.HIDDEN


def test_the_part_of_a_bundle_that_stands_in_the_way_is_named():
    part = offering("PART", place=["n/b"])
    bundle = offering("BUNDLE", bundledProductOffering=[{"code": "PART"}])
    reason = ask("BUNDLE", part, bundle, place="n/a").reasons[0]
    assert (reason.rule, reason.part, reason.message.en) == (Rule.PLACE, "PART", "only in n/b (part: Part)")


def test_what_is_not_sold_here_is_proposed_where_it_is_sold():
    found = ask("A", offering("A", channel=["MANAGER"]), channel="10086")
    assert found.result is Result.ALTERNATE
    assert [(one.kind, one.offering.code, one.channel) for one in found.proposals] == [
        (ProposalKind.CHANNEL, "A", "MANAGER")
    ]


def test_what_is_too_complex_for_a_channel_qualifies_as_a_lead_and_says_where_it_is_sold_on_the_spot():
    heavy = offering("LINE", complexity="COMPLEX")
    found = ask("LINE", heavy, channel="10086")
    assert (found.result, found.is_lead) == (Result.QUALIFIED, True)
    assert said(found) == [("COMPLEXITY", "10086", "the hotline passes it on to an account manager")]
    assert [one.channel for one in found.proposals] == ["MANAGER"]
    assert ask("LINE", heavy, channel="MANAGER").is_lead is False


def test_a_bundle_is_as_complex_as_its_heaviest_part():
    bundle = offering("BUNDLE", bundledProductOffering=[{"code": "LINE"}])
    assert ask("BUNDLE", offering("LINE", complexity="COMPLEX"), bundle, channel="10086").is_lead


def test_alternatives_come_by_relation_then_by_family_and_only_if_they_qualify():
    gone = offering("OLD", lifecycleStatus="RETIRED", family="F", step=1)
    new = offering("NEW", productOfferingRelationship=[{"relationshipType": "REPLACES", "target": "OLD"}])
    kin = [
        offering("NEAR", family="F", step=2),
        offering("FAR", family="F", step=9),
        offering("SHUT", family="F", isSellable=False),
    ]
    found = ask("OLD", gone, new, *kin)
    assert [(one.kind, one.offering.code) for one in found.proposals] == [
        (ProposalKind.REPLACEMENT, "NEW"),
        (ProposalKind.SAME_FAMILY, "NEAR"),
        (ProposalKind.SAME_FAMILY, "FAR"),
    ]


def test_what_is_excluded_by_one_thing_held_may_take_its_place():
    new, old = offering("NEW", productOfferingRelationship=[excludes("OLD")]), offering("OLD")
    (proposal,) = ask("NEW", new, old, held=("OLD",)).proposals
    assert (proposal.kind, proposal.offering.code) == (ProposalKind.CHANGE, "NEW")
    assert proposal.replaced is not None
    assert proposal.replaced.code == "OLD"


def test_what_must_come_first_is_proposed():
    found = ask("B", offering("A"), offering("B", productOfferingRelationship=[requires("A")]))
    assert [(one.kind, one.offering.code) for one in found.proposals] == [(ProposalKind.PREREQUISITE, "A")]


def test_who_holds_it_is_offered_nothing_instead():
    found = ask("A", offering("A", family="F"), offering("B", family="F"), held=("A",))
    assert (found.result, said(found)) == (Result.UNQUALIFIED, [("HELD", "A", "A is already held")])


def test_what_begins_later_says_when():
    late = offering("LATE", validFor={"startDateTime": "2026-05-01"})
    assert said(ask("LATE", late)) == [("NOT_YET_IN_FORCE", "LATE", "it is offered from 2026-05-01 on")]


def test_what_nobody_knows_is_told_apart():
    found = ask("NOTHING", offering("A"))
    assert (found.offering, found.result) == (None, Result.UNQUALIFIED)
    assert said(found) == [("RETIRED", "NOTHING", "there is no such offering")]
