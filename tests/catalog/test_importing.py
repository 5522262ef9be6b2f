from __future__ import annotations

from datetime import UTC, datetime

import pytest
from importing_operator import Operator, an_operator  # noqa: F401 -- a fixture

from catalog.importing import KINDS, BadFile, template

AT = datetime(2024, 6, 1, tzinfo=UTC)


async def test_the_template_of_every_kind_can_be_imported_and_a_second_run_changes_nothing(operator: Operator) -> None:
    for kind in sorted(KINDS, key=["customer", "market", "member", "product", "usage", "outcome"].index):
        first = await operator.bring(kind, template(kind))
        assert (first.rows_read, first.rows_rejected, first.unchanged) == (1, 0, False)
        assert first.rows_changed == 1
        second = await operator.bring(kind, template(kind))
        assert (second.rows_changed, second.unchanged, second.batch_id) == (0, True, first.batch_id)
        third = await operator.bring(kind, template(kind), again=True)
        assert (third.rows_changed, third.unchanged) == (0, False)
    assert await operator.rows("select 1 from pg_tables where schemaname = 'staging'") == []


async def test_what_a_file_does_not_say_stays_as_it_is(operator: Operator) -> None:
    await operator.bring("product", "customer_id,offering,start_date,price,channel\nC1,DATA_10G,2024-01-01,9.9,HALL\n")
    report = await operator.bring("product", "customer_id,offering,start_date,channel\nC1,DATA_10G,2024-01-01,ONLINE\n")
    assert report.rows_changed == 1
    assert [(str(p), c) for p, c in await operator.rows("select price, channel from product")] == [("9.9000", "ONLINE")]


async def test_an_empty_cell_is_missing_but_never_switches_personalisation_on_again(operator: Operator) -> None:
    await operator.bring("customer", "id,personalisation,brand\nC1,false,GOTONE\n")
    await operator.bring("customer", "id,personalisation,brand\nC1,,\n")
    assert await operator.rows("select personalisation, brand from customer where code = 'C1'") == [(False, None)]


async def test_an_unknown_start_is_minus_infinity_and_a_bare_date_is_midnight_in_the_operators_zone(
    operator: Operator,
) -> None:
    await operator.bring("product", "customer_id,offering,start_date\nC1,DATA_10G,\nC1,PACK,2024-01-01\n")
    assert await operator.rows(
        "select start_date = '-infinity', start_date = '2023-12-31T16:00Z' from product order by 1 desc"
    ) == [
        (True, False),
        (False, True),
    ]


async def test_a_product_is_terminated_by_default_once_its_end_has_come(operator: Operator) -> None:
    await operator.bring(
        "product",
        "customer_id,offering,start_date,termination_date,status\n"
        "C1,DATA_10G,2024-01-01,2024-06-01,\nC2,DATA_10G,2024-01-01,2024-06-02,\nC3,DATA_10G,2024-01-01,2024-05-01,suspended\n",
    )
    statuses = [status for (status,) in await operator.rows("select status::text from product order by customer_id")]
    assert statuses == ["terminated", "active", "suspended"]


async def test_a_bad_row_costs_only_itself_and_is_named_by_line_column_and_reason(operator: Operator) -> None:
    report = await operator.bring(
        "product",
        "customer_id,offering,start_date,termination_date,bundle,price\n"
        "C1,DATA_10G,2024-02-30,,,1\n"
        "NOBODY,DATA_10G,,,,\n"
        "C1,NOTHING,,,,\n"
        "C1,DATA_10G,2024-01-02,2024-01-01,,\n"
        "C1,DATA_10G,,,NO_PACK,\n"
        "C1,DATA_10G,2024-03-01,,PACK,２０.5\n"
        "C1,DATA_10G,2024-03-01,,,3\n"
        "C1,DATA_10G,too,many,cells,here,7\n"
        ",DATA_10G,,,,=1+1\n",
    )
    assert (report.rows_read, report.rows_rejected, report.rows_changed) == (9, 8, 1)
    assert [(str(price),) for (price,) in await operator.rows("select price from product")] == [("20.5000",)]
    assert report.rejects_path == operator.folder / "rejects.csv"
    assert [line.rsplit(",", 1)[0] for line in operator.rejects()] == [
        "2,start_date,2024-02-30,not a time that exists; write 2024-01-31 or 2024-01-31T08:00:00 (years 1900 to 9999)",
        "3,customer_id,NOBODY,unknown customer; import customers first",
        "4,offering,NOTHING,unknown offering; import the catalog first",
        "5,termination_date,2024-01-01,before start_date",
        "6,bundle,NO_PACK,unknown offering; import the catalog first",
        "8,,,same key as line 7",
        "9,,,7 cells where the header has 6",
        "10,customer_id,,this column is required",
        "10,price,'=1+1,must be a number with at most four decimals and no separators; write 1234.5",
    ]


async def test_rows_whose_references_arrive_later_land_when_the_file_comes_again(operator: Operator) -> None:
    text = "customer_id,offering\nC1,DATA_10G\nC1,NEW\n"
    assert (await operator.bring("product", text)).rows_rejected == 1
    await operator.db.execute("insert into offering (code) values ('NEW')")
    report = await operator.bring("product", text)
    assert (report.unchanged, report.rows_changed, report.rows_rejected, report.rejects_path) == (False, 1, 0, None)
    assert not (operator.folder / "rejects.csv").exists()
    assert (await operator.bring("product", text)).unchanged


async def test_a_full_state_ends_what_it_leaves_out_and_no_more(operator: Operator) -> None:
    await operator.bring(
        "product",
        "customer_id,offering,start_date,status\n"
        "C1,DATA_10G,2024-01-01,\nC1,PACK,2024-01-01,\nC2,PACK,,\nC3,PACK,2024-01-01,cancelled\nC3,DATA_10G,2024-07-01,\n",
    )
    report = await operator.bring("product", "customer_id,offering,start_date\nC1,PACK,2024-01-01\n", mode="full")
    assert report.rows_changed == 2
    assert await operator.rows(
        "select c.code, o.code, p.status::text, p.termination_date"
        " from product p join customer c on c.id = p.customer_id join offering o on o.id = p.offering_id order by 1, 2"
    ) == [
        ("C1", "DATA_10G", "terminated", AT),
        ("C1", "PACK", "active", None),
        ("C2", "PACK", "terminated", AT),
        ("C3", "DATA_10G", "active", None),
        ("C3", "PACK", "cancelled", None),
    ]


async def test_a_full_state_revives_what_it_lists_again(operator: Operator) -> None:
    await operator.bring("product", "customer_id,offering\nC1,PACK\nC2,PACK\n", mode="full")
    await operator.bring("product", "customer_id,offering\nC2,PACK\n", mode="full")
    await operator.bring("product", "customer_id,offering\nC2,PACK\nC1,PACK\n", mode="full")
    assert await operator.rows("select distinct status::text, termination_date from product") == [("active", None)]


async def test_a_full_state_does_not_end_what_its_rejected_rows_speak_of(operator: Operator) -> None:
    await operator.bring("product", "customer_id,offering,price\nC1,PACK,1\nC2,PACK,1\nC3,PACK,1\n")
    report = await operator.bring(
        "product", 'customer_id,offering,price\nC1,PACK,x\nC2,PA"CK\nC1,DATA_10G,1\n', mode="full"
    )
    assert report.rows_rejected == 2
    ended = await operator.rows(
        "select code from customer join product on customer_id = id where product.status = 'terminated'"
    )
    assert ended == [("C3",)]


async def test_a_full_state_without_a_usable_row_ends_nothing(operator: Operator) -> None:
    await operator.bring("product", "customer_id,offering\nC1,PACK\n")
    for text in ("customer_id,offering\n", "customer_id,offering\nC1,NOTHING\n"):
        with pytest.raises(BadFile, match="nothing was changed"):
            await operator.bring("product", text, mode="full")
    assert await operator.rows("select status::text from product") == [("active",)]
    assert await operator.rows("select 1 from import_batch where status = 'STAGING'") == []


async def test_what_happened_can_only_be_added_to(operator: Operator) -> None:
    for kind in ("usage", "outcome"):
        with pytest.raises(BadFile, match="--mode delta"):
            await operator.bring(kind, template(kind), mode="full")


async def test_a_full_state_closes_customers_memberships_and_markets(operator: Operator) -> None:
    await operator.bring("market", "code,kind\nM1,CAMPUS\nM2,PARK\n")
    await operator.bring("member", "market,customer_id\nM1,C1\nM2,C2\n")
    assert (await operator.bring("member", "market,customer_id\nM1,C1\n", mode="full")).rows_changed == 1
    assert (await operator.bring("market", "code,kind\nM1,CAMPUS\n", mode="full")).rows_changed == 1
    assert (await operator.bring("customer", "id\nC1\nC3\n", mode="full")).rows_changed == 1
    assert await operator.rows("select member_to from market_member order by member_to nulls first") == [(None,), (AT,)]
    assert await operator.rows("select code from market_segment where upper(valid) = '2024-06-01'") == [("M2",)]
    assert await operator.rows("select code from customer where status = 'closed'") == [("C2",)]


async def test_a_market_has_its_names_and_facts_and_tells_the_servers(operator: Operator) -> None:
    revision = await operator.db.fetchval("select revision from catalog_revision")
    await operator.bring("market", "code,kind,name_zh,fact.wlan,fact.beds,fact.note\nM1,campus,校区,TRUE,12.5,新\n")
    await operator.bring("market", "code,kind,name_en,fact.wlan\nM1,CAMPUS,Campus,\n")
    assert await operator.rows("select kind, name, facts from market_segment") == [
        ("CAMPUS", {"zh": "校区", "en": "Campus"}, {"beds": 12.5, "note": "新"})
    ]
    assert await operator.db.fetchval("select revision from catalog_revision") == revision + 2


async def test_an_outcome_without_an_id_is_the_same_outcome_in_every_file(operator: Operator) -> None:
    first = "customer_id,offering,outcome,at\nC1,PACK,SHOWN,2024-03-01T10:00:00\n"
    again = "at,outcome,offering,customer_id\n2024-03-01T02:00:00Z,SHOWN,PACK,C1\n"
    assert (await operator.bring("outcome", first)).rows_changed == 1
    assert (await operator.bring("outcome", again)).rows_changed == 0
