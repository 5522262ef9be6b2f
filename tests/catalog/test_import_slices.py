"""A large file is merged slice by slice; nobody can tell it from one that was merged at once."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from importing_operator import Operator
from importing_operator import an_operator as an_operator

from catalog.files.store import SLICES
from catalog.importing import Progress
from sql.pool import Database

CUSTOMERS = 60
_OF_WHOM = "join customer c on c.id = t.customer_id"
TABLES = (
    "select code, kind, status, msisdn, tags from customer order by code",
    f"select c.code, t.known_from, t.attributes from customer_profile t {_OF_WHOM} order by 1, 2",
    "select c.code, o.code, start_date, instance, t.status, termination_date, origin, price, channel"
    f" from product t {_OF_WHOM} join offering o on o.id = t.offering_id order by 1, 2, 3, 4",
    f"select c.code, t.month, t.active_days from product_usage t {_OF_WHOM} order by 1, 2, t.offering_id",
    f"select c.code, t.market_id, t.member_from, t.member_to from market_member t {_OF_WHOM} order by 1, 2, 3",
    f"select c.code, t.recommendation_id, t.outcome, t.at from outcome t {_OF_WHOM} order by 1, 2, 3",
)


def files(seed: int) -> list[tuple[str, str, str]]:
    """(kind, mode, text): first files, changed ones and full ones; one row in eight names what is not there, repeats a
    key or holds a wrong value."""
    draw = random.Random(seed)

    def one_of(*values: str) -> str:
        return draw.choice(values)

    def code() -> str:
        return f"X{draw.randrange(CUSTOMERS)}" if draw.random() > 0.04 else one_of("NOBODY", "Ｘ１", "")

    def offering() -> str:
        return one_of("DATA_10G", "PACK") if draw.random() > 0.04 else "NOTHING"

    def day(years: int = 2) -> str:
        when = datetime(2023, 1, 1, tzinfo=UTC) + timedelta(days=draw.randrange(365 * years))
        return f"{when:%Y-%m-%d}" if draw.random() > 0.03 else "2023-02-30"

    def rows(header: str, count: int, cells: Callable[[], list[str]]) -> str:
        return "\n".join([header, *(",".join(cells()) for _ in range(count))])

    def customers() -> str:
        def cells() -> list[str]:
            return [code(), one_of("PERSON", "person", "GHOST"), f"138{draw.randrange(10**8):08d}", "a;b", day(), "M"]

        return rows("id,kind,msisdn,tags,known_from,sex:categorical", 90, cells)

    def products() -> str:
        def cells() -> list[str]:
            what = [code(), offering(), day(1), one_of("", "a")]
            return [*what, one_of("", "active", "suspended"), one_of("1.5", "", "-1", "2"), "HALL"]

        return rows("customer_id,offering,start_date,instance,status,price,channel", 160, cells)

    def usage() -> str:
        def cells() -> list[str]:
            return [code(), offering(), f"2024-{draw.randrange(1, 14):02d}", str(draw.randrange(33))]

        return rows("customer_id,offering,month,active_days", 200, cells)

    def members() -> str:
        def cells() -> list[str]:
            return [one_of("M1", "M2", "M9"), code(), one_of("", "2023-05-01"), day()]

        return rows("market,customer_id,member_from,member_to", 90, cells)

    def outcomes() -> str:
        def cells() -> list[str]:
            return [code(), offering(), one_of("SHOWN", "ACCEPTED"), day(), "ONLINE"]

        return rows("customer_id,offering,outcome,at,channel", 90, cells)

    first = [("customer", "delta", customers()), ("market", "delta", "code,kind\nM1,PARK\nM2,CAMPUS\nM2,PARK"),
             ("product", "delta", products()), ("usage", "delta", usage()), ("member", "delta", members()),
             ("outcome", "delta", outcomes())]  # fmt: skip
    later = [("product", "delta", products()), ("usage", "delta", usage()), ("member", "full", members()),
             ("product", "full", products()), ("customer", "delta", customers()), ("customer", "full", customers()),
             ("outcome", "delta", outcomes())]  # fmt: skip
    return [(kind, mode, text + "\n") for kind, mode, text in first + later]


async def test_slices_and_one_merge_come_to_the_same_rows_and_the_same_rejects(
    operator: Operator,
    fresh_database: Callable[[str], AbstractContextManager[str]],
    template_database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with fresh_database(template_database) as dsn:
        db = await Database.open(dsn)
        await db.execute("insert into offering (code) values ('DATA_10G'), ('PACK')")
        other = Operator(db, tmp_path / "other")
        other.folder.mkdir()
        await other.bring("customer", "id\nC1\nC2\nC3\n")
        await _compare(operator, other, monkeypatch)
        await db.close()


async def _compare(operator: Operator, other: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, mode, text in files(7):
        monkeypatch.setattr("catalog.importing.LARGE", 1 << 40)
        undivided = await operator.bring(kind, text, mode=mode)
        monkeypatch.setattr("catalog.importing.LARGE", 0)
        sliced = await other.bring(kind, text, mode=mode)
        assert (sliced.rows_read, sliced.rows_rejected, sliced.rows_changed, sliced.rows_ended) == (
            undivided.rows_read, undivided.rows_rejected, undivided.rows_changed, undivided.rows_ended
        ), (kind, mode)  # fmt: skip
        assert undivided.rows_rejected > 0
        assert other.rejects() == operator.rejects()
    for query in TABLES:
        rows = await operator.rows(query)
        assert rows
        assert await other.rows(query) == rows
    assert await other.rows("select tablename from pg_tables where schemaname = 'staging'") == []


async def test_a_large_file_stopped_between_two_slices_publishes_nothing_and_goes_on(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.importing.LARGE", 0)
    rows = "".join(f"C{n % 3 + 1},PACK,2024-{n // 3 + 1:02d},{n % 20}\n" for n in range(36))
    text = "customer_id,offering,month,active_days\n" + rows

    class Stopped(Exception):
        pass

    def stop(progress: Progress) -> None:
        if progress.stage == "merging" and progress.rows_done > 0:
            raise Stopped

    with pytest.raises(Stopped):
        await operator.bring("usage", text, progress=stop)
    assert await operator.rows("select 1 from product_usage") == []
    (batch,) = await operator.rows("select id from import_batch where status = 'STAGING'")
    seen: list[Progress] = []
    report = await operator.bring("usage", text, progress=seen.append)
    assert (report.batch_id, report.rows_changed) == (batch[0], 36)
    assert len([one for one in seen if one.stage == "merging"]) == SLICES
