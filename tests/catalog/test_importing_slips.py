"""A file that was cut short, or typed wrong, does no harm: it is refused, or the row is, or somebody is told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from importing_operator import AT, ZONE

from catalog.files.columns import BadFile
from catalog.importing import import_file

FULL = "customer_id,offering,start_date\n" + "".join(f"C{number},PACK,2024-01-01\n" for number in range(1, 101))


def cut(rows: int) -> str:
    return "".join(FULL.splitlines(keepends=True)[: rows + 1])


@pytest.fixture
async def held(db, tmp_path):
    """A hundred customers who hold one product each; `await held(text, …)` brings a full file of products."""
    await db.execute("insert into offering (code) values ('PACK')")
    await db.execute("insert into customer (code) select 'C' || n from generate_series(1, 100) n")

    async def bring(text, **more):
        path = tmp_path / "product.csv"
        path.write_text(text)
        return await import_file(db, "product", path, mode="full", at=AT, zone=ZONE, **{"most_ending": 0.1} | more)

    assert (await bring(FULL)).rows_changed == 100
    return bring


async def active(db) -> int:
    return await db.fetchval("select count(*) from product where status = 'active'")


async def test_a_file_that_would_end_too_much_is_refused_and_says_how_to_insist(db, held):
    with pytest.raises(BadFile, match=r"leaves out 81 of 100 rows .*81 %.*--allow-ending 81"):
        await held(cut(19))
    assert await active(db) == 100
    assert await db.fetchval("select status from import_batch order by id desc limit 1") == "ABANDONED"


async def test_whoever_insists_gets_what_the_file_says(db, held):
    done = await held(cut(19), most_ending=0.81)
    assert (done.rows_ended, done.rows_changed, await active(db)) == (81, 81, 19)


async def test_what_a_day_ends_in_the_ordinary_way_needs_no_insisting(db, held):
    done = await held(cut(90))
    assert (done.rows_ended, await active(db)) == (10, 90)
    with pytest.raises(BadFile):
        await held(cut(79))


async def test_slips_cost_their_row(db, held, tmp_path):
    path = tmp_path / "slips.csv"
    path.write_text(
        "customer_id,offering,start_date,price\nC1,PACK,2024-01-01,-5\nC2,PACK,2054-01-01,5\nC3,PACK,2024-01-01,0\n"
    )
    done = await import_file(db, "product", path, mode="delta", at=AT, zone=ZONE)
    assert done.rows_rejected == 2
    path = tmp_path / "usage.csv"
    rows = ["C1,PACK,2023-02,29", "C2,PACK,2024-02,29", "C3,PACK,2023-04,31"]
    path.write_text("\n".join(["customer_id,offering,month,active_days", *rows]))
    await import_file(db, "usage", path, mode="delta", at=AT, zone=ZONE)
    rows = await db.fetch(
        "select line, column_name, reason ->> 'en' as reason from import_reject order by batch_id, line"
    )
    assert [(row["line"], row["column_name"]) for row in rows] == [
        (2, "price"),
        (3, "start_date"),
        (2, "active_days"),
        (4, "active_days"),
    ]
    assert rows[0]["reason"] == "an agreed price is not negative"
    assert "10 years ahead" in rows[1]["reason"]
    assert rows[2]["reason"] == "more days than the month has"


async def test_a_channel_that_no_register_has_is_told(db, held, tmp_path):
    path = tmp_path / "product.csv"
    path.write_text("customer_id,offering,start_date,channel\nC1,PACK,2024-01-01,HALL\nC2,PACK,2024-01-01,HAL\n")
    free = await import_file(db, "product", path, mode="delta", at=AT, zone=ZONE)
    assert free.unknown_channels == ()
    now = datetime.now(UTC)
    await db.execute("insert into catalog_entry (kind, code, changed_at) values ('channel', 'HALL', $1)", now)
    told = await import_file(db, "product", path, mode="delta", at=AT, zone=ZONE, again=True)
    assert (told.unknown_channels, told.rows_rejected) == (("HAL",), 0)
