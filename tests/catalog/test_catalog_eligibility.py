"""Who may buy what."""

from __future__ import annotations

from catalogs import AT, excludes, offering, requires, snapshot

from catalog.eligibility import Qualification, Rule


def qualify(*offerings: dict, held: tuple[str, ...] = (), **asked: object) -> Qualification:
    return snapshot(*offerings).moment(AT).rules.qualify(held, **asked)  # type: ignore[arg-type]


def test_what_is_held_is_not_offered_again():
    found = qualify(offering("A"), offering("B"), held=("A",))
    assert found.qualified == {"B"}
    assert found.withheld == {Rule.HELD: {"A"}}


def test_what_a_held_bundle_brings_is_not_offered_again_nested_bundles_included():
    inner = offering("INNER", bundledProductOffering=[{"code": "A"}, {"code": "OPT", "lower": 0}])
    outer = offering("OUTER", bundledProductOffering=[{"code": "INNER"}])
    found = qualify(offering("A"), offering("OPT"), inner, outer, held=("OUTER",))
    assert found.withheld == {Rule.HELD: {"OUTER"}, Rule.INSIDE_HELD_BUNDLE: {"INNER", "A"}}
    assert found.qualified == {"OPT"}


def test_a_copy_of_what_is_held_counts_as_held():
    found = qualify(offering("WLAN"), offering("WLAN_NORTH", template="WLAN"), held=("WLAN_NORTH",))
    assert found.withheld == {Rule.HELD: {"WLAN", "WLAN_NORTH"}}


def test_one_of_several_prerequisites_is_enough():
    internet = (offering("DSL"), offering("FIBRE"))
    backup = offering("BACKUP", productOfferingRelationship=[requires("DSL", "net"), requires("FIBRE", "net")])
    assert qualify(*internet, backup).withheld == {Rule.REQUIRES: {"BACKUP"}}
    assert "BACKUP" in qualify(*internet, backup, held=("FIBRE",)).qualified


def test_prerequisites_without_a_group_are_all_needed():
    both = offering("BOTH", productOfferingRelationship=[requires("A"), requires("B")])
    assert "BOTH" not in qualify(offering("A"), offering("B"), both, held=("A",)).qualified
    assert "BOTH" in qualify(offering("A"), offering("B"), both, held=("A", "B")).qualified


def test_a_bundle_that_brings_the_prerequisite_of_its_part_needs_nothing_else():
    part = offering("PART", productOfferingRelationship=[requires("BASE")])
    bundle = offering("BUNDLE", bundledProductOffering=[{"code": "BASE"}, {"code": "PART"}])
    found = qualify(offering("BASE"), part, bundle)
    assert found.qualified == {"BASE", "BUNDLE"}


def test_an_exclusion_works_in_both_directions():
    one = offering("ONE", productOfferingRelationship=[excludes("OTHER")])
    assert qualify(one, offering("OTHER"), held=("ONE",)).withheld[Rule.EXCLUDED] == {"OTHER"}
    assert qualify(one, offering("OTHER"), held=("OTHER",)).withheld[Rule.EXCLUDED] == {"ONE"}


def test_what_is_replaced_shuts_nothing_out_but_is_still_held():
    plus = offering("PLUS", productOfferingRelationship=[excludes("BASIC"), excludes("ODD")])
    basic, odd = offering("BASIC"), offering("ODD")
    found = qualify(basic, plus, odd, held=("BASIC",), replacing=frozenset({"BASIC"}))
    assert found.qualified == {"PLUS", "ODD"}
    assert found.withheld == {Rule.HELD: {"BASIC"}}
    both = qualify(basic, plus, odd, held=("BASIC", "ODD"), replacing=frozenset({"BASIC"}))
    assert both.withheld[Rule.EXCLUDED] == {"PLUS"}


def test_what_a_replaced_bundle_brings_gives_way_with_it():
    bundle = offering("BUNDLE", bundledProductOffering=[{"code": "PART"}])
    part = offering("PART", productOfferingRelationship=[excludes("PART_MAX")])
    better = offering("BETTER", bundledProductOffering=[{"code": "PART_MAX"}])
    known = (bundle, part, better, offering("PART_MAX"))
    assert "BETTER" not in qualify(*known, held=("BUNDLE",)).qualified
    assert "BETTER" in qualify(*known, held=("BUNDLE",), replacing=frozenset({"BUNDLE"})).qualified


def test_a_bundle_is_excluded_when_something_held_excludes_what_it_brings():
    part = offering("PART", productOfferingRelationship=[excludes("OLD")])
    bundle = offering("BUNDLE", bundledProductOffering=[{"code": "PART"}])
    assert qualify(offering("OLD"), part, bundle, held=("OLD",)).withheld[Rule.EXCLUDED] == {"PART", "BUNDLE"}


def test_a_channel_sells_what_lists_it_and_what_lists_none():
    hall = offering("HALL_ONLY", channel=["HALL"])
    found = qualify(hall, offering("ANYWHERE"), channel="10086")
    assert found.qualified == {"ANYWHERE"}
    assert found.withheld == {Rule.CHANNEL: {"HALL_ONLY"}}
    assert qualify(hall, offering("ANYWHERE"), channel="HALL").qualified == {"HALL_ONLY", "ANYWHERE"}


def test_a_channel_that_is_not_yet_open_does_not_sell():
    late = offering("LATE", channel=[{"id": "HALL", "validFor": {"startDateTime": "2027-01-01"}}])
    assert qualify(late, channel="HALL").withheld == {Rule.CHANNEL: {"LATE"}}


def test_what_is_retired_not_sold_alone_or_lately_refused_is_withheld_by_its_rule():
    found = qualify(
        offering("GONE", lifecycleStatus="RETIRED"),
        offering("PART_ONLY", isSellable=False),
        offering("NO_THANKS"),
        refused=("NO_THANKS",),
    )
    assert found.qualified == set()
    assert found.withheld == {
        Rule.RETIRED: {"GONE"},
        Rule.NOT_SELLABLE: {"PART_ONLY"},
        Rule.REFUSED_RECENTLY: {"NO_THANKS"},
    }


def test_what_is_still_in_design_is_not_even_considered():
    found = qualify(offering("SECRET", lifecycleStatus="IN_DESIGN"), offering("A"))
    assert found.qualified == {"A"}
    assert found.withheld == {}
