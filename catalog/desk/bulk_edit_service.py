"""Many versions edited or advanced in one transaction and one revision, row by row in their order.

Knows the order of the steps and the error policies; must not know HTTP or GraphQL. The caller opens the transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.desk import approval_service, editing, editing_service, patch
from catalog.desk.approval_service import Done
from catalog.desk.bulk_edit import BulkRefused, Given, RowResult, sound
from catalog.desk.bulk_edit_store import Later
from catalog.desk.editing_desk import Desk, Target
from catalog.desk.error_policy import ErrorPolicy
from catalog.errors import EditRefused, Problem
from catalog.lifecycle import LifecycleStatus
from catalog.offering import Offering

Act = Callable[[], Awaitable[Done]]


@dataclass(frozen=True, slots=True)
class Change:
    """The fields of a version that change, in a catalog file's own words."""

    target: Target
    given: Given


@dataclass(frozen=True, slots=True)
class Move:
    """The stage that a version moves to."""

    target: Target
    to: LifecycleStatus
    when: datetime | None
    reason: str | None
    with_parts: bool = False


async def edit_all(desk: Desk, rows: Sequence[Change], policy: ErrorPolicy) -> list[RowResult]:
    """One result a row. Raises BulkRefused, with nothing to be kept, when the policy says so."""
    desk.later = Later()
    await desk.fetch(row.target.code for row in rows)
    results = [await _edit(desk, row, policy) for row in rows]
    return _kept(results, policy)


async def advance_all(desk: Desk, rows: Sequence[Move], policy: ErrorPolicy, *, second_person: bool) -> list[RowResult]:
    """One result a row; a stage is whole, so a failed row lands in no part. Raises BulkRefused."""
    await desk.fetch(row.target.code for row in rows)
    results = [await _attempt(desk, _mover(desk, row, second_person)) for row in rows]
    return _kept(results, policy)


def _mover(desk: Desk, row: Move, second_person: bool) -> Act:
    async def act() -> Done:
        return await approval_service.advance(
            desk,
            row.target,
            row.to,
            when=row.when,
            reason=row.reason,
            with_parts=row.with_parts,
            second_person=second_person,
        )

    return act


async def _edit(desk: Desk, row: Change, policy: ErrorPolicy) -> RowResult:
    given: Given | None = row.given
    problems: tuple[Problem, ...] = ()
    while given is not None:
        result = await _attempt(desk, _editor(desk, row.target, given))
        problems += result.problems
        if result.is_applied or policy is not ErrorPolicy.IGNORE_FAILED:
            return RowResult(result.offering, result.is_applied, problems)
        given = sound(given, result.problems)
    return RowResult(result.offering, False, problems)


def _editor(desk: Desk, target: Target, given: Given) -> Act:
    def core(one: Offering) -> Offering:
        return editing.edit(one, patch.patched(one, given))

    async def act() -> Done:
        return await editing_service.edit(desk, target, "offering.edit", core), None

    return act


async def _attempt(desk: Desk, act: Act) -> RowResult:
    try:
        async with desk.attempt():
            one, request = await act()
        return RowResult(one, request is None, approval=request)
    except EditRefused as refused:
        return RowResult(refused.current, False, refused.problems)


def _kept(results: list[RowResult], policy: ErrorPolicy) -> list[RowResult]:
    if policy is not ErrorPolicy.REJECT_EVERYTHING or not any(result.problems for result in results):
        return results
    raise BulkRefused([RowResult(None if one.is_applied else one.offering, False, one.problems) for one in results])
