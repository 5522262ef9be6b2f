"""The catalog at scale: how long a snapshot takes to load, what it weighs, and how an edit reaches a running process.

    python benchmarks/bench_catalog_scale.py [--offerings 20000] [--edits 20]

Each offering has three versions: one in force, one that is scheduled, one in design; each version has two prices, a
channel, a category, and every tenth offering is a bundle. It works in a data directory of its own and removes it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import psutil

from api import services
from api.services import CatalogHolder
from catalog import store
from sql import embedded
from sql.migrate import migrate
from sql.pool import Database

AT = datetime.now(UTC)
SOON = AT + timedelta(days=30)
# A loop that is asked every millisecond notices a pause as the time it comes late.
TICK = 0.001

FILL = """
insert into category (code, name) select 'CAT' || n, jsonb_build_object('zh', '类目' || n, 'en', 'Category ' || n)
from generate_series(1, 200) n;
insert into offering (code) select 'OFFER_' || lpad(n::text, 6, '0') from generate_series(1, {n}) n order by 1;
insert into offering_version (offering_id, version, name, description, is_bundle, lifecycle_status, valid, family, step,
    talking_point, margin)
select id, v, jsonb_build_object('zh', (array['流量包', '语音包', '专线', '彩铃', '云盘', '校园网'])[1 + id % 6] || id,
           'en', (array['Data', 'Voice', 'Line', 'Tone', 'Cloud', 'Campus'])[1 + id % 6] || ' ' || id),
       jsonb_build_object('zh', '每月' || id || '元起', 'en', 'From ' || id || ' a month'), id % 10 = 0,
       case v when 3 then 'IN_DESIGN' else 'LAUNCHED' end,
       case v when 1 then tstzrange('2025-01-01', '{soon}') when 2 then tstzrange('{soon}', null)
              else tstzrange(null, null) end,
       'FAM' || id % 500, 1 + id % 4, jsonb_build_object('zh', '好用不贵', 'en', 'Good and cheap'), 0.35
from offering cross join generate_series(1, 3) v;
insert into offering_price (offering_id, version, code, price_type, value, recurring_charge_period, tax_rate)
select offering_id, version, 'monthly', 'RECURRING', 10 + offering_id % 90, 'month', 0.06 from offering_version;
insert into offering_price (offering_id, version, code, position, price_type, unit_of_measure_amount,
    unit_of_measure_units)
select offering_id, version, 'data', 1, 'ALLOWANCE', 1 + offering_id % 50, 'GB' from offering_version;
insert into offering_channel (offering_id, version, channel)
select offering_id, version, (array['ONLINE', 'HALL', '10086'])[1 + offering_id % 3] from offering_version;
insert into offering_category (offering_id, version, category_id)
select offering_id, version, 1 + offering_id % 200 from offering_version;
insert into offering_part (offering_id, version, part_id, position)
select v.offering_id, v.version, v.offering_id + p, p from offering_version v cross join generate_series(1, 3) p
where v.is_bundle and v.offering_id + p <= {n};
analyze;
"""


class Pauses:
    """The longest time for which the event loop answered nobody."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(TICK)
            now = time.perf_counter()
            self.longest, last = max(self.longest, now - last - TICK), now


async def fill(dsn: str, offerings: int) -> None:
    conn = await asyncpg.connect(dsn)
    await conn.execute(FILL.format(n=offerings, soon=SOON.isoformat()))
    await store.next_revision(conn, AT)
    await conn.close()


async def edit(db: Database, number: int, offerings: int) -> None:
    """One edit of an offering in force, and its revision."""
    async with db.transaction() as conn:
        await conn.execute(
            "update offering_version v set name = $2, etag = etag + 1 from offering o "
            "where o.id = v.offering_id and o.code = $1 and version = 1",
            f"OFFER_{1 + number * 7 % offerings:06d}",
            {"zh": f"改名{number}", "en": f"Renamed {number}"},
        )
        await store.next_revision(conn, AT)


async def measure(dsn: str, offerings: int, edits: int) -> dict[str, object]:
    db = await Database.open(dsn, command_timeout=None)
    process = psutil.Process()
    before = process.memory_info().rss
    holder = CatalogHolder(db, lambda: AT)
    begin = time.perf_counter()
    await holder.refresh()
    loaded = time.perf_counter() - begin
    moment = holder.current.moment(AT)
    begin = time.perf_counter()
    moment.rules, moment.search, moment.by_category, moment.bundles_of, moment.ordered  # noqa: B018
    indexes = time.perf_counter() - begin
    weight = process.memory_info().rss - before
    # Edits come faster here than requests that still read the snapshot before could end.
    services.LINGER_SECONDS = 0.05
    refreshes, pauses = [], []
    for number in range(edits):
        await edit(db, number, offerings)
        watcher = Pauses()
        task = asyncio.create_task(watcher.watch())
        await asyncio.sleep(0.01)
        begin = time.perf_counter()
        await holder.refresh()
        refreshes.append((time.perf_counter() - begin) * 1000)
        now = holder.current.moment(AT)
        now.rules, now.search, now.by_category, now.bundles_of, now.ordered  # noqa: B018
        await asyncio.sleep(0.01)
        task.cancel()
        pauses.append(watcher.longest * 1000)
    await asyncio.sleep(1)
    await db.close()
    return {
        "offerings": offerings,
        "versions": sum(len(versions) for versions in holder.current.versions.values()),
        "load_s": round(loaded, 2),
        "indexes_after_load_s": round(indexes, 2),
        "memory_mb": round(weight / 2**20),
        "refresh_ms_median": round(statistics.median(refreshes), 1),
        "refresh_ms_max": round(max(refreshes), 1),
        "pause_ms_median": round(statistics.median(pauses), 1),
        "pause_ms_max": round(max(pauses), 1),
        "memory_after_edits_mb": round((process.memory_info().rss - before) / 2**20),
    }


async def work(dsn: str, offerings: int, edits: int) -> None:
    await migrate(dsn)
    await fill(dsn, offerings)
    print(json.dumps(await measure(dsn, offerings, edits), indent=2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--offerings", type=int, default=20_000)
    parser.add_argument("--edits", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jishi-bench-") as folder:
        server = embedded.start(Path(folder))
        try:
            asyncio.run(work(server.dsn, asked.offerings, asked.edits))
        finally:
            server.close()


if __name__ == "__main__":
    main()
