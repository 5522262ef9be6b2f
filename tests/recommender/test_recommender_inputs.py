"""Ids become columns and columns words, the same for one customer as for many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.inputs import InputSpace, columnar, number
from recommender.interactions import ENDED, KINDS, VOLUNTARY, strongest

AT = datetime(2026, 5, 1, tzinfo=UTC)
KINDS_OF = {"plan": "categorical", "arpu": "numeric", "contract_end": "date"}
PROFILES = [
    {"plan": "gold" if n % 2 else "blue", "arpu": float(n), "contract_end": (AT + timedelta(days=n)).date().isoformat()}
    for n in range(40)
]


def table(profiles: list[dict[str, object]] = PROFILES) -> dict[str, object]:
    return columnar(profiles, KINDS_OF)  # type: ignore[arg-type]


@pytest.fixture
def space() -> InputSpace:
    return InputSpace.fit(("A", "B", "C"), table(), min_support=5)  # type: ignore[arg-type]


def test_one_customer_and_many_are_encoded_alike(space: InputSpace) -> None:
    customers, item, kind = np.array([0, 0, 1]), np.array([0, 2, 1]), np.array([0, ENDED, 1])
    profiles = [PROFILES[3], {"plan": "silver", "arpu": None}]
    many = space.encode(strongest(2, 3, customers, item, kind), table(profiles), at=AT.timestamp())
    one = space.holding_columns([("A", "voluntary"), ("C", "ended")])
    one += space.attribute_columns(profiles[0], at=AT.timestamp())
    assert sorted(many[[0]].indices.tolist()) == sorted(one)
    assert many[[1]].indices.tolist() == space.holding_columns([("B", "forced")])


def test_every_column_says_what_it_is(space: InputSpace) -> None:
    columns = space.attribute_columns({"plan": "gold", "arpu": 0.0, "contract_end": "2026-06-15"}, at=AT.timestamp())
    assert [space.describe(column) for column in columns] == [
        ("ATTRIBUTE", "arpu", "< 3.9"),
        ("ATTRIBUTE", "contract_end", "30 – 90"),
        ("ATTRIBUTE", "plan", "gold"),
    ]
    assert space.describe(1 * 3 + 2) == ("HOLDING", "C", "forced")


def test_what_is_missing_or_unknown_has_no_column(space: InputSpace) -> None:
    odd = {"plan": "silver", "arpu": "many", "contract_end": "soon", "shoe_size": 42}
    assert space.attribute_columns(odd, at=AT.timestamp()) == []
    assert space.holding_columns([("Z", "voluntary")]) == []


def test_the_strongest_way_of_holding_an_item_counts(space: InputSpace) -> None:
    assert space.holding_columns([("A", "ended"), ("A", "voluntary"), ("A", "forced")]) == [VOLUNTARY]
    cells = strongest(1, 3, np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.int64), np.array([ENDED, 1, 2]))
    assert [KINDS[kind] for kind in cells.kind] == ["forced"]


def test_a_value_with_little_support_is_no_input() -> None:
    space = InputSpace.fit(("A",), table([{"plan": "rare"}] * 3 + [{"plan": "blue"}] * 9), min_support=5)  # type: ignore[arg-type]
    assert [attribute.labels for attribute in space.attributes] == [("blue",)]


def test_a_postcode_does_not_become_a_thousand_columns() -> None:
    profiles = [{"plan": f"{n % 200:05}"} for n in range(2_000)] + [{"plan": "00199"}]
    space = InputSpace.fit(("A",), table(profiles), min_support=5)  # type: ignore[arg-type]
    labels = space.attributes[0].labels
    assert len(labels) == 50
    assert "00199" in labels


def test_a_stored_space_is_the_same_space(space: InputSpace) -> None:
    assert InputSpace.from_dict(space.to_dict()) == space


VALUES = st.sampled_from(
    [None, "", "x", 3, 2.5, "4", True, "2026-05-01", "2026-02-30", "2026-05-01T02:00:00+08:00", "NaT"]
)


@given(st.lists(VALUES, max_size=6), st.sampled_from(["numeric", "date"]))
def test_a_column_is_read_as_each_of_its_values_is(values: list[Any], kind: Any) -> None:
    found = columnar([{"x": value} for value in values], {"x": kind})["x"].numbers
    np.testing.assert_array_equal(found, np.array([number(value, kind) for value in values], dtype=float))
