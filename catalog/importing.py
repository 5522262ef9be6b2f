"""The story of an import: read in pieces, check every row, stage, publish, report what was rejected.

Knows the order of things; must not know what a valid value is, nor any statement.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from asyncpg import Connection, UniqueViolationError

from catalog.files import rejects as import_rejects
from catalog.files import store as import_store
from catalog.files.columns import KINDS, BadFile, columns, template
from catalog.files.copy import binary_copy
from catalog.files.header import resolve
from catalog.files.opening import open_source
from catalog.files.publishing import NothingUsable, Published, TooMuchEnds, publish
from catalog.files.rows import Reject, check
from catalog.files.source import Rows, Source
from catalog.files.store import LARGE, Batch, File, Mode
from sql.pool import Database

__all__ = ["KINDS", "BadFile", "ImportReport", "Progress", "columns", "import_file", "template"]

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is. `stage` is waiting, reading, matching, merging or analysing; `rows_total` is an estimate
    for a CSV file, and None before anything was read."""

    rows_done: int
    rows_total: int | None
    stage: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `unchanged`: this very file was imported before, and nothing was done. `rows_changed` counts
    rows inserted, updated and terminated, `rows_ended` the last of them alone; `seconds` is wall time.
    `unknown_channels` landed all the same."""

    batch_id: int
    kind: str
    rows_read: int
    rows_rejected: int
    rows_changed: int
    unchanged: bool
    rejects_path: Path | None
    seconds: float
    rows_ended: int = 0
    unknown_channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of the file, checked and ready for COPY; `data` None when an earlier run staged it."""

    rows: int
    part: float
    columns: tuple[str, ...] = ()
    staged: int = 0
    data: bytes | None = None
    rejects: tuple[Reject, ...] = ()


async def import_file(
    db: Database,
    kind: str,
    path: Path,
    *,
    mode: str,
    at: datetime,
    zone: ZoneInfo,
    rejects: Path | None = None,
    progress: Callable[[Progress], None] | None = None,
    again: bool = False,
    encoding: str = "utf-8",
    most_ending: float = 1.0,
) -> ImportReport:
    """Import a CSV or Parquet file of one kind; `at` is the moment of the state that it describes.

    `mode` is delta, or full: what the file leaves out ends at `at`. Bare dates are midnight in `zone`. A row that is
    wrong costs itself alone; BadFile when the whole file is of no use. Stopped at any moment, the same call goes on
    where it was, and nothing was published by halves. The same file twice is done once, unless `again`. A full state
    that leaves out more than the share `most_ending` of what is there is refused: it was probably cut short.
    """
    began = time.perf_counter()
    checked_mode = _mode(kind, mode)
    if rejects:
        import_rejects.check_place(rejects)
    source = await asyncio.to_thread(open_source, path, encoding)
    identity = _identity(path)
    sha256 = await asyncio.to_thread(_sha256, path)
    tell = progress or (lambda _: None)
    tell(Progress(0, source.rows_total, "waiting"))
    async with import_store.exclusive(db, kind) as conn:
        layout = resolve(kind, source.header, await import_store.attributes(conn))
        file = File(layout, checked_mode, path.name, sha256, at, most_ending)
        before = None if again else await import_store.published(conn, file)
        if before:
            batch_id, read, done = before["id"], before["rows_read"], Published(before["rows_rejected"], 0, 0)
        else:
            batch = await import_store.begin(conn, file, source.rows_about >= LARGE)
            batch_id = batch.id
            read, done = await _import(db, conn, batch, file, source, zone, tell, lambda: _identity(path) == identity)
        written = await import_rejects.write(conn, batch_id, rejects) if rejects else None
    return ImportReport(
        batch_id=batch_id,
        kind=kind,
        rows_read=read,
        rows_rejected=done.rejected,
        rows_changed=done.changed,
        unchanged=before is not None,
        rejects_path=written,
        seconds=time.perf_counter() - began,
        rows_ended=done.ended,
        unknown_channels=done.unknown_channels,
    )


def _mode(kind: str, mode: str) -> Mode:
    columns(kind)
    if mode == "delta":
        return "delta"
    if mode != "full":
        raise BadFile(f"{mode!r} is no mode; use delta or full.", f"没有 {mode!r} 这种模式；请用 delta 或 full。")
    if kind in ("usage", "outcome"):
        raise BadFile(
            f"{kind} files are deltas: what is absent from them did happen all the same. Use --mode delta.",
            f"{kind} 只能增量导入：文件中没有的记录并未消失。请用 --mode delta。",
        )
    return "full"


async def _import(
    db: Database,
    conn: Connection,
    batch: Batch,
    file: File,
    source: Source,
    zone: ZoneInfo,
    tell: Callable[[Progress], None],
    is_same: Callable[[], bool],
) -> tuple[int, Published]:
    """(rows read, what publishing did). A file that turns out bad gives its batch up."""
    try:
        read = await _stage(conn, batch, file, source, zone, tell)
        if not is_same():
            raise BadFile(
                f"{file.name} changed while it was read; import it again when it is complete.",
                f"{file.name} 在读取过程中被修改；请待文件写完后重新导入。",
            )
        done = await _publish(db, conn, batch, file, read, tell)
    except BadFile:
        await import_store.abandon(conn, batch.id)
        raise
    return read, done


async def _stage(
    conn: Connection, batch: Batch, file: File, source: Source, zone: ZoneInfo, tell: Callable[[Progress], None]
) -> int:
    """Stages the file; while PostgreSQL takes one piece, a thread prepares the next."""
    pieces = _pieces(batch, file, source, zone)
    done = number = 0
    ahead = asyncio.create_task(asyncio.to_thread(next, pieces, None))
    try:
        while piece := await ahead:
            ahead = asyncio.create_task(asyncio.to_thread(next, pieces, None))
            if piece.data is not None:
                await import_store.stage(conn, batch.id, number, piece.columns, piece.staged, piece.data, piece.rejects)
            done, number = done + piece.rows, number + 1
            tell(Progress(done, source.rows_total or max(done, round(done / max(piece.part, 1e-9))), "reading"))
    finally:
        await asyncio.wait([ahead])
    return done


def _pieces(batch: Batch, file: File, source: Source, zone: ZoneInfo) -> Iterator[_Piece]:
    for number, rows in enumerate(source.pieces()):
        if number < batch.chunks:
            yield _Piece(len(rows.lines) + len(rows.broken), rows.part)
        else:
            yield _prepared(rows, file, zone)


def _prepared(rows: Rows, file: File, zone: ZoneInfo) -> _Piece:
    checked = check(rows, file.layout, zone, file.at)
    return _Piece(
        checked.rows_read,
        rows.part,
        tuple(checked.staged.column_names),
        checked.staged.num_rows,
        binary_copy(checked.staged),
        checked.rejects,
    )


async def _publish(
    db: Database, conn: Connection, batch: Batch, file: File, read: int, tell: Callable[[Progress], None]
) -> Published:
    """A single change that lands the same key in the meantime makes the merge start over, and see it."""
    for attempt in range(_ATTEMPTS):
        try:
            return await publish(
                db, conn, batch, file, read, lambda stage, part: tell(Progress(round(part * read), read, stage))
            )
        except UniqueViolationError:
            if attempt == _ATTEMPTS - 1:
                raise
        except NothingUsable:
            raise BadFile(
                f"no row of {file.name} can be used, and as a full state it would end everything: nothing was changed.",
                f"{file.name} 中没有可用的行，按全量导入会终止全部数据：未作任何更改。",
            ) from None
        except TooMuchEnds as much:
            raise _too_much(file, much) from None
    raise AssertionError("unreachable")


def _too_much(file: File, much: TooMuchEnds) -> BadFile:
    whole, most, percent = much.ended + much.kept, round(file.most_ending * 100), math.ceil(much.share * 100)
    return BadFile(
        f"{file.name} leaves out {much.ended:,} of {whole:,} rows of {file.kind} ({percent} %), which would end; "
        f"at most {most} % may. Nothing was changed. If the file is complete, import it again with "
        f"--allow-ending {percent}.",
        f"{file.name} 缺少 {whole:,} 行中的 {much.ended:,} 行（{percent}%），按全量导入将终止这些数据，"
        f"超过上限 {most}%：未作任何更改。若文件确实完整，请加 --allow-ending {percent} 重新导入。",
    )


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
