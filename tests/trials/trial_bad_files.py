"""Files as they should not be, each with what the command must say about it."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

Make = Callable[[Path], Path]


def file(name: str, content: bytes | str) -> Make:
    raw = content.encode() if isinstance(content, str) else content

    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(raw)
        return path

    return make


def directory(folder: Path) -> Path:
    path = folder / "directory.csv"
    path.mkdir()
    return path


def pipe(folder: Path) -> Path:
    path = folder / "pipe.csv"
    os.mkfifo(path)
    return path


def _parquet(rows: int) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"id": [f"N{row}" for row in range(rows)], "name": ["王"] * rows}), out)
    return out.getvalue()


def _damaged(parquet: bytes) -> bytes:
    """The footer is whole, a page in the middle is not."""
    return parquet[:200] + bytes(byte ^ 0xFF for byte in parquet[200:2200]) + parquet[2200:]


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("customer.csv", b"id\n" + b"0" * 50_000_000)
    return out.getvalue()


CUSTOMERS_GBK = "id,name\n" + "".join(f"N{row},王小明\n" for row in range(20))

# (what is wrong, kind, the file, what the message names)
REFUSED: list[tuple[str, str, Make, str]] = [
    ("truncated Parquet", "customer", file("a.parquet", _parquet(5000)[:-500]), "Parquet"),
    ("damaged Parquet", "customer", file("b.parquet", _damaged(_parquet(5000))), "copy or export"),
    ("empty Parquet", "customer", file("c.parquet", b""), "Parquet"),
    ("text named Parquet", "customer", file("d.parquet", "id\nN1\n"), "Parquet"),
    ("GBK", "customer", file("gbk.csv", CUSTOMERS_GBK.encode("gb18030")), "GBK"),
    ("UTF-16", "customer", file("utf16.csv", CUSTOMERS_GBK.encode("utf-16")), "UTF-16"),
    ("unknown column", "customer", file("e.csv", "id,nmae\nN1,x\n"), "did you mean 'name'"),
    ("missing column", "product", file("f.csv", "customer_id\nC1\n"), "missing column offering"),
    ("column twice", "customer", file("g.csv", "id,id\nN1,N1\n"), "twice"),
    ("semicolons", "customer", file("h.csv", "id;name\nN1;x\n"), "commas"),
    ("empty file", "customer", file("i.csv", b""), "empty"),
    ("nothing but a mark", "customer", file("j.csv", b"\xef\xbb\xbf"), "empty"),
    ("NUL bytes in the header", "customer", file("k.csv", b"id\0,name\nN1,x\n"), "header"),
    ("a program", "customer", file("l.csv", b"\x7fELF\x02\x01\x01" + bytes(500)), "header"),
    ("a line of 20 MB", "customer", file("m.csv", b"id,name\nN1,x\nN2," + b"y" * 20_000_000), "8 MB"),
    ("a header of 20 MB", "customer", file("n.csv", b"id," + b"y" * 20_000_000), ""),
    ("gzip named CSV", "customer", file("o.csv", gzip.compress(b"id\n" + b"0" * 50_000_000)), "gunzip"),
    ("zip named CSV", "customer", file("p.csv", _zip()), "zip"),
    ("directory", "customer", directory, "directory"),
    ("a pipe", "customer", pipe, "save it as a file"),
    ("a directory as a catalog", "catalog", directory, "directory"),
    ("no catalog file", "catalog", lambda folder: folder / "nothing.json", "does not exist"),
    ("no file", "customer", lambda folder: folder / "nothing.csv", "there is no file"),
    ("broken JSON", "catalog", file("q.json", '{"offerings": ['), "JSON"),
    ("JSON in GBK", "catalog", file("r.json", '{"offerings": [{"code": "中"}]}'.encode("gbk")), "GBK"),
    ("JSON of another shape", "catalog", file("s.json", '{"offers": [{"code": 7}], "offerings": 3}'), "offerings"),
    ("JSON 100,000 deep", "catalog", file("t.json", "[" * 100_000 + "]" * 100_000), ""),
    ("unknown part", "catalog", file("u.json", '{"offerings": [{"code": "X", "name": {"zh": "x"}, '
     '"bundledProductOffering": [{"code": "NOWHERE"}]}]}'), "NOWHERE"),
    ("empty catalog file", "catalog", file("v.json", b""), "JSON"),
]  # fmt: skip

# (what is wrong, kind, the file, column and reason of the row rejected, rows that land all the same)
REJECTED: list[tuple[str, str, Make, str, str, int]] = [
    ("impossible date", "product",
     file("a.csv", "customer_id,offering,start_date\nC1,NEWS,2026-02-30\nC1,GAMES,2026-02-28\n"), "start_date", "", 1),
    ("impossible month", "usage",
     file("b.csv", "customer_id,offering,month,active_days\nC1,WLAN,2026-13,1\nC1,WLAN,2026-12,1\n"), "month", "", 1),
    ("unknown customer", "product",
     file("c.csv", "customer_id,offering\nNOBODY,NEWS\nC1,NEWS\n"), "customer_id", "unknown", 1),
    ("unknown offering", "product",
     file("d.csv", "customer_id,offering\nC1,NOTHING\nC1,NEWS\n"), "offering", "unknown", 1),
    ("unknown market", "member",
     file("e.csv", "market,customer_id\nNOWHERE,C1\nCAMPUS,C1\n"), "market", "unknown", 1),
    ("key twice", "customer", file("f.csv", "id,name\nN1,x\nN1,y\n"), "id", "", 1),
    ("NUL byte in a cell", "customer", file("g.csv", b"id,name\nN1,a\0b\nN2,ok\n"), "name", "control", 1),
    ("not UTF-8 in one cell", "customer",
     file("h.csv", b"id,name\nN1,\xff\xfe\n" + "N2,王\nN3,王\n".encode()), "name", "UTF-8", 2),
    ("wrong number of cells", "customer", file("i.csv", "id,name\nN1,a,b,c\nN2,ok\n"), "", "cells", 1),
    ("stray quote", "customer", file("j.csv", 'id,name\nN1,"a\nN2,ok\n'), "", "quote", 1),
    ("days beyond a month", "usage",
     file("k.csv", "customer_id,offering,month,active_days\nC1,WLAN,2026-01,99\nC2,WLAN,2026-01,9\n"),
     "active_days", "", 1),
    ("a cell of 1 MB", "customer", file("l.csv", b"id,name\nN1," + b"y" * 1_000_000 + b"\nN2,ok\n"), "name", "", 1),
    ("ends before it starts", "product",
     file("m.csv", "customer_id,offering,start_date,termination_date\nC1,NEWS,2026-02-02,2026-01-01\nC2,SAFE,,\n"),
     "termination_date", "", 1),
    ("code in Chinese width", "customer", file("n.csv", "id,name\nＮ１,a\nN2,ok\n"), "id", "", 1),
]  # fmt: skip

# (what is odd, kind, the file, rows that land)
ACCEPTED: list[tuple[str, str, Make, int]] = [
    ("a byte order mark", "customer", file("a.csv", "\ufeffid,name\nN1,王\n"), 1),
    ("Windows line ends", "customer", file("b.csv", "id,name\r\nN1,王\r\n"), 1),
    ("numbers in Chinese width", "usage",
     file("c.csv", "customer_id,offering,month,active_days\nC1,WLAN,２０２６－０１,１２\n"), 1),
    ("no last line end", "customer", file("d.csv", "id,name\nN1,王"), 1),
    ("a header and nothing else", "customer", file("e.csv", "id,name\n"), 0),
]  # fmt: skip
