"""An import that is killed leaves no half batch, and the same command afterwards completes it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import asyncpg
import pytest
import trial_files
from server_support import run
from trial_home import Home
from trial_tables import Fingerprint, fetch, fingerprint

from catalog.importing import import_file
from sql.pool import Database

CUSTOMERS = 300
FreshDatabase = Callable[[str], AbstractContextManager[str]]

STAGED = "select count(*) from import_chunk c join import_batch b on b.id = c.batch_id where b.status = 'STAGING'"
MERGING = (
    "select count(*) from pg_stat_activity where datname = current_database() and state = 'active' and query ~ '_keyed'"
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A database that holds the first file, the second file over the same keys, and what both states look like."""

    database: str
    file: Path
    before: Fingerprint
    after: Fingerprint


def make_scene(fresh_database: FreshDatabase, dsn: str, folder: Path, rows: int) -> Scene:
    first, second = (trial_files.usage(rows, CUSTOMERS) for _ in range(2))
    for row in second[1:]:
        row[3] = str(int(row[3]) + 2)
    one = trial_files.write_csv(folder / "one.csv", first)
    # Half of the rows change, the rest are new.
    two = trial_files.write_csv(folder / "two.csv", second + trial_files.usage(rows * 2, CUSTOMERS)[rows + 1 :])
    before = run(brought(dsn, one))
    name = urlsplit(dsn).path.removeprefix("/")
    with fresh_database(name) as undisturbed:
        after = run(brought(undisturbed, two))
    assert before["product_usage"][0] * 2 == after["product_usage"][0]
    return Scene(name, two, before, after)


async def brought(dsn: str, path: Path) -> Fingerprint:
    """The table after an undisturbed import."""
    db = await Database.open(dsn, command_timeout=None)
    try:
        done = await import_file(db, "usage", path, mode="delta", at=datetime.now(UTC), zone=ZoneInfo("Asia/Shanghai"))
        assert done.rows_rejected == 0
    finally:
        await db.close()
    return await fingerprint(dsn, "product_usage")


async def killed_import(home: Home, file: Path, phase: str, chance: random.Random) -> bool:
    """Starts the import and kills it in its phase; False when it was done before."""
    watcher = await asyncpg.connect(home.dsn)
    process = home.start("import", "usage", str(file))
    try:
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if await watcher.fetchval(STAGED if phase == "staging" else MERGING):
                await asyncio.sleep(chance.random() * 0.4)
                break
            await asyncio.sleep(0.002)
        was_running = process.poll() is None
        process.kill()
        process.communicate()
        return was_running
    finally:
        await watcher.close()


async def one_round(home: Home, scene: Scene, phase: str, chance: random.Random) -> bool:
    """Kill, look, repeat the command, look again; whether the kill came in time."""
    assert home.dsn
    in_time = await killed_import(home, scene.file, phase, chance)
    left = await fingerprint(home.dsn, "product_usage")
    assert left in (scene.before, scene.after)
    again = await asyncio.to_thread(home.run, "import", "usage", str(scene.file))
    assert again.code == 0, again.err
    assert await fingerprint(home.dsn, "product_usage") == scene.after
    assert await fetch(home.dsn, "select 1 from pg_tables where schemaname = 'staging'") == []
    published = "select count(*) from import_batch where status = 'PUBLISHED' and file_name = $1"
    assert await fetch(home.dsn, published, scene.file.name) == [(1,)]
    third = await asyncio.to_thread(home.run, "import", "usage", str(scene.file))
    assert "nothing new" in third.err
    return in_time


@pytest.fixture(scope="session")
def small_scene(
    fresh_database: FreshDatabase, trial_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    with fresh_database(trial_database) as dsn:
        yield make_scene(fresh_database, dsn, tmp_path_factory.mktemp("small"), 20_000)


async def test_a_killed_import_leaves_all_or_nothing_and_is_completed_by_the_same_command(
    small_scene: Scene, fresh_database: FreshDatabase
) -> None:
    with fresh_database(small_scene.database) as dsn:
        home = Home(dsn)
        try:
            await one_round(home, small_scene, "publication", random.Random(2))
        finally:
            home.remove()


@pytest.mark.slow
async def test_imports_killed_at_random_moments_leave_no_half_batch(
    fresh_database: FreshDatabase,
    trial_database: str,
    tmp_path: Path,
    figure: Callable[[str, str, str], None],
) -> None:
    chance = random.Random()
    rounds, in_time = 12, {"staging": 0, "publication": 0}
    with fresh_database(trial_database) as base:
        scene = make_scene(fresh_database, base, tmp_path, 300_000)
        for number in range(rounds):
            phase = ("staging", "publication")[number % 2]
            with fresh_database(scene.database) as dsn:
                home = Home(dsn)
                try:
                    in_time[phase] += await one_round(home, scene, phase, chance)
                finally:
                    home.remove()
    assert all(count >= rounds // 4 for count in in_time.values()), in_time
    figure(
        "A killed import leaves no half batch",
        f"SIGKILL of `jishi import` of {scene.after['product_usage'][0]:,} rows, {rounds} rounds: {in_time}",
        "0 half batches; completed by the same command; row hashes equal to an undisturbed import",
    )
