"""A campus solution, its offerings and markets in PostgreSQL, and applying it as a product manager does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from catalog import market_edit, market_store, service, solution_register, store, version_store
from catalog.customer_store import Caller
from catalog.desk.editing_desk import Editor, at_desk
from catalog.desk.error_policy import ErrorPolicy
from catalog.documents import document
from catalog.offering import Offering
from catalog.solution import Solution
from catalog.solutions import edit as solution_edit
from catalog.solutions import service as solution_service
from catalog.solutions.service import Outcome, Wanted
from sql.pool import Database

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 3, 1, 4, tzinfo=UTC)
SOON = datetime(2026, 9, 1, tzinfo=UTC)
CALLER = Caller("pm", "product_manager", None, "request")


def editor(*categories: str, at: datetime = AT) -> Editor:
    return Editor(CALLER, categories or None, at)


def fee(value: str, code: str = "monthly") -> dict[str, Any]:
    price = {"unit": "CNY", "value": value}
    return {"code": code, "priceType": "RECURRING", "price": price, "recurringChargePeriod": "month"}


def offering(code: str, *prices: dict[str, Any], **fields: Any) -> dict[str, Any]:
    node = {"code": code, "name": {"zh": code}, "category": ["campus"], "productOfferingPrice": list(prices)}
    return {**node, **fields}


CATALOG: dict[str, Any] = {
    "categories": [
        {"code": "campus", "name": {"zh": "校园"}},
        {"code": "other", "name": {"zh": "其他"}},
    ],
    "offerings": [
        offering("ACCESS", fee("5")),
        offering(
            "WLAN",
            fee("20"),
            {"code": "student", "priceType": "DISCOUNT", "percentage": "10"},
            productOfferingRelationship=[{"relationshipType": "REQUIRES", "target": "ACCESS"}],
            externalIdentifier=[{"owner": "BOSS", "id": "9"}],
        ),
        offering("MUSIC", fee("8")),
        offering("FIBER", fee("60"), marketSegment=["NOWHERE"]),
        offering(
            "BUNDLE",
            fee("25"),
            bundledProductOffering=[{"code": "ACCESS"}, {"code": "WLAN"}],
        ),
        offering("FOREIGN", fee("1"), category=["other"]),
    ],
}

CAMPUS: dict[str, Any] = {
    "code": "SMART_CAMPUS",
    "name": {"zh": "智慧校园"},
    "kind": ["CAMPUS"],
    "parameter": [
        {"code": "wlanFee", "type": "MONEY"},
        {"code": "discount", "type": "PERCENTAGE"},
        {"code": "start", "type": "DATE"},
        {"code": "end", "type": "DATE"},
    ],
    "start": "start",
    "end": "end",
    "requiredFact": ["wlan"],
    "offering": [
        "ACCESS",
        {
            "code": "WLAN",
            "price": [{"code": "monthly", "parameter": "wlanFee"}, {"code": "student", "parameter": "discount"}],
        },
        "MUSIC",
        {"code": "FIBER", "requiredFact": ["fiber"]},
        "BUNDLE",
    ],
}


async def prepare(db: Database, catalog: Mapping[str, Any] = CATALOG, *, campuses: int = 4) -> None:
    """The offerings launched; campuses M1 … with WLAN, M1 with fiber too; P1 is a park, DARK has no coverage."""
    read, problems = document.read(catalog, ZONE)
    assert not problems, problems
    async with db.transaction() as conn:
        await service.apply_document(conn, read, await store.load_within(conn, AT), AT)
        nodes = [
            {"code": f"M{number}", "kind": "CAMPUS", "facts": {"wlan": True, "fiber": number == 1}}
            for number in range(1, campuses + 1)
        ]
        nodes += [{"code": "P1", "kind": "PARK", "facts": {"wlan": True}}, {"code": "DARK", "kind": "CAMPUS"}]
        for node in nodes:
            await market_store.add(conn, market_edit.new({**node, "name": {"zh": node["code"]}}))


async def create(db: Database, node: Mapping[str, Any] = CAMPUS, who: Editor | None = None) -> Solution:
    async with db.transaction() as conn, at_desk(conn, who or editor()) as desk:
        return await solution_register.create(desk, solution_edit.new(node))


async def edit(db: Database, **given: Any) -> Solution:
    async with db.transaction() as conn, at_desk(conn, editor()) as desk:
        current = await solution_register.of_code(conn, "SMART_CAMPUS")
        assert current
        return await solution_register.edit(desk, "SMART_CAMPUS", current.etag, given)


def asked(*markets: str, **parameters: str | None) -> Sequence[tuple[str, Mapping[str, str | None]]]:
    return [(market, parameters) for market in markets]


async def apply(
    db: Database,
    markets: Sequence[tuple[str, Mapping[str, str | None]]] = (),
    policy: ErrorPolicy = ErrorPolicy.REJECT_EVERYTHING,
    who: Editor | None = None,
    **more: Any,
) -> Outcome:
    async with db.transaction() as conn, at_desk(conn, who or editor()) as desk:
        current = await solution_register.of_code(conn, "SMART_CAMPUS")
        assert current
        wanted = Wanted("SMART_CAMPUS", markets, ZONE, **more)
        return await solution_service.apply(desk, wanted, current.etag, policy)


async def roll_out(db: Database, *markets: str, **more: Any) -> Outcome:
    return await apply(db, asked(*markets), again=True, **more)


async def versions(db: Database, code: str) -> tuple[Offering, ...]:
    async with db.connection() as conn:
        return await version_store.of_code(conn, code)


def actions(outcome: Outcome, market: str) -> dict[str, str]:
    """template → what the plan does with it."""
    row = next(row for row in outcome.rows if row.market == market)
    assert row.plan
    return {part.template: part.action.value for part in row.plan.parts}


def problems(outcome: Outcome) -> list[tuple[str, str]]:
    """(market, code) of everything that stands against a row."""
    return [
        (row.market, problem.code)
        for row in outcome.rows
        for problem in (*row.problems, *(one for part in (row.plan.parts if row.plan else ()) for one in part.problems))
    ]


async def counts(db: Database) -> tuple[int, int, int]:
    """How many versions, rows of audit and revisions there are: what a change would move."""
    found = await db.fetchrow(
        "select (select count(*) from offering_version) v, (select revision from catalog_revision) r, "
        "(select coalesce(sum(etag), 0) from offering_version) e"
    )
    assert found
    return found["v"], found["e"], found["r"]
