"""The settings from which answers can be learned take shares and days, and say so."""

from __future__ import annotations

import pytest

from api.settings import BadSetting, effective, read


def test_nothing_is_drawn_and_nothing_capped_unless_the_operator_says_so():
    found = read({})
    assert (found.explore, found.control, found.shown_cap) == (0.0, 0.0, 0)
    assert (found.quiet_days, found.shown_days) == (90, 30)


def test_shares_and_days_are_read_and_shown():
    environment = {"JISHI_EXPLORE": "0.05", "JISHI_CONTROL": "1", "JISHI_QUIET_DAYS": "0", "JISHI_SHOWN_CAP": "3"}
    found = read(environment)
    assert (found.explore, found.control, found.quiet_days, found.shown_cap) == (0.05, 1.0, 0, 3)
    shown = {one.name: (one.value, one.source) for one in effective(environment)}
    assert shown["JISHI_EXPLORE"] == ("0.05", "environment")
    assert shown["JISHI_SHOWN_DAYS"] == ("30", "default")


@pytest.mark.parametrize("wrong", ["2", "-0.1", "nan", "5%", "much", "inf"])
@pytest.mark.parametrize("name", ["JISHI_EXPLORE", "JISHI_CONTROL"])
def test_what_is_no_share_is_told_by_name(name, wrong):
    with pytest.raises(BadSetting, match=f"{name}.*share from 0 to 1"):
        read({name: wrong})
