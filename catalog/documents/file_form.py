"""A catalog file's bytes as a document, whichever of the three forms they have: JSON, TMF620 JSON, Excel.

Knows how a form is recognised and where a wrong value stands in it; must not know what is in the catalog already.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Any

import orjson

from catalog import tmf620
from catalog.documents import document
from catalog.documents.document import CatalogDocument
from catalog.errors import CatalogError, Problem
from catalog.workbook import bounds, complete, gather
from catalog.workbook.complete import Current
from catalog.workbook.table import Table

ENCODINGS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


class UnreadableCatalog(CatalogError):
    """A file that is no JSON; the message names the place and the remedy."""


class Form(StrEnum):
    JSON = "json"
    TMF620 = "tmf620"
    WORKBOOK = "xlsx"


def _as_it_is(problem: Problem) -> Problem:
    return problem


@dataclass(frozen=True, slots=True)
class Opened:
    """What a file holds before the catalog is asked. `locate` names the place of a problem as its reader sees it.

    `unplaced` is what a TMF620 file says that has no place here: kind of resource → id → the fields as they were.
    """

    form: Form
    node: Any
    problems: tuple[Problem, ...] = ()
    locate: Callable[[Problem], Problem] = _as_it_is
    tables: Mapping[str, Table] = field(default_factory=dict)
    unplaced: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def read(self, zone: tzinfo, current: Current) -> tuple[CatalogDocument, tuple[Problem, ...]]:
        """The document, and every problem of the file at its place. What a workbook leaves out is as it is now."""
        node = self.node
        if self.form is Form.WORKBOOK:
            node = complete.complete(node, self.tables, current)
        found, problems = document.read(node, zone)
        # What follows from a problem that was told at its own place is not told once more.
        told = {one.path[:length] for one in self.problems for length in range(1, len(one.path) + 1)}
        located = (self.locate(problem) for problem in problems)
        return found, (*self.problems, *(problem for problem in located if problem.path not in told))


def open_bytes(raw: bytes, name: str, zone: tzinfo) -> Opened:
    """What the bytes hold, told by what they are and not by the name of the file.

    Raises UnreadableCatalog or UnreadableWorkbook for what is none of the three.
    """
    if bounds.is_workbook(raw):
        # Heavy, and seldom wanted: a server need not load it to start.
        from catalog.workbook import reader

        tables, problems = reader.read(raw, name)
        found = gather.gather(tables, zone)
        return Opened(Form.WORKBOOK, found.document, (*problems, *found.problems), found.located, tables=found.tables)
    value = parse(raw, name)
    if not tmf620.is_tmf620(value):
        return Opened(Form.JSON, value)
    # Once more, with every number as it is written: a float would change a price.
    mapped = tmf620.read(json.loads(raw.removeprefix(b"\xef\xbb\xbf"), parse_float=Decimal))
    return Opened(Form.TMF620, mapped.document, mapped.problems, mapped.located, unplaced=mapped.unplaced)


def parse(raw: bytes, name: str) -> object:
    """The JSON value in UTF-8 bytes, a byte order mark tolerated."""
    if any(raw.startswith(mark) for mark, _ in ENCODINGS):
        raise UnreadableCatalog(f"{name} is UTF-16; save it as UTF-8 请另存为 UTF-8")
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise UnreadableCatalog(
            f"{name} is not UTF-8 (line {line}), perhaps GBK; convert it: iconv -f GBK -t UTF-8 文件不是 UTF-8 编码"
        ) from None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UnreadableCatalog(
            f"{name} is no JSON, line {error.lineno} column {error.colno}: {error.msg} 不是有效的 JSON"
        ) from None
