"""The demo operator's solutions brought to some of its markets, in design, as a product manager would.

Knows what the demo says of it; must not know how a solution is applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from itertools import groupby

from api.demo.data import load
from catalog import solution_register
from catalog.customer_store import Caller
from catalog.desk.editing_desk import Editor, at_desk
from catalog.desk.error_policy import ErrorPolicy
from catalog.solutions import service as solution_service
from catalog.solutions.service import Wanted
from sql.pool import Database

CALLER = Caller("demo", "admin", None, "demo")


async def bring(db: Database, *, at: datetime, zone: tzinfo) -> None:
    """Brings each solution to its markets. Done again it changes nothing; a market that is not there is left out."""
    for code, found in groupby(load("solutions")["applied"], key=lambda one: one["solution"]):
        markets: list[tuple[str, Mapping[str, str | None]]] = [(one["market"], one["parameter"]) for one in found]
        async with db.transaction() as conn, at_desk(conn, Editor(CALLER, None, at)) as desk:
            known = await solution_register.of_code(conn, code)
            if known is not None:
                wanted = Wanted(code, markets, zone)
                await solution_service.apply(desk, wanted, known.etag, ErrorPolicy.REJECT_FAILED_ROWS)
