"""The demo operator's catalog in memory, dated and placed so that answers differ by time, and a context to ask it in.

Knows catalog values; must not know a database: whoever asks for one is told that there is none.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from api.auth import Principal
from api.demo import catalog as demo_catalog
from api.graphql.context import Context
from catalog.documents import document
from catalog.market import MarketKind, MarketSegment
from catalog.offering import Offering
from catalog.period import Period
from catalog.place import Place
from catalog.price import Money, Price, PriceType, Quantity
from catalog.snapshot import BEGINNING, Snapshot
from catalog.term import Term, TermKind
from catalog.text import Text
from sql.errors import DatabaseUnavailable

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 15, 4, tzinfo=UTC)
SOON, LATER = NOW + timedelta(days=20), NOW + timedelta(days=200)
REGISTERS = {"specification": "specifications", "policy": "policies", "channel": "channels", "solution": "solutions"}
FOREVER = datetime(2099, 1, 1, tzinfo=UTC)


class Nowhere:
    """The database when there is none."""

    def __getattr__(self, name: str) -> Any:
        raise DatabaseUnavailable("there is no database")


def snapshot() -> Snapshot:
    whole, problems = document.read(json.loads(json.dumps(demo_catalog.build(NOW.date()))), ZONE)
    assert not problems
    versions = {one.code: _versions(one, number) for number, one in enumerate(whole.offerings, start=1)}
    registers: dict[str, Any] = {
        name: {one.code: one for one in whole.entries.get(kind, ())} for kind, name in REGISTERS.items()
    }
    places = (Place("shanxi", Text("山西", "Shanxi")), Place("shanxi/datong", Text("大同", "Datong")))
    return Snapshot(
        7,
        versions,
        {one.code: one for one in whole.categories},
        {one.code: one for one in _markets()},
        {one.code: one for one in whole.attributes},
        places={one.code: one for one in places},
        **registers,
    ).prepared(NOW)


def _versions(one: Offering, number: int) -> tuple[Offering, ...]:
    """Some offerings change: a price or a term begins or ends, or the next version takes over."""
    one = replace(one, id=number, last_update=NOW - timedelta(days=number))
    if number % 11 == 0:
        one = replace(one, place=("shanxi",), market_segment=("CAMPUS",))
    if number % 7 == 0:
        extra = Price("late", PriceType.ONE_TIME, price=Money("CNY", Decimal(number)), valid=Period(SOON))
        one = replace(one, prices=(*one.prices, extra))
    if number % 9 == 0:
        one = replace(one, terms=(*one.terms, replace(TERM, valid=Period(None, SOON + timedelta(days=1)))))
    if number % 13 == 0:
        after = replace(one, version=2, name=Text(f"{one.name.zh}二", None), valid=Period(LATER))
        return (replace(one, valid=Period(one.valid.start, LATER)), after)
    return (one,)


def _markets() -> tuple[MarketSegment, ...]:
    kinds = list(MarketKind)
    return tuple(
        MarketSegment(
            number,
            "CAMPUS" if number == 1 else f"M{number}",
            kinds[number % len(kinds)],
            Text(f"市场{number}", f"Market {number}" if number % 3 else None),
            "shanxi/datong" if number % 2 else "shanxi/taiyuan",
            number * 100 if number % 4 else None,
            Decimal(number) if number % 5 else None,
            {"wlan": number % 2 == 0},
        )
        for number in range(1, 13)
    )


TERM = Term("until", TermKind.PRICE_GUARANTEE, Quantity(Decimal(12), "month"))


def context(known: Snapshot, *, at: datetime = NOW, language: str = "zh", role: str = "admin") -> Context:
    region = "*" if role == "agent" else None
    services: Any = SimpleNamespace(db=Nowhere(), catalog=SimpleNamespace(complete_from=BEGINNING))
    principal = Principal("somebody", role, region, (), None, FOREVER)
    return Context(principal, "request", at, "POST", language, services, known, ZONE)
