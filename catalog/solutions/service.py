"""The use cases of bringing a solution to markets: looked at, applied, rolled out again when it changed.

Knows the order of the steps; must not know HTTP or GraphQL. The caller opens the transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from asyncpg import Connection

import sql
from catalog import customer_store, market_store, registry_store, solution_register, store, version_store
from catalog.desk.editing import refused
from catalog.desk.editing_desk import Desk, Editor
from catalog.desk.error_policy import ErrorPolicy
from catalog.desk.reach import Reach
from catalog.documents.write import differences
from catalog.linting import lint_service
from catalog.market import within
from catalog.offering import Offering
from catalog.solution import Solution
from catalog.solution_part import PartPlan
from catalog.solutions import plan as solution_plan
from catalog.solutions import rows as solution_rows
from catalog.solutions import store as solution_store
from catalog.solutions.copy import code_of
from catalog.solutions.ground import Application, Ground
from catalog.solutions.plan import Given
from catalog.solutions.rows import Row

AUDIT = sql.queries("customer").write_audit
Asked = Sequence[tuple[str, Given]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: the markets, each with values of parameters; whether to launch what is brought, and when.

    `zone` is where bare dates are read. `second_person` says that somebody else decides of launches. With `again` the
    solution is rolled out: only where it was brought before, and to all of those when no market is named.
    """

    solution: str
    markets: Asked
    zone: tzinfo
    launch: bool = False
    when: datetime | None = None
    second_person: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of each row, in the solution's state; `templates` are the versions that were copied, by code."""

    solution: Solution
    rows: tuple[Row, ...]
    templates: Mapping[str, Offering] = field(default_factory=dict)


async def preview(conn: Connection, wanted: Wanted, editor: Editor) -> Outcome | None:
    """What applying would do, with nothing written or held; None when there is no such solution."""
    solution = await solution_register.of_code(conn, wanted.solution)
    if solution is None:
        return None
    wanted = await everywhere(conn, wanted)
    parents = {one.code: one.parent for one in await store.categories(conn)}
    reach = Reach.of(editor.categories, parents)
    ground = await _ground(conn, solution, wanted, tuple(parents), reach, editor.at)
    return Outcome(solution, await _rows(conn, ground, wanted, editor), _templates(ground))


async def everywhere(conn: Connection, wanted: Wanted) -> Wanted:
    """What is rolled out, with the markets named: all to which the solution was brought when none was."""
    if wanted.markets or not wanted.again:
        return wanted
    found = await solution_store.applications(conn, wanted.solution, None)
    return replace(wanted, markets=[(one.market, {}) for one in found])


async def apply(desk: Desk, wanted: Wanted, etag: int, policy: ErrorPolicy) -> Outcome:
    """The solution brought to the markets, or as far as the error policy lets it. Applied twice, nothing changes.

    Raises EditRefused when nothing can be done at all, with nothing written.
    """
    solution = await solution_register.taken(desk, wanted.solution, etag)
    if wanted.launch and wanted.second_person:
        zh, en = (
            "上线需他人审批，请先不上线应用，再逐个申请",
            "somebody else decides of launches; apply without, then ask",
        )
        raise refused(("launch",), "APPROVAL_NEEDED", zh, en)
    if wanted.when and wanted.when < desk.editor.at:
        raise refused(("at",), "IN_THE_PAST", "时间已过", "lies in the past; leave it out for now")
    wanted = await everywhere(desk.conn, wanted)
    if len(wanted.markets) > solution_rows.MAX_ROWS:
        most = solution_rows.MAX_ROWS
        zh, en = f"一次最多 {most} 个市场", f"names more than {most} markets; bring it to them in several steps"
        raise refused(("markets",), "TOO_MANY", zh, en)
    ground = await _ground(desk.conn, solution, wanted, desk.categories, desk.reach, desk.editor.at)
    rows = await _rows(desk.conn, ground, wanted, desk.editor)
    rows = await asyncio.to_thread(solution_rows.landing, ground, rows, wanted.markets, policy)
    openings = solution_rows.openings(ground, rows)
    await _land(desk, ground, rows, openings)
    return Outcome(solution, rows, _templates(ground))


def _templates(ground: Ground) -> Mapping[str, Offering]:
    return {code: one for code in ground.solution.offering if (one := ground.template(code))}


async def _ground(
    conn: Connection, solution: Solution, wanted: Wanted, categories: tuple[str, ...], reach: Reach, at: datetime
) -> Ground:
    markets = [code for code, _ in wanted.markets]
    copies = [code_of(code, market) for code in solution.offering for market in markets]
    applied = await solution_store.applications(conn, solution.code, markets, with_base=True)
    return Ground(
        solution=solution,
        versions=await version_store.reached(conn, [*solution.offering, *copies]),
        categories=categories,
        reach=reach,
        at=at,
        zone=wanted.zone,
        registers=await registry_store.load(conn),
        applied={one.market: one for one in applied},
        owners=await solution_store.owners(conn, copies),
        launch=wanted.launch,
        when=wanted.when,
    )


async def _rows(conn: Connection, ground: Ground, wanted: Wanted, editor: Editor) -> tuple[Row, ...]:
    found = await market_store.of_codes(conn, [code for code, _ in wanted.markets])
    markets = {code: one for code, one in found.items() if within(one.place, editor.caller.region)}
    # Hundreds of markets take their time; others are answered meanwhile.
    return await asyncio.to_thread(solution_rows.planned, ground, markets, wanted.markets, only_applied=wanted.again)


async def _land(desk: Desk, ground: Ground, rows: Sequence[Row], openings: Sequence[PartPlan]) -> None:
    conn, editor = desk.conn, desk.editor
    copies = [part for row in rows if row.landed for part in row.landed.parts if part.code != part.template]
    moves = [(part.before, part.move) for part in (*copies, *openings) if part.move]
    saved = await solution_store.save(conn, moves, ground.at)
    if saved is None:
        zh, en = "他人已先行修改，请重试", "somebody else was faster; try again"
        raise refused(("etag",), "CONFLICT", zh, en)
    after = {part.code: solution_plan.with_move(ground, part) for part in (*copies, *openings) if part.move}
    await lint_service.refuse_breaking_many(conn, ground.versions, after, ground.at)
    news = await asyncio.to_thread(_news, ground, rows, editor.caller.subject)
    await solution_store.put(conn, news)
    desk.changed.update(one.code for one in saved)
    await _audit(desk, ground, rows, [(before, one) for (before, _), one in zip(moves, saved, strict=True)])


def _news(ground: Ground, rows: Sequence[Row], subject: str) -> list[Application]:
    found = (solution_rows.application(ground, row.landed, subject) for row in rows if row.landed)
    return [one for one in found if solution_rows.is_news(ground, one)]


Changed = Sequence[tuple[Offering | None, Offering]]


async def _audit(desk: Desk, ground: Ground, rows: Sequence[Row], changed: Changed) -> None:
    """One row of audit for each version that was made or changed, and one for the whole."""
    editor, code = desk.editor, ground.solution.code
    await desk.conn.executemany(AUDIT, await asyncio.to_thread(_told, editor, code, changed))
    landed = [row.market for row in rows if row.landed]
    detail = {"etag": ground.solution.etag, "markets": landed, "changed": len(changed)}
    await customer_store.write_audit(desk.conn, editor.caller, editor.at, "solution.apply", "solution", code, detail)


def _told(editor: Editor, solution: str, changed: Changed) -> list[tuple[object, ...]]:
    caller = editor.caller
    return [
        (
            *(editor.at, caller.subject, caller.role, "solution.apply"),
            *("product_offering", after.code, caller.request_id),
            {"version": after.version, "etag": after.etag, **differences(before, after), "solution": solution},
        )
        for before, after in changed
    ]
