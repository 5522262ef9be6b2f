"""A catalog file lands as drafts: what is sold stays as it is, and every change waits in design with its report.

Knows the order of the steps; must not know files or the command line. The caller opens the transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from asyncpg import Connection

import sql
from catalog import registry_store, store
from catalog.desk.advancing import Move
from catalog.desk.drafting import Draft, draft
from catalog.desk.editing_desk import Desk, Editor, at_desk
from catalog.diff import Change, diff
from catalog.documents import landing
from catalog.documents.document import CatalogDocument
from catalog.documents.landing import CONFLICT, Wanted
from catalog.documents.write import written
from catalog.errors import EditRefused, InvalidCatalog, Problem
from catalog.linting import lint, review
from catalog.offering import Offering
from catalog.service import CatalogChange
from catalog.snapshot import Snapshot
from catalog.text import Text

QUERIES = sql.queries("export")
ACTION = "offering.import"


@dataclass(frozen=True, slots=True)
class Drafted:
    """A version in design that a file made or changed, of `base` (None: a new offering), and what lint says of it.

    `against` stands against its launch; `advice` is what else to think about.
    """

    code: str
    version: int
    base: int | None
    changed: tuple[Change, ...]
    against: tuple[Problem, ...]
    advice: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Row:
    position: int
    draft: Draft


async def apply_drafts(
    conn: Connection, document: CatalogDocument, known: Snapshot, editor: Editor
) -> tuple[CatalogChange, tuple[Drafted, ...]]:
    """Lands a document as drafts; applied twice, the second time changes nothing.

    Attributes, categories and registers have no versions: what differs of them holds at once. Raises InvalidCatalog
    with every problem; the caller's transaction must then be rolled back.
    """
    await store.lock(conn)
    problems = lint.check_attributes(document.attributes, known.attributes)
    problems += lint.check(document.categories, (), known_categories=known.categories)
    if problems:
        raise InvalidCatalog(problems)
    attributes = await store.put_attributes(conn, document.attributes)
    categories = await store.put_categories(conn, document.categories)
    entries = await registry_store.put_all(conn, document.entries, editor.at)
    registers = attributes + categories + entries
    async with at_desk(conn, editor) as desk:
        if registers and desk.reach.codes is not None:
            zh, en = (
                "类目、渠道、政策等仅可由不限类目者修改",
                "categories, channels, policies … are not yours to change",
            )
            raise InvalidCatalog((Problem((), "NOT_YOURS", Text(zh, en)),))
        rows = await _drafts(desk, document)
        drafted = await _save(desk, document, known, rows)
    if registers and not rows:
        await store.next_revision(conn, editor.at)
    new = sum(row.draft.base is None for row in rows)
    unchanged = len(document.offerings) - len(rows)
    revision = await conn.fetchval(store.QUERIES.revision)
    change = CatalogChange(attributes, categories, entries, new, len(rows) - new, unchanged, revision)
    return change, drafted


async def _drafts(desk: Desk, document: CatalogDocument) -> list[Row]:
    await desk.fetch({one.code for one in document.offerings})
    often = Counter(one.code for one in document.offerings)
    rows: list[Row] = []
    problems: list[Problem] = []
    for position, wanted in enumerate(document.offerings):
        versions = await desk.of_code(wanted.code)
        try:
            if not versions and often[wanted.code] > 1:
                zh, en = "新产品的草稿只有一个版本", "is new here, and a draft is one version; keep one row"
                raise EditRefused(Problem(("version",), "DUPLICATE_CODE", Text(zh, en)))
            found = draft(wanted, document.states(position), versions)
            if found:
                desk.reach.check(found.version.category, found.base.category if found.base else ())
        except EditRefused as refusal:
            problems += [await _told(desk, wanted.code, one) for one in _placed(position, refusal.problems)]
            continue
        if found:
            rows.append(Row(position, found))
    twice = Counter(row.draft.version.code for row in rows)
    for row in rows:
        if twice[row.draft.version.code] > 1:
            zh, en = "同一产品的两行均有改动", "two rows of this offering were changed; change one of them"
            problems.append(Problem(("offerings", row.position, "code"), "DUPLICATE_CODE", Text(zh, en)))
    if problems:
        raise InvalidCatalog(tuple(problems))
    return rows


async def _told(desk: Desk, code: str, problem: Problem) -> Problem:
    """Of a lost race, who was faster."""
    if problem.code != CONFLICT:
        return problem
    last = await desk.conn.fetchrow(QUERIES.last_change, code)
    if last is None:
        return problem
    who = f"{last['subject'] or '-'}, {last['action']}, {last['at']:%Y-%m-%d %H:%M} UTC"
    return replace(
        problem, message=Text(f"{problem.message.zh}（{who}）", f"{problem.message.en} ({who}); export again")
    )


def _placed(position: int, problems: Sequence[Problem]) -> list[Problem]:
    return [replace(one, path=("offerings", position, *one.path)) for one in problems]


async def _save(desk: Desk, document: CatalogDocument, known: Snapshot, rows: Sequence[Row]) -> tuple[Drafted, ...]:
    """Writes all, then lints each among the others: they may refer to one another."""
    _refuse_unknown(desk, document, known, rows)
    ids = await store.put_offerings(desk.conn, [row.draft.version.code for row in rows])
    saved: list[tuple[Row, Offering]] = []
    for row in rows:
        version = replace(row.draft.version, id=ids[row.draft.version.code], last_update=desk.editor.at)
        saved.append((row, await _write(desk, replace(row.draft, version=version))))
    problems: list[Problem] = []
    for row, version in saved:
        try:
            await desk.lint(version, desk.editor.at, before=row.draft.base)
        except EditRefused as refusal:
            problems += _placed(row.position, refusal.problems)
    if problems:
        raise InvalidCatalog(tuple(problems))
    return tuple(_report(desk, row.draft, version) for row, version in saved)


def _refuse_unknown(desk: Desk, document: CatalogDocument, known: Snapshot, rows: Sequence[Row]) -> None:
    """What the tables could not hold is refused before anything is written."""
    wanted = [Wanted(row.position, row.draft.version) for row in rows]
    found = landing.contradictions(document, wanted, {**known.versions, **desk.versions}, desk.categories)
    problems = tuple(one for one in found if one.code in ("UNKNOWN_CODE", "DUPLICATE_CODE"))
    if problems:
        raise InvalidCatalog(problems)


async def _write(desk: Desk, found: Draft) -> Offering:
    if found.base is not None and found.is_in_place:
        return await desk.save(ACTION, found.base, Move(found.version))
    if found.base is None:
        await store.put_template(desk.conn, found.version)
        return await desk.add("offering.create", found.version, source={"file": True})
    return await desk.add(ACTION, found.version, source={"version": found.base.version})


def _report(desk: Desk, found: Draft, version: Offering) -> Drafted:
    against, advice = review.before_launch(version, desk.versions, desk.categories, desk.editor.at)
    base = found.base.version if found.base else None
    return Drafted(version.code, version.version, base, changes(found.base, version), against, advice)


def changes(base: Offering | None, version: Offering) -> tuple[Change, ...]:
    """What the file changed: not that a draft is in design, nor that it has no start before its launch."""
    if base is None:
        return ()
    is_undated = version.valid.start is None and version.valid.end == base.valid.end
    same = replace(
        base,
        lifecycle_status=version.lifecycle_status,
        status_reason=version.status_reason,
        valid=version.valid if is_undated else base.valid,
    )
    return diff(written(same), written(version))
