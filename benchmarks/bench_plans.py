"""CPU of one execution, without HTTP: the stock executor, a plan, and a plan with the memo.

`python -m benchmarks.bench_plans` asks a catalog of 2,000 offerings in memory; with `--home` naming the JISHI_HOME of a
demo operator (`jishi demo && jishi train`), also what reads its database: markets, a recommendation. Rounds take turns.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from inspect import isawaitable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from graphql import OperationDefinitionNode, execute, parse, validate
from strawberry.execution import optimized_is_awaitable

from api import services
from api.auth import Principal
from api.closed_loop import PLAIN
from api.database import opened
from api.graphql.context import Context
from api.graphql.schema import schema
from api.plans.memo import Memo, forgetful
from api.plans.operation import PlannedOperation
from catalog.bundle import BundlePart
from catalog.offering import Category, Offering
from catalog.price import Money, Price, PriceType
from catalog.snapshot import BEGINNING, Snapshot
from catalog.text import Text
from sql import embedded
from sql.migrate import migrate

ZONE = ZoneInfo("Asia/Shanghai")
PRICES = "productOfferingPrice { code name priceType price { unit value } recurringChargePeriod }"
CATALOG = {
    "one offering with prices": (
        f"query ($code: String!) {{ productOffering(code: $code) {{ code name version lifecycleStatus {PRICES} }} }}",
        lambda dice: {"code": f"O{dice.randrange(2000):05d}"},
    ),
    "20 offerings with category and prices": (
        "query ($after: String) { productOfferings(first: 20, after: $after) "
        f"{{ nodes {{ code name category {{ code name }} {PRICES} }} totalCount pageInfo {{ endCursor }} }} }}",
        lambda dice: {},
    ),
    "a bundle with parts and prices, and a page of 50": (
        f"query ($code: String!) {{ productOffering(code: $code) {{ code name bundledProductOffering {{ code "
        f"numberRelOfferDefault productOffering {{ code name {PRICES} }} }} }} "
        f"productOfferings(first: 50) {{ nodes {{ code name {PRICES} }} pageInfo {{ hasNextPage endCursor }} }} }}",
        lambda dice: {"code": f"O{dice.randrange(2, 285) * 7:05d}"},
    ),
    "a search of bundles with facets": (
        'query ($where: ProductOfferingWhere) { productOfferingSearch(first: 20, query: "Offering 1", where: $where, '
        "facets: [CATEGORY, MONTHLY_FEE]) { totalCount hits { score productOffering { code name } } "
        "facets { field values { value name count } } } }",
        lambda dice: {"where": {"isBundle": {"eq": True}}},
    ),
}
STORED = {
    "a market with its solutions": (
        "query ($code: String!) { marketSegment(code: $code) { code kind name place size facts memberCount "
        "solutions { solution { code name } isOutdated appliedAt offering { code } } } }",
        "market",
    ),
    "a recommendation with reasons": (
        "query ($id: ID!) { recommendation(customerId: $id, first: 5) { id modelVersion isPersonalised source "
        "withheld { rule count message } recommendationItem { id priority score probability handOver talkingPoint "
        f"productOffering {{ code name {PRICES} }} reasons {{ kind weight text }} billEffect {{ unit value }} }} }} }}",
        "customer",
    ),
}


def snapshot(at: datetime, count: int = 2000) -> Snapshot:
    categories = {
        f"c{number}": Category(f"c{number}", Text(f"类{number}", f"Category {number}")) for number in range(60)
    }
    versions = {}
    for number in range(count):
        fee = Price(
            "monthly", PriceType.RECURRING, price=Money("CNY", Decimal(number % 90)), recurring_charge_period="month"
        )
        start = Price("start", PriceType.ONE_TIME, price=Money("CNY", Decimal(number % 7)))
        parts = (
            tuple(BundlePart(f"O{part:05d}") for part in range(number - 5, number))
            if number % 7 == 0 and number > 5
            else ()
        )
        one = Offering(
            f"O{number:05d}",
            Text(f"产品{number}", f"Offering {number}"),
            id=number + 1,
            category=(f"c{number % 60}",),
            prices=(fee, start),
            parts=parts,
            last_update=at,
        )
        versions[one.code] = (one,)
    return Snapshot(1, versions, categories, {}).prepared(at)


def context(known: Snapshot, found: Any) -> Context:
    who = Principal("bench", "admin", None, (), None, datetime(2099, 1, 1, tzinfo=UTC))
    return Context(who, "bench", datetime.now(UTC), "POST", "zh", found, known, ZONE)


Way = Callable[[dict[str, Any]], Any]


def ways(text: str, make_context: Callable[[], Context]) -> tuple[dict[str, Way], float]:
    """(The three ways to execute a document, milliseconds of CPU that its plan took to make)."""
    document = parse(text, no_location=True)
    assert not validate(schema._schema, document)
    operation = next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    plain = PlannedOperation(schema, document, operation, forgetful)
    kept = PlannedOperation(schema, document, operation, Memo().remember)

    def stock(variables: dict[str, Any]) -> Any:
        return execute(
            schema._schema,
            document,
            context_value=make_context(),
            variable_values=variables,
            executor_class=schema.execution_context_class,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
            hide_suggestions=True,
            operation_extensions=None,
        )

    def by(planned: PlannedOperation) -> Way:
        return lambda variables: planned.execute(make_context(), variables, hide_suggestions=True)

    before = time.process_time()
    assert plain.is_planned()
    making = (time.process_time() - before) * 1000
    return {"stock": stock, "plan": by(plain), "plan and memo": by(kept)}, making


async def measured(
    text: str, draw: Callable[[], dict[str, Any]], make_context: Callable[[], Context], seconds: float, rounds: int
) -> dict[str, Any]:
    """Median µs of CPU over rounds that take turns, with the bytes of an answer."""
    known, making = ways(text, make_context)
    cost: dict[str, list[float]] = {name: [] for name in known}
    size = 0
    for _ in range(rounds):
        for name, way in known.items():
            done, started = 0, time.process_time()
            while (spent := time.process_time() - started) < seconds:
                for _ in range(10):
                    found = way(draw())
                    found = await found if isawaitable(found) else found
                    assert not found.errors, found.errors
                    size = len(orjson.dumps(found.data))
                done += 10
            cost[name].append(spent / done * 1e6)
    medians = {name: round(statistics.median(found), 1) for name, found in cost.items()}
    return {"µs": medians, "bytes": size, "plan made in ms": round(making, 2)}


async def run(home: Path | None, seconds: float, rounds: int) -> dict[str, Any]:
    dice, at = random.Random(1), datetime.now(UTC)
    known = snapshot(at)
    here: Any = SimpleNamespace(catalog=SimpleNamespace(complete_from=BEGINNING))
    found: dict[str, Any] = {}
    for name, (text, draw) in CATALOG.items():
        found[name] = await measured(text, lambda draw=draw: draw(dice), lambda: context(known, here), seconds, rounds)
        _show(name, found[name])
    if home is None:
        return found
    server = await asyncio.to_thread(embedded.start, home)
    try:
        await migrate(server.dsn)
        async with opened(server.dsn) as db, services.running(db, home, policy=PLAIN) as running:
            current = running.catalog.current
            people = [
                row["code"] for row in await _rows(db, "select code from customer where kind = 'PERSON' limit 500")
            ]
            markets = sorted(current.markets)
            draws = {
                "market": lambda: {"code": dice.choice(markets)},
                "customer": lambda: {"id": dice.choice(people)},
            }
            for name, (text, kind) in STORED.items():
                found[name] = await measured(text, draws[kind], lambda: context(current, running), seconds, rounds)
                _show(name, found[name])
    finally:
        await asyncio.to_thread(server.close)
    return found


async def _rows(db: Any, statement: str) -> list[Any]:
    async with db.connection() as conn:
        return list(await conn.fetch(statement))


def _show(name: str, one: dict[str, Any]) -> None:
    cost = one["µs"]
    shown = ", ".join(f"{way} {value}" for way, value in cost.items())
    less = [f"{cost['stock'] / cost[way]:.1f}" for way in ("plan", "plan and memo")]
    print(f"{name}: {shown} µs; {' and '.join(less)} times less; {one['bytes']} bytes", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="JISHI_HOME of a demo operator")
    parser.add_argument("--seconds", type=float, default=0.4, help="CPU seconds of each round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    given = parser.parse_args()
    found = asyncio.run(run(given.home, given.seconds, given.rounds))
    if given.json:
        given.json.write_text(json.dumps(found, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
