"""Rows of an import file checked against its layout: what may be staged, and what is rejected and why.

Knows the rules of a row; must not know files or the database.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from catalog.files.columns import Column
from catalog.files.header import Layout
from catalog.files.source import Broken, Rows
from catalog.files.types import Mask
from catalog.files.values import Fault, Parsed, parse
from catalog.text import Text

_NAMESPACE = uuid.UUID("1f0d5b5e-6a55-5c53-9d3d-6b3f4f0f7a11")
# In Chinese width a number is personal all the same.
_MOBILE = r"([1１][3-9３-９][0-9０-９])[0-9０-９]{4}([0-9０-９]{4})"
_LONGEST_SHOWN = 100
FAR = 10
"""Years ahead beyond which a start is taken for a slip."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One value that does not land, and takes its row with it. Personal values are masked."""

    line: int
    column: str
    value: str
    reason: Text


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of one piece: `staged` has the columns of the staging table, `rows_rejected` counts lines."""

    staged: Any
    rejects: tuple[Reject, ...]
    rows_read: int
    rows_rejected: int


def check(rows: Rows, layout: Layout, zone: ZoneInfo, at: datetime | None = None) -> Checked:
    """Check one piece of a file of the state at `at` (None: of no time).

    A rejected row is staged as `spared`, with its subject alone, so that a full state does not end what a row that we
    cannot read speaks of.
    """
    parsed = {
        column.name: parse(values, column, zone) for column, values in zip(layout.columns, rows.columns, strict=True)
    }
    wrong = np.zeros(len(rows.lines), dtype=np.bool_)
    rejects = [Reject(broken.line, "", "", broken.reason) for broken in rows.broken]
    for column, fault in _faults(layout, parsed, at):
        wrong |= fault.rows
        rejects.extend(_rejects(rows, column, parsed[column.name], fault))
    staged, spared = _staged(rows, layout, parsed, ~wrong), _spared(rows, layout, parsed, wrong)
    return Checked(
        pa.concat_tables([_decoded(staged), spared], promote_options="default") if spared.num_rows else staged,
        tuple(rejects),
        len(rows.lines) + len(rows.broken),
        int(wrong.sum()) + len(rows.broken),
    )


def _faults(layout: Layout, parsed: Mapping[str, Parsed], at: datetime | None) -> Iterator[tuple[Column, Fault]]:
    for column in layout.columns:
        for fault in parsed[column.name].faults:
            yield column, fault
    for first, last in (("start_date", "termination_date"), ("member_from", "member_to")):
        if first in parsed and last in parsed:
            early = pc.less(parsed[last].values, parsed[first].values)
            yield from _fault(layout, last, early, Text(f"早于 {first}", f"before {first}"))
    for name in ("start_date", "member_from", "joined_at"):
        if name in parsed and at is not None:
            far = pc.greater(parsed[name].values, pa.scalar(_far(at), pa.timestamp("us", "UTC")))
            reason = Text(f"在 {FAR} 年之后，应为日期有误", f"more than {FAR} years ahead; probably a slip")
            yield from _fault(layout, name, far, reason)
    if layout.kind == "product" and "price" in parsed:
        below = pc.less(parsed["price"].values, pa.scalar(0, parsed["price"].values.type))
        yield from _fault(layout, "price", below, Text("约定价格不能为负", "an agreed price is not negative"))
    if "month" in parsed and "active_days" in parsed:
        more = pc.greater(parsed["active_days"].values, _days_in(parsed["month"].values))
        yield from _fault(layout, "active_days", more, Text("超过当月天数", "more days than the month has"))


def _days_in(months: Any) -> Any:
    """How many days each month has; `months` are first days of months."""
    first = months.cast(pa.timestamp("s"))
    # The thirty-second day of a month is in the next one.
    beyond = pc.add(first, pa.scalar(timedelta(days=31), pa.duration("s")))
    return pc.days_between(first, pc.floor_temporal(beyond, unit="month"))


def _far(at: datetime) -> datetime:
    return at + timedelta(days=FAR * 366)


def _fault(layout: Layout, name: str, wrong: Any, reason: Text) -> Iterator[tuple[Column, Fault]]:
    rows = np.asarray(pc.fill_null(wrong, False).to_numpy(zero_copy_only=False), dtype=np.bool_)
    if rows.any():
        yield next(column for column in layout.columns if column.name == name), Fault(rows, reason)


def _rejects(rows: Rows, column: Column, parsed: Parsed, fault: Fault) -> Iterator[Reject]:
    chosen = np.flatnonzero(fault.rows)
    for line, value in zip(rows.lines[chosen].tolist(), parsed.shown.take(pa.array(chosen)).to_pylist(), strict=True):
        yield Reject(line, column.name, shown(value or "", column.personal), fault.reason)


def shown(value: str, personal: bool = False) -> str:
    """A value as a report may show it: one short printable line, personal data and mobile numbers masked."""
    if personal:
        return f"{value[:3]}****{value[-4:]}" if len(value) > 10 else f"{value[:1]}**" if value else ""
    text = "".join(character if character.isprintable() else f"\\x{ord(character):02x}" for character in value)
    masked = pc.replace_substring_regex(pa.scalar(text[:_LONGEST_SHOWN]), _MOBILE, r"\1****\2")
    return str(masked.as_py())


def _staged(rows: Rows, layout: Layout, parsed: Mapping[str, Parsed], good: Mask) -> Any:
    keep = pa.array(good)
    arrays: dict[str, Any] = {"line": pa.array(rows.lines).filter(keep)}
    objects: dict[str, list[Any]] = {}
    for column in layout.columns:
        values = parsed[column.name].encoded.filter(keep)
        if column.type in ("categorical", "numeric") or column.name in layout.attributes:
            objects.setdefault("attributes", []).append(_member(column.name, column, values))
        elif column.type == "fact":
            objects.setdefault("facts", []).append(_member(column.name.removeprefix("fact."), column, values))
        else:
            arrays[column.name] = values
    arrays |= {name: _object(members) for name, members in objects.items()}
    if layout.kind == "outcome":
        arrays["recommendation_id"] = _recommendation_ids(arrays)
    return pa.table(arrays)


def _spared(rows: Rows, layout: Layout, parsed: Mapping[str, Parsed], wrong: Mask) -> Any:
    subjects = parsed[layout.subject].values.filter(pa.array(wrong))
    lines = pa.array(rows.lines[wrong])
    position = layout.names.index(layout.subject)
    known = [(broken.line, broken.cells[position]) for broken in rows.broken if _has(broken, position)]
    table = pa.table({
        "line": pa.concat_arrays([lines, pa.array([line for line, _ in known], pa.int64())]),
        layout.subject: pa.concat_arrays([subjects, pa.array([subject for _, subject in known], pa.string())]),
    })  # fmt: skip
    table = table.filter(pc.is_valid(table[layout.subject]))
    return table.append_column("spared", pa.array([True] * table.num_rows, pa.bool_()))


def _has(broken: Broken, position: int) -> bool:
    return len(broken.cells) > position and broken.cells[position].isprintable() and broken.cells[position] != ""


def _decoded(table: Any) -> Any:
    """The table with each value in its place, where the distinct ones were kept apart."""
    plain = [one.cast(one.type.value_type) if pa.types.is_dictionary(one.type) else one for one in table.columns]
    return pa.table(plain, table.column_names)


def _member(name: str, column: Column, values: Any) -> Any:
    """`"name":value,` of each row as JSON text, empty where the value is missing."""
    key, quote = orjson.dumps(name).decode() + ":", '"' if column.type == "date" else ""
    texts = pc.binary_join_element_wise(key + quote, values.dictionary.cast(pa.string()), quote + ",", "")
    texts = pa.concat_arrays([pc.fill_null(texts, ""), pa.array([""])])
    return texts.take(values.indices.fill_null(len(texts) - 1))


def _object(members: list[Any]) -> Any:
    inside = pc.utf8_rtrim(pc.binary_join_element_wise(*members, ""), ",")
    return pc.binary_join_element_wise("{", inside, "}", "")


def _recommendation_ids(arrays: Mapping[str, Any]) -> Any:
    """The ids given, and for rows without one an id made from who, what, how and when: the same row has the same id."""
    keys = zip(
        arrays["customer_id"].to_pylist(), arrays["offering"].to_pylist(), arrays["outcome"].to_pylist(),
        arrays["at"].dictionary_decode().cast(pa.int64()).to_pylist(), strict=True,
    )  # fmt: skip
    given = arrays["recommendation_id"].to_pylist() if "recommendation_id" in arrays else [None] * len(arrays["line"])
    return pa.array(
        [one or str(uuid.uuid5(_NAMESPACE, "\x1f".join(map(str, key)))) for one, key in zip(given, keys, strict=True)],
        pa.string(),
    )
