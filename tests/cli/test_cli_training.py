from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from cli_support import FirstStart, Running, jishi, new_home
from hypothesis import given
from hypothesis import strategies as st

from api.commands.schedule import daily, duration, every, time_of_day
from sql import embedded

Start = Callable[..., Running]
NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


@pytest.mark.slow
def test_training_is_repeated_until_it_is_stopped(first: FirstStart, start: Start) -> None:
    running = start("train", "--every", "1s", "--no-promote", "--json")
    running.until(lambda: running.err.count("next at ") >= 2)
    assert running.stop() == 0
    assert "Traceback" not in running.err
    report, _ = json.JSONDecoder().raw_decode(running.out)
    assert report["promoted"] is False


def test_a_training_that_fails_is_told_with_a_remedy_and_tried_again(start: Start) -> None:
    running = start("train", "--every", "1s", JISHI_DATABASE_URL="postgresql://a:secret@127.0.0.1:1/b")
    running.until(lambda: running.err.count("train failed (exit code 1)") >= 2)
    assert "JISHI_DATABASE_URL" in running.err
    assert "secret" not in running.err
    assert running.stop() == 0


def test_a_second_training_of_one_database_is_refused(first: FirstStart) -> None:
    async def train_meanwhile() -> tuple[int, str]:
        with await asyncio.to_thread(embedded.start, first.home) as server:
            other = await asyncpg.connect(server.dsn)
            await other.execute("select pg_advisory_lock(hashtextextended('jishi.train', 0))")
            done = await asyncio.to_thread(jishi, first.home, "train")
            await other.close()
        return done.returncode, done.stderr

    code, said = asyncio.run(train_meanwhile())
    assert code == 1
    assert "another training" in said


@pytest.mark.parametrize("arguments", [["--every", "3x"], ["--every", "0s"], ["--at", "25:00"], ["--at", "2"]])
def test_a_time_that_cannot_be_read_is_refused_at_once(arguments: list[str]) -> None:
    done = jishi(new_home(), "train", *arguments)
    assert done.returncode == 1
    assert "24h" in done.stderr


def test_durations_add_up() -> None:
    assert duration("1d12h30m5s") == timedelta(days=1, hours=12, minutes=30, seconds=5)
    assert time_of_day("02:00") == time(2)


@given(st.integers(1, 10**6), st.integers(0, 10**7))
def test_steps_stay_on_the_grid_of_the_first_and_never_lie_in_the_past(step: int, late: int) -> None:
    following = every(timedelta(seconds=step))(NOW, NOW + timedelta(seconds=late))
    assert following > NOW
    assert following >= NOW + timedelta(seconds=late)
    assert (following - NOW) % timedelta(seconds=step) == timedelta()
    assert following - (NOW + timedelta(seconds=late)) <= timedelta(seconds=step)


def test_every_day_means_by_the_clock_on_the_wall() -> None:
    zone = ZoneInfo("Europe/Berlin")
    night = daily(time(4, 0), zone)
    before = datetime(2026, 3, 28, 12, 0, tzinfo=zone)
    # The clocks go forward in the night to the 29th.
    assert night(before, before) == datetime(2026, 3, 29, 4, 0, tzinfo=zone)
    assert night(before, datetime(2026, 3, 29, 4, 0, tzinfo=zone)) == datetime(2026, 3, 30, 4, 0, tzinfo=zone)
    assert night(before, datetime(2026, 3, 29, 3, 59, tzinfo=zone)) == datetime(2026, 3, 29, 4, 0, tzinfo=zone)


FILL = """
insert into offering (code) select 'T' || n from generate_series(0, 11) n;
insert into customer (code) select 'C' || n from generate_series(1, 900) n;
insert into product (customer_id, offering_id, start_date)
select c.id, o.id, now() - make_interval(days => (1 + abs(hashint8(c.id * 31 + o.id)) % 400)::int)
from customer c join offering o on (o.id - (select min(id) from offering)) / 3 = c.id % 4;
"""


def sql(dsn: str, statement: str) -> None:
    async def work() -> None:
        connection = await asyncpg.connect(dsn)
        await connection.execute(statement)
        await connection.close()

    asyncio.run(work())


@pytest.mark.slow
def test_a_worse_run_leaves_the_model_serving_and_is_told_by_its_exit_code(dsn: str, home: Path) -> None:
    sql(dsn, FILL)
    assert jishi(home, "train", JISHI_DATABASE_URL=dsn).returncode == 0
    sql(dsn, "delete from customer where id % 3 <> 0")
    done = jishi(home, "train", JISHI_DATABASE_URL=dsn)
    assert done.returncode == 1
    assert "is a file missing" in done.stderr
    assert "jishi models promote 2" in done.stderr
    rows = json.loads(jishi(home, "models", "list", "--json", JISHI_DATABASE_URL=dsn).stdout)
    assert [(row["version"], row["is_serving"]) for row in rows] == [(2, False), (1, True)]
    told = jishi(home, "models", "show", "2", JISHI_DATABASE_URL=dsn).stdout
    assert "! customers" in told
    assert "it was not promoted" in told


@pytest.mark.slow
def test_in_an_unattended_night_a_run_that_fails_is_followed_by_one_that_serves(
    dsn: str, home: Path, tmp_path: Path
) -> None:
    sql(dsn, FILL)
    assert jishi(home, "train", JISHI_DATABASE_URL=dsn).returncode == 0

    async def night() -> Running:
        other = await asyncpg.connect(dsn)
        await other.execute("select pg_advisory_lock(hashtextextended('jishi.train', 0))")
        running = Running(tmp_path, home, "train", "--every", "1s", JISHI_DATABASE_URL=dsn)
        # The first run finds the database at work for somebody else, and the model of yesterday serves on.
        await asyncio.to_thread(running.until, lambda: "train failed (exit code 1)" in running.err)
        assert await other.fetchval("select version from model_serving") == 1
        await other.close()
        return running

    running = asyncio.run(night())
    try:
        running.until(lambda: "model 2 serves" in running.err)
        assert running.stop() == 0
    finally:
        running.end()
    rows = json.loads(jishi(home, "models", "list", "--json", JISHI_DATABASE_URL=dsn).stdout)
    assert next(row["version"] for row in rows if row["is_serving"]) >= 2
