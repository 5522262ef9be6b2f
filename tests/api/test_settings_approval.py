"""Whether a second person approves launches is a setting, off unless the operator says so."""

from __future__ import annotations

import pytest

from api.settings import BadSetting, effective, read


def test_nobody_else_is_asked_unless_the_operator_says_so():
    assert read({}).approval == "off"
    assert read({"JISHI_APPROVAL": "launch"}).approval == "launch"
    shown = {one.name: one.value for one in effective({"JISHI_APPROVAL": "launch"})}
    assert shown["JISHI_APPROVAL"] == "launch"


def test_another_word_is_refused_by_name():
    with pytest.raises(BadSetting, match=r"JISHI_APPROVAL.*off or launch"):
        read({"JISHI_APPROVAL": "always"})
