from __future__ import annotations

import csv
import gzip
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from importing_operator import Operator, an_operator  # noqa: F401 -- a fixture

from catalog.files import csv as reading
from catalog.files.columns import BadFile
from catalog.files.header import resolve
from catalog.files.opening import open_source
from catalog.files.rejects import inert

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=8)


def lines_and_cells(path: Path) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for rows in open_source(path).pieces():
        for position, line in enumerate(rows.lines.tolist()):
            assert line not in found
            found[line] = [column[position].as_py().decode() for column in rows.columns]
    return found


@given(
    st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=30), st.integers(20, 400), st.sampled_from(["\n", "\r\n"])
)
def test_every_row_of_a_csv_file_comes_back_with_its_line_whatever_the_size_of_the_pieces(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], block: int, end: str
) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *rows])
    path = tmp_path_factory.getbasetemp() / "x.csv"
    path.write_text(out.getvalue(), encoding="utf-8", newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "BLOCK", block)
        assert lines_and_cells(path) == dict(enumerate(rows, start=2))


@given(st.lists(st.text(st.sampled_from('ab,"\r '), max_size=12), max_size=20))
def test_no_line_is_lost_or_counted_twice_however_its_quotes_stand(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "x.csv"
    path.write_text("a,b\n" + "".join(line + "\n" for line in lines), newline="")
    good: list[int] = []
    bad: list[int] = []
    for rows in open_source(path).pieces():
        good += rows.lines.tolist()
        bad += [broken.line for broken in rows.broken]
        assert all(len(column) == len(rows.lines) for column in rows.columns)
    blank = [number for number, line in enumerate(lines, start=2) if line in ("", "\r")]
    assert sorted(good + bad + blank) == list(range(2, len(lines) + 2))
    assert not {
        number
        for number, line in enumerate(lines, start=2)
        if '"' not in line and line.count(",") == 1 and "\r" not in line
    } - set(good)


def test_a_stray_quote_costs_its_line_and_not_the_rest_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('a,b\n1,2\nx"y,"z\n3,4\n"5,6\n7,8\n')
    assert sorted(lines_and_cells(path)) == [2, 4, 6]


USELESS = [
    (b"", "empty"),
    (b"  \n", "empty"),
    ("id,name\nC1,王小明\nC2,李四\n".encode("gbk"), "--encoding gb18030"),
    ("编号,姓名\n".encode("gbk"), "--encoding gb18030"),
    ("id\nC1\n".encode("utf-16"), "UTF-16"),
    (b"PK\x03\x04rest", "save the sheet as CSV"),
    (gzip.compress(b"id\n"), "gunzip"),
    (b"id;name\nC1;x\n", "with commas"),
    (b"id\tname\nC1\tx\n", "with commas"),
    (b"\x00\x01\x02\n", "CSV UTF-8"),
    (b"id,nmae\nC1,x\n", "did you mean 'name'"),
    (b"name\nx\n", "missing column id"),
    (b"id,id\nC1,C1\n", "column twice: id"),
    (b"id,\nC1,\n", "unknown column ''"),
    (b"PAR1 and no more", "copy or export it again"),
    (b"id\n" + b"x" * (9 << 20), "more than 8 MB"),
]


async def test_a_file_of_no_use_is_refused_with_a_remedy_and_leaves_nothing(operator: Operator) -> None:
    path = operator.folder / "bad.csv"
    for content, remedy in USELESS:
        path.write_bytes(content)
        with pytest.raises(BadFile, match=remedy) as caught:
            await operator.bring_file("customer", path)
        assert any("\u4e00" <= character <= "\u9fff" for character in caught.value.text.zh or "")
    assert await operator.rows("select 1 from import_batch where status = 'STAGING'") == []
    assert await operator.rows("select 1 from pg_tables where schemaname = 'staging'") == []


async def test_a_path_that_is_no_file_is_refused(operator: Operator) -> None:
    with pytest.raises(BadFile, match="check the path"):
        await operator.bring_file("customer", operator.folder / "missing.csv")
    with pytest.raises(BadFile, match="name one file"):
        await operator.bring_file("customer", operator.folder)


async def test_a_place_for_rejected_rows_that_cannot_be_written_is_refused_before_the_import(
    operator: Operator,
) -> None:
    with pytest.raises(BadFile, match="cannot be written"):
        await operator.bring("customer", "id\nC8\n", rejects=operator.folder / "nowhere" / "rejects.csv")
    assert await operator.rows("select 1 from customer where code = 'C8'") == []


async def test_a_truncated_parquet_file_is_refused(operator: Operator) -> None:
    path = operator.folder / "x.parquet"
    pq.write_table(pa.table({"id": ["C1"] * 1000}), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BadFile, match="cut off"):
        await operator.bring_file("customer", path)


async def test_gbk_is_read_when_it_is_named_and_one_bad_byte_costs_one_row(operator: Operator) -> None:
    path = operator.folder / "x.csv"
    path.write_bytes("id,name\nC1,王小明\n".encode("gbk"))
    assert (await operator.bring_file("customer", path, encoding="gbk")).rows_changed == 1
    path.write_bytes("\ufeffid,name\r\nC2,李四\r\nC3,赵六\r\n".encode() + b"C4,\xff\r\n")
    report = await operator.bring_file("customer", path)
    assert (report.rows_changed, report.rows_rejected) == (2, 1)
    assert await operator.rows("select name from customer order by code") == [("王小明",), ("李四",), ("赵六",)]


async def test_parquet_lands_with_its_own_types_as_csv_does(operator: Operator) -> None:
    path = operator.folder / "x.parquet"
    start = datetime(2024, 1, 1, 8, tzinfo=ZoneInfo("Asia/Shanghai"))
    table = pa.table(
        {
            "customer_id": pa.array(["C1", "C2", "C9"]).dictionary_encode(),
            "offering": pa.array(["PACK"] * 3, pa.large_string()),
            "start_date": pa.array([start, None, start], pa.timestamp("ns", "Asia/Shanghai")),
            "termination_date": pa.array([date(2024, 2, 1), None, None]),
            "price": pa.array([19.9, None, 1.0]),
            "version": pa.array([1.0, float("nan"), 2.0]),
        }
    )
    pq.write_table(table, path)
    report = await operator.bring_file("product", path)
    assert (report.rows_changed, operator.rejects()[0].split(",")[:3]) == (2, ["3", "customer_id", "C9"])
    assert await operator.rows("select termination_date, price, version from product order by customer_id") == [
        (datetime(2024, 1, 31, 16, tzinfo=UTC), Decimal("19.9000"), 1),
        (None, None, None),
    ]
    assert await operator.rows("select 1 from product where start_date = '2024-01-01T00:00Z'") == [(1,)]


@given(st.text(max_size=10))
def test_no_cell_of_the_rejects_file_is_a_formula(cell: str) -> None:
    assert not inert(cell).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert inert(cell).removeprefix("'") == cell.removeprefix("'") or not cell.startswith(("=", "+", "-", "@"))


@given(st.lists(st.text(max_size=12), max_size=6), st.sampled_from(["customer", "product", "market"]))
def test_any_header_is_understood_or_refused_with_a_reason(header: list[str], kind: str) -> None:
    try:
        understood = len(resolve(kind, header, {}).columns) == len(header)
    except BadFile as refused:
        understood = bool(refused.text.en and refused.text.zh)
    assert understood
