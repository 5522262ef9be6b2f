from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from importing_operator import Operator, an_operator  # noqa: F401 -- a fixture
from server_support import run

from catalog.files import csv as reading
from catalog.importing import Progress
from sql.pool import Database

ROWS = 500


class Stopped(Exception):
    """The import is stopped here."""


@pytest.fixture
def usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of 500 rows that is read in pieces of about 100; every fiftieth row has an impossible number of days."""
    monkeypatch.setattr(reading, "BLOCK", 2500)
    months = [f"{2000 + number // 12}-{number % 12 + 1:02d}" for number in range(ROWS)]
    path = tmp_path / "usage.csv"
    lines = [f"C1,DATA_10G,{month},{32 if number % 50 == 0 else 3}" for number, month in enumerate(months)]
    path.write_text("customer_id,offering,month,active_days\n" + "\n".join(lines) + "\n")
    return path


def stop_at(stage: str, times: int) -> object:
    seen: list[Progress] = []

    def stop(progress: Progress) -> None:
        seen.append(progress)
        if len([one for one in seen if one.stage == stage]) == times:
            raise Stopped

    return stop


@pytest.mark.parametrize(("stage", "times"), [("reading", 1), ("reading", 3), ("matching", 1), ("merging", 1)])
async def test_an_import_stopped_anywhere_publishes_nothing_and_goes_on_where_it_was(
    operator: Operator, usage: Path, stage: str, times: int
) -> None:
    with pytest.raises(Stopped):
        await operator.bring_file("usage", usage, progress=stop_at(stage, times))
    assert await operator.rows("select 1 from product_usage limit 1") == []
    begun = await operator.rows("select batch_id, count(*) from import_chunk group by 1 order by 1 desc limit 1")
    report = await operator.bring_file("usage", usage)
    assert (report.rows_read, report.rows_rejected, report.rows_changed) == (ROWS, 10, ROWS - 10)
    assert begun == [(report.batch_id, times if stage == "reading" else begun[0][1])]
    assert await operator.rows("select count(*) from product_usage") == [(ROWS - 10,)]
    assert [line.split(",")[0] for line in operator.rejects()] == [str(2 + 50 * number) for number in range(10)]


async def test_a_staging_table_that_a_crash_emptied_is_filled_again(operator: Operator, usage: Path) -> None:
    with pytest.raises(Stopped):
        await operator.bring_file("usage", usage, progress=stop_at("reading", 2))
    (batch,) = await operator.rows("select id from import_batch where status = 'STAGING'")
    await operator.db.execute(f"truncate staging.import_{batch[0]}_rows")
    report = await operator.bring_file("usage", usage)
    assert (report.rows_changed, report.batch_id) == (ROWS - 10, batch[0] + 1)
    assert await operator.rows("select tablename from pg_tables where schemaname = 'staging'") == []


async def test_another_file_of_the_kind_gives_up_what_was_begun(operator: Operator, usage: Path) -> None:
    with pytest.raises(Stopped):
        await operator.bring_file("usage", usage, progress=stop_at("reading", 2))
    await operator.bring("usage", "customer_id,offering,month,active_days\nC1,PACK,2024-01,1\n")
    assert await operator.rows("select status from import_batch where kind = 'usage' order by id") == [
        ("ABANDONED",),
        ("PUBLISHED",),
    ]


async def test_a_cancelled_import_lets_the_next_one_go_on(operator: Operator, usage: Path) -> None:
    started = asyncio.Event()
    task = asyncio.create_task(operator.bring_file("usage", usage, progress=lambda _: started.set()))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(20):
        assert (await operator.bring_file("usage", usage)).rows_changed == ROWS - 10


async def test_two_imports_of_one_file_at_once_happen_once(operator: Operator, usage: Path) -> None:
    both = await asyncio.gather(*(operator.bring_file("usage", usage) for _ in range(2)))
    assert sorted((report.unchanged, report.rows_changed) for report in both) == [(False, ROWS - 10), (True, 0)]


async def test_a_single_change_that_lands_during_the_merge_is_seen_by_it(operator: Operator, dsn: str) -> None:
    landed: list[str] = []

    def land(progress: Progress) -> None:
        if progress.stage == "merging" and not landed:
            landed.append(run(_hold(dsn)))

    report = await operator.bring("product", "customer_id,offering,channel\nC1,PACK,HALL\n", progress=land)
    assert landed == ["INSERT 0 1"]
    assert report.rows_changed == 1
    assert await operator.rows("select channel from product") == [("HALL",)]


async def _hold(dsn: str) -> str:
    db = await Database.open(dsn)
    answer = await db.execute(
        "insert into product (customer_id, offering_id, channel)"
        " select c.id, o.id, 'ONLINE' from customer c, offering o where c.code = 'C1' and o.code = 'PACK'"
    )
    await db.close()
    return answer


async def test_progress_counts_the_rows_read(operator: Operator, usage: Path) -> None:
    seen: list[Progress] = []
    await operator.bring_file("usage", usage, progress=seen.append)
    assert [one.stage for one in seen if one.stage != "reading"] == ["waiting", "matching", "merging"]
    done = [one.rows_done for one in seen if one.stage == "reading"]
    assert done == sorted(done)
    assert done[-1] == ROWS
    assert all(abs((one.rows_total or 0) - ROWS) < 60 for one in seen if one.stage == "reading")
