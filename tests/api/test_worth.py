"""What selling an offering brings: its fee, the part of it that is margin, and how healthy the product is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from api.worth import monthly_fees, worth_of
from catalog.offering import Offering
from catalog.price import Money, Price, PriceType
from catalog.snapshot import Snapshot
from catalog.text import Text

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


FEE = Price("fee", PriceType.RECURRING, price=Money("CNY", Decimal(10)), recurring_charge_period="month")


def moment(**margins: str | None):
    versions = {
        code: (Offering(code, Text(code), id=number, margin=Decimal(margin) if margin else None, prices=(FEE,)),)
        for number, (code, margin) in enumerate(margins.items(), start=1)
    }
    return Snapshot(1, versions, {}, {}).moment(AT)


def test_worth_is_fee_times_margin_times_health():
    found = worth_of(moment(A="0.5", B="0.2", C="-0.1"), AT, ZONE, {1: 0.5})
    fee = monthly_fees(moment(A="0.5"), AT, ZONE)["A"]
    assert fee == 10
    assert found == pytest.approx({"A": fee * 0.5 * 0.5, "B": fee * 0.2, "C": 0.0})


def test_an_unknown_margin_counts_as_the_usual_one_and_an_unknown_health_as_good():
    found = worth_of(moment(A="0.5", B="0.3", C=None, D="0.1"), AT, ZONE)
    assert found["C"] == pytest.approx(found["B"])
    assert worth_of(moment(A=None), AT, ZONE)["A"] == monthly_fees(moment(A=None), AT, ZONE)["A"]


def test_the_fees_of_a_day_are_worked_out_once():
    one = moment(A="0.5")
    assert monthly_fees(one, AT, ZONE) is monthly_fees(one, AT + timedelta(hours=1), ZONE)
    assert monthly_fees(one, AT, ZONE) is not monthly_fees(one, AT + timedelta(days=1), ZONE)
