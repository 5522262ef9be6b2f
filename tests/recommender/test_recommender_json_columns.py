"""Attributes read all at once are those read one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.inputs import AttributeKind, Column, columnar
from recommender.json_columns import columns

KINDS: dict[str, AttributeKind] = {"plan": "categorical", "age": "numeric", "until": "date"}
DAYS = st.sampled_from(["2026-05-01", "2026-05-01T08:00:00+08:00", "no day", ""])
REGULAR = st.fixed_dictionaries(
    {},
    optional={
        "plan": st.none() | st.sampled_from(["A", "B", "", "中"]),
        "age": st.none() | st.integers(-5, 5) | st.floats(-1e6, 1e6),
        "until": st.none() | DAYS,
        "other": st.lists(st.integers(-9, 9), max_size=2),
    },
)
MISFIT = st.sampled_from([{"plan": 7}, {"plan": True}, {"age": "12"}, {"age": "old"}, {"until": 5}, {"age": [1]}])


def told(column: Column) -> list[Any]:
    if column.kind == "categorical":
        return [None if code < 0 else column.labels[code] for code in column.codes.tolist()]
    return [None if np.isnan(one) else one for one in column.numbers.tolist()]


@settings(deadline=None)
@given(st.lists(REGULAR | MISFIT, max_size=6))
def test_columns_of_lines_are_those_of_the_objects(objects: list[dict[str, Any]]) -> None:
    lines = b"\n".join(orjson.dumps(one) for one in objects)
    found = columns(memoryview(b"\n" + lines if lines else b""), max(map(len, lines.split(b"\n"))), KINDS)
    assert {name: told(one) for name, one in found.items()} == {
        name: told(one) for name, one in columnar(objects, KINDS).items()
    }


@pytest.mark.parametrize(("blank", "expected"), [(True, [None, "A"]), (False, ["", "A"])])
def test_an_empty_text_is_a_word_to_those_who_want_it(blank: bool, expected: list[str | None]) -> None:
    lines = memoryview(b'{"plan": ""}\n{"plan": "A"}')
    assert told(columns(lines, 20, {"plan": "categorical"}, blank=blank)["plan"]) == expected


def test_an_object_may_be_longer_than_what_is_read_at_once() -> None:
    long = orjson.dumps({"plan": "x" * 6_000_000})
    found = columns(memoryview(long + b'\n{"plan": "A"}'), len(long), {"plan": "categorical"})
    assert len(found["plan"].codes) == 2
