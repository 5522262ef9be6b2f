"""What use costs: rating units, connection fees, allowances, tiers and hours of the day."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pricing import allowance, bill, day, fee, lines, money, plan, quantity, tiers, total, use, used

from catalog.price import TierMode
from catalog.quoting.holding import QuoteItem, QuoteRefused
from catalog.time_window import TimeWindow

BY_SIX_SECONDS = plan(use("0.20", "6 s", step="6 s"), code="SIX")
BY_MINUTE = plan(use("1.50", "1 minute", step="1 minute"), code="MINUTE")


@pytest.mark.parametrize(
    ("seconds", "by_six", "by_minute"), [("30", "1.00", "1.50"), ("60", "2.00", "1.50"), ("90", "3.00", "3.00")]
)
def test_twenty_fen_per_six_seconds_sound_cheaper_than_a_yuan_fifty_a_minute(seconds, by_six, by_minute):
    call = [used(f"{seconds} s")]
    assert total(BY_SIX_SECONDS, usage=call) == Decimal(by_six)
    assert total(BY_MINUTE, usage=call) == Decimal(by_minute)


def test_every_call_is_rounded_up_by_itself():
    assert total(BY_MINUTE, usage=[used("61 s", count=10)]) == Decimal("30.00")
    assert total(BY_MINUTE, usage=[used("610 s")]) == Decimal("16.50")


def test_without_a_rating_unit_use_is_rated_exactly_and_the_line_rounded_half_up():
    exact = bill(plan(use("0.19", "1 minute")), usage=[used("1.5 s")])
    assert lines(exact, "USAGE")[0].exact == Decimal("0.00475")
    assert exact.gross == Decimal("0.00")
    assert total(plan(use("0.30", "1 minute")), usage=[used("1 s")]) == Decimal("0.01")


def test_a_connection_fee_is_owed_by_every_call_that_is_not_wholly_included():
    found = bill(
        plan(use("0.10", "1 minute", step="60 s", connect_fee=money("0.05")), allowance("5 minute")),
        usage=[used("90 s", count=4)],
    )
    assert lines(found, "USAGE")[0].exact == Decimal("0.30")
    assert lines(found, "CONNECTION")[0].exact == Decimal("0.10")


def test_data_counts_1024():
    assert total(plan(use("1", "1 GB")), usage=[used("512 MB")]) == Decimal("0.50")


def test_use_that_no_price_covers_is_named_and_not_given_away():
    found = bill(plan(fee("10")), usage=[used("3 message")])
    assert [one.quantity for one in found.unrated] == [quantity("3 message")]


def test_an_allowance_is_used_before_anything_is_charged():
    one = plan(fee("39"), allowance("100 minute"), use("0.19", "1 minute", step="60 s"))
    found = bill(one, usage=[used("30 s", count=120)])
    assert found.gross == Decimal("42.80")
    assert lines(found, "ALLOWANCE")[0].rule.en == "100 used of 100 minute included"


def test_what_is_left_of_an_allowance_goes_on_only_where_it_says_so_and_only_for_a_month():
    kept, lost = allowance("10 GB", "kept", carry_over=True), allowance("10 GB", "lost")
    found = bill(plan(fee("9"), kept, lost), usage=[used("12 GB")])
    assert [(one.code, one.quantity) for one in found.carried] == [("kept", quantity("8 GB"))]
    next_month = bill(QuoteItem(plan(fee("9"), kept), carried={"kept": Decimal(8)}), usage=[used("5 GB")])
    assert [one.quantity for one in next_month.carried] == [quantity("10 GB")]
    assert sorted(line.quantity for line in lines(next_month, "ALLOWANCE")) == [0, 5]


def test_allowances_of_all_that_is_held_count_together():
    pack = plan(fee("10"), allowance("5 GB"), code="PACK")
    assert total(plan(fee("39"), allowance("5 GB"), use("5", "1 GB")), pack, usage=[used("11 GB")]) == Decimal("54.00")


def test_graduated_tiers_charge_every_slice_at_its_own_price():
    one = plan(use("0.10", "1 message", tiers=tiers(_1000="0.08", _5000="0.05")))
    found = bill(one, usage=[used("6000 message")])
    assert [line.exact for line in lines(found, "USAGE")] == [Decimal("100"), Decimal("320"), Decimal("50")]
    assert [line.unit_price for line in lines(found, "USAGE")] == [Decimal("0.10"), Decimal("0.08"), Decimal("0.05")]


def test_volume_tiers_charge_everything_at_the_tier_that_is_reached():
    one = plan(use("0.10", "1 message", tiers=tiers(_1000="0.08", _5000="0.05"), tier_mode=TierMode.VOLUME))
    assert total(one, usage=[used("999 message")]) == Decimal("99.90")
    assert total(one, usage=[used("1000 message")]) == Decimal("80.00")
    assert total(one, usage=[used("500 message", count=12)]) == Decimal("300.00")


def test_seats_are_counted_in_tiers_as_well():
    seats = plan(fee("10", tiers=tiers(_10="8")))
    assert total(QuoteItem(seats, quantity=25)) == Decimal("220.00")


def test_a_night_tariff_rates_what_begins_at_night_where_the_operator_is():
    night = TimeWindow(time(23), time(7))
    one = plan(use("0.20", "1 minute", "day"), use("0.10", "1 minute", "night", time_window=night))
    minute = [used("1 minute", at=at) for at in (day(5, 22), day(5, 23), day(6, 6), day(6, 7))]
    assert total(one, usage=minute) == Decimal("0.60")
    assert total(one, usage=[used("1 minute")]) == Decimal("0.20")


def test_a_window_past_midnight_belongs_to_the_day_on_which_it_began():
    friday_night = TimeWindow(time(22), time(2), days=(5,))
    assert friday_night.contains(day(6, 23), day(6).tzinfo)
    assert friday_night.contains(day(7, 1), day(6).tzinfo)
    assert not friday_night.contains(day(6, 1), day(6).tzinfo)


def test_use_outside_the_month_is_refused():
    with pytest.raises(QuoteRefused) as refused:
        bill(BY_MINUTE, usage=[used("1 s", at=day(1, month=4))])
    assert refused.value.path == ("usage", 0, "at")


def test_use_can_be_meant_for_one_offering():
    voice, wlan = plan(use("0.10", "1 minute"), code="VOICE"), plan(use("0.02", "1 minute"), code="WLAN")
    assert total(voice, wlan, usage=[used("100 minute", offering="VOICE")]) == Decimal("10.00")
    assert total(voice, wlan, usage=[used("100 minute")]) == Decimal("2.00")


calls = st.lists(
    st.builds(lambda seconds, count: used(f"{seconds} s", count), st.integers(1, 4000), st.integers(1, 9)), max_size=6
)


@given(calls)
def test_rating_by_the_second_is_never_dearer_than_rating_by_the_minute(usage):
    second, minute = (plan(use("0.30", "1 minute", step=step)) for step in ("1 s", "60 s"))
    assert total(second, usage=usage) <= total(minute, usage=usage)


@given(calls, st.integers(1, 4000))
def test_more_use_never_costs_less_under_graduated_tiers(usage, more):
    one = plan(
        fee("5"), allowance("10 minute"), use("0.30", "1 minute", step="6 s", tiers=tiers(_20="0.05", _30="0.5"))
    )
    assert total(one, usage=[*usage, used(f"{more} s")]) >= total(one, usage=usage)


@given(calls, st.randoms())
def test_a_bill_does_not_depend_on_the_order_in_which_use_is_told(usage, random):
    one = plan(
        allowance("30 minute"), use("0.30", "1 minute", step="6 s", tiers=tiers(_20="0.2"), tier_mode=TierMode.VOLUME)
    )
    shuffled = list(usage)
    random.shuffle(shuffled)
    assert bill(one, usage=usage).lines == bill(one, usage=shuffled).lines


def test_thirds_of_half_a_fen_are_half_a_fen_however_the_calls_are_told():
    one = plan(use("0.10", "1 minute"))
    apart = [used("1 s", at=day(5, hour)) for hour in (1, 2, 3)]
    assert total(one, usage=apart) == total(one, usage=[used("1 s", count=3)]) == Decimal("0.01")


def test_a_bill_of_more_money_than_there_is_is_refused():
    with pytest.raises(QuoteRefused, match="too much money"):
        bill(plan(use("99999999999999", "1 s")), usage=[used("999999999999 s", count=1_000_000)])
