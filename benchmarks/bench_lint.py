"""Lint at scale: how long it takes to look through a whole catalog, and what a file of one offering costs.

    python benchmarks/bench_lint.py [--offerings 20000]

Each offering has three versions: one in force that ends soon, one that follows it, one in design. Every tenth is a
bundle of five parts, every tenth excludes another, every tenth requires one; each stands on a ladder, in two channels
and a category. Seconds are of processor time, and by the clock.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from catalog.bundle import BundlePart
from catalog.lifecycle import LifecycleStatus
from catalog.linting.engine import lint
from catalog.linting.fresh import fresh_errors, touched
from catalog.linting.world import World
from catalog.offering import Category, ChannelUse, Offering, Relationship, RelationshipType
from catalog.period import Period
from catalog.price import Money, Price, PriceType, Quantity
from catalog.text import Text

AT = datetime(2026, 11, 22, tzinfo=UTC)
DAY = timedelta(days=1)


def code(number: int) -> str:
    return f"OFFER_{number:06d}"


def versions(number: int, offerings: int) -> tuple[Offering, ...]:
    fee = Price(
        "fee", PriceType.RECURRING, price=Money("CNY", Decimal(10 + number % 5)), recurring_charge_period="month"
    )
    data = Price("data", PriceType.ALLOWANCE, unit_of_measure=Quantity(Decimal(10), "GB"))
    parts = tuple(BundlePart(code(number - back)) for back in range(1, 6)) if number % 10 == 0 and number else ()
    relations: tuple[Relationship, ...] = ()
    if number % 10 in (5, 7):
        kind = RelationshipType.EXCLUDES if number % 10 == 5 else RelationshipType.REQUIRES
        target = code((number + 6) % offerings)
        relations = (Relationship(kind, target, target),)
    one = Offering(
        code(number),
        Text(f"套餐{number}", f"Plan {number}"),
        talking_point=Text("好", "Good"),
        category=(f"C{number % 200}",),
        channel=(ChannelUse("ONLINE"), ChannelUse("HALL")),
        family=f"F{number // 5}",
        step=number % 5 + 1,
        prices=(fee, data),
        parts=parts,
        relationships=relations,
    )
    soon = AT + DAY * (1 + number % 300)
    now, then = replace(one, valid=Period(None, soon)), replace(one, version=2, valid=Period(soon, None))
    return now, then, replace(one, version=3, lifecycle_status=LifecycleStatus.IN_DESIGN)


def world(offerings: int) -> World:
    found = {code(number): versions(number, offerings) for number in range(offerings)}
    categories = {f"C{number}": Category(f"C{number}", Text("类目", "Category")) for number in range(200)}
    return World(found, categories, zone=ZoneInfo("Asia/Shanghai"))


@contextmanager
def timed(name: str) -> Iterator[None]:
    spent, began = time.process_time(), time.perf_counter()
    yield
    print(f"{name:<44} {time.process_time() - spent:8.3f} s {time.perf_counter() - began:8.3f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--offerings", type=int, default=20_000)
    offerings = parser.parse_args().offerings
    before = world(offerings)
    with timed(f"lint of {offerings} offerings, {3 * offerings} versions"):
        found = lint(before, AT)
    print(dict(Counter(one.severity.value for one in found)))
    # A part of a bundle goes, as a file of one offering would have it.
    gone = {code(9): tuple(replace(one, lifecycle_status=LifecycleStatus.RETIRED) for one in before.versions[code(9)])}
    with timed("what a file of one offering would break"):
        after = World({**before.versions, **gone}, before.categories, zone=before.zone)
        broken = fresh_errors(before, after, AT, touched(before, after))
    print({one.of: one.code for one in broken})


if __name__ == "__main__":
    main()
