from __future__ import annotations

from typing import Any

import pytest
from importing_operator import Operator, an_operator  # noqa: F401 -- a fixture

from catalog.importing import BadFile


async def profiles(operator: Operator, code: str = "C1") -> list[tuple[Any, ...]]:
    return await operator.rows(
        "select case when known_from = '-infinity' then 'always'"
        " else to_char(known_from at time zone 'Asia/Shanghai', 'YYYY-MM-DD') end, attributes"
        f" from customer_profile join customer on id = customer_id where code = '{code}' order by known_from"
    )


async def test_attributes_declared_in_a_header_are_known_by_their_bare_name_afterwards(operator: Operator) -> None:
    revision = await operator.db.fetchval("select revision from catalog_revision")
    await operator.bring("customer", "id,gender:categorical!,arpu:numeric,until:date\nC1,F,１２.50,2025-01-31\nC2,,,\n")
    assert await profiles(operator) == [("always", {"gender": "F", "arpu": 12.5, "until": "2025-01-31"})]
    assert await profiles(operator, "C2") == []
    await operator.bring("customer", "id,gender\nC1,M\n")
    assert await profiles(operator) == [("always", {"gender": "M", "arpu": 12.5, "until": "2025-01-31"})]
    assert await operator.rows("select code, kind, sensitive from attribute order by code") == [
        ("arpu", "numeric", False),
        ("gender", "categorical", True),
        ("until", "date", False),
    ]
    assert await operator.db.fetchval("select revision from catalog_revision") == revision + 1


@pytest.mark.parametrize(
    ("header", "remedy"),
    [
        ("id,arpu", "arpu:categorical, :numeric or :date"),
        ("id,plan:numeric", "write plan:categorical"),
        ("id,x:float", "write x:categorical, x:numeric or x:date"),
        ("id,name:categorical", "choose another name"),
    ],
)
async def test_a_header_that_misnames_an_attribute_is_refused_with_the_remedy(
    operator: Operator, header: str, remedy: str
) -> None:
    await operator.bring("customer", "id,plan:categorical\nC1,A\n")
    with pytest.raises(BadFile, match=remedy):
        await operator.bring("customer", header + "\nC1,1\n")


async def test_a_new_dated_row_stands_only_where_the_attributes_differ_from_those_before(operator: Operator) -> None:
    report = await operator.bring(
        "customer",
        "id,known_from,plan:categorical\nC1,2024-03-01,B\nC1,,A\nC1,2024-02-01,A\nC1,2024-04-01,B\nC1,2024-05-01,\n",
    )
    assert await profiles(operator) == [
        ("always", {"plan": "A"}),
        ("2024-03-01", {"plan": "B"}),
        ("2024-05-01", {}),
    ]
    assert (report.rows_changed, report.rows_rejected) == (1, 0)


async def test_a_row_between_two_known_states_is_compared_with_the_earlier_one(operator: Operator) -> None:
    await operator.bring("customer", "id,known_from,plan:categorical,city:categorical\nC1,,A,x\nC1,2024-03-01,B,x\n")
    # The same as always before March, so nothing new; in April something new, and the city is carried on.
    await operator.bring("customer", "id,known_from,plan\nC1,2024-02-01,A\nC1,2024-04-01,C\n")
    assert [known for _, known in await profiles(operator)] == [
        {"plan": "A", "city": "x"},
        {"plan": "B", "city": "x"},
        {"plan": "C", "city": "x"},
    ]
    assert (await operator.bring("customer", "id,known_from,plan\nC1,2024-04-01,C\nC1,,A\n")).rows_changed == 0


async def test_who_stands_in_a_file_several_times_is_as_known_last(operator: Operator) -> None:
    await operator.bring("customer", "id,brand,known_from\nC9,NEW,2024-03-01\nC9,OLD,2024-01-01\nC9,TWICE,2024-03-01\n")
    assert await operator.rows("select brand from customer where code = 'C9'") == [("NEW",)]
    assert operator.rejects() == ["4,id,C9,same key as line 2,与第 2 行的键相同"]


async def test_names_and_numbers_are_masked_where_rejected_rows_are_shown(operator: Operator) -> None:
    long = "王" + "小" * 300
    await operator.bring(
        "customer",
        f"id,name,msisdn,kind,gender:categorical!\nC1,{long},,,\nC2,,1381234567x,,\n"
        f"C3,,,13812345678,\nC4,,,,{'x' * 201}\n",
    )
    rejects = "\n".join(operator.rejects())
    assert "王小" + "小" * 20 not in rejects
    assert "1381234567" not in rejects
    assert "138****5678" in rejects
    assert "xxxxxxxx" not in rejects
