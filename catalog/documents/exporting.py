"""The catalog out of PostgreSQL as one document, and the document in each form of a file.

Knows what an export holds; must not know the command line, nor where the file goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import orjson

from catalog import store, tmf620
from catalog.documents.file_form import Form
from catalog.documents.whole import whole
from catalog.documents.written import Json
from catalog.errors import CatalogError
from catalog.offering import Offering
from catalog.registry import Entry
from catalog.snapshot import Snapshot
from catalog.workbook import flatten
from sql.pool import Database

Progress = Callable[[int], None]
_BEGINNING = datetime(1, 1, 2, tzinfo=UTC)


class UnknownCategory(CatalogError):
    """An export of a category that there is not."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which versions. By default those of `now` and later, drafts included.

    `at`: what is sold then. `all_versions`: the past as well. `category`: what stands in or below it.
    """

    now: datetime
    at: datetime | None = None
    all_versions: bool = False
    category: str | None = None


async def document(db: Database, selection: Selection, *, etags: bool = False) -> Json:
    """The catalog as a document that, imported again, changes nothing.

    Raises UnknownCategory.
    """
    snapshot = await store.load(db, _BEGINNING if selection.all_versions else selection.at or selection.now)
    return of_snapshot(snapshot, selection, etags=etags)


def of_snapshot(snapshot: Snapshot, selection: Selection, *, etags: bool = False) -> Json:
    """The same of a snapshot, which holds what has not ended before the selection's time.

    Raises UnknownCategory.
    """
    categories = tuple(snapshot.categories.values())
    inside = {one.code for one in categories}
    if selection.category is not None:
        inside = _branch(snapshot, selection.category)
        shown = {above for code in inside for above in snapshot.path(code)}
        categories = tuple(one for one in categories if one.code in shown)
    versions = _versions(snapshot, selection, inside)
    return whole(versions, categories, snapshot.attributes.values(), _entries(snapshot), etags=etags)


def written(
    form: Form, node: Json, zone: tzinfo, *, language: str = "zh", progress: Progress = lambda _: None
) -> bytes:
    """The document as a file of this form; `language` is what TMF620's single names are in."""
    if form is Form.WORKBOOK:
        # Heavy, and seldom wanted: a server need not load it to start.
        from catalog.workbook import writer

        return writer.write(flatten.rows(node, zone), progress)
    value: Any = tmf620.write(node, language) if form is Form.TMF620 else node
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _versions(snapshot: Snapshot, selection: Selection, inside: set[str]) -> Iterator[Offering]:
    for code in sorted(snapshot.versions):
        for one in snapshot.versions[code]:
            is_wanted = selection.at is None or selection.all_versions or one.is_launched(selection.at)
            if is_wanted and (selection.category is None or not inside.isdisjoint(one.category)):
                yield one


def _branch(snapshot: Snapshot, category: str) -> set[str]:
    """The category and those below it."""
    if category not in snapshot.categories:
        raise UnknownCategory(f"there is no category {category} 没有此类目")
    return {code for code in snapshot.categories if category in snapshot.path(code)}


def _entries(snapshot: Snapshot) -> Mapping[str, Iterable[Entry]]:
    return {kind: [found[code] for code in sorted(found)] for kind, found in registers(snapshot).items()}


def registers(snapshot: Snapshot) -> Mapping[str, Mapping[str, Entry]]:
    """The registers of a snapshot by kind, as catalog.registry names them."""
    return {
        "specification": snapshot.specifications,
        "place": snapshot.places,
        "channel": snapshot.channels,
        "policy": snapshot.policies,
        "solution": snapshot.solutions,
    }
