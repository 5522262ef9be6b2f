"""Eligibility over a catalog of 2,000 offerings: one customer at a time, many at once, and compiling the rules.

`python -m benchmarks.bench_eligibility` prints one row a figure, CPU time of one core.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np

from catalog.bundle import BundlePart
from catalog.channel import Channel
from catalog.complexity import Complexity
from catalog.eligibility import Ground, Here, Numbers, Population, Ragged, Rules, Words, batch, compile_rules
from catalog.eligibility.facts import TODAY, Fact
from catalog.market import MarketKind, MarketSegment
from catalog.offering import ChannelUse, Offering, Relationship, RelationshipType
from catalog.policies.condition import AllOf, AnyOf, Check, Condition, Not, OneMarket, Operator
from catalog.policies.policy import Policy
from catalog.text import Text

AT = datetime(2026, 3, 1, tzinfo=UTC)
CITIES = [f"p{province}/c{city}" for province in range(10) for city in range(8)]
TAGS = [f"tag{number}" for number in range(40)]
CHANNELS = ("10086", "HALL", "ONLINE", "MANAGER")
FAMILIES = [f"F{number}" for number in range(200)]


def offerings(count: int, dice: random.Random) -> list[Offering]:
    """Like an operator's: one in five limited in place, one in ten a bundle, two in five under policies."""
    codes = [f"O{number:05d}" for number in range(count)]
    return [
        Offering(
            code,
            Text(en=code),
            id=number + 1,
            family=dice.choice(FAMILIES),
            category=(f"C{dice.randrange(60)}",),
            complexity=dice.choice((*[Complexity.SIMPLE] * 6, Complexity.STANDARD, Complexity.COMPLEX)),
            channel=tuple(map(ChannelUse, dice.sample(CHANNELS, 2))) if dice.random() < 0.5 else (),
            place=tuple(dice.sample(CITIES, 3)) if dice.random() < 0.1 else ("p1",) if dice.random() < 0.1 else (),
            market_segment=(f"M{dice.randrange(50)}",) if dice.random() < 0.05 else (),
            policy=tuple(f"P{dice.randrange(80)}" for _ in range(dice.randrange(1, 4))) if dice.random() < 0.4 else (),
            relationships=_relations(codes, dice),
            parts=tuple(map(BundlePart, dice.sample(codes[: number or 1], min(number, 3)))) if not number % 10 else (),
        )
        for number, code in enumerate(codes)
    ]


def _relations(codes: list[str], dice: random.Random) -> tuple[Relationship, ...]:
    kinds = (RelationshipType.REQUIRES, RelationshipType.EXCLUDES, RelationshipType.EXCLUDES)
    count = 1 if dice.random() < 0.2 else 0
    return tuple(Relationship(dice.choice(kinds), dice.choice(codes), "") for _ in range(count))


def policies(count: int, dice: random.Random) -> dict[str, Policy]:
    found = {}
    for number in range(count):
        condition: Condition = AllOf(tuple(_check(dice) for _ in range(dice.randrange(1, 5))))
        if dice.random() < 0.3:
            condition = AnyOf((condition, Not(_check(dice))))
        if dice.random() < 0.2:
            covered = Check("market.facts.wlan", Operator.EQ, (True,))
            condition = AllOf((condition, OneMarket(AllOf((Check("market.kind", Operator.EQ, ("CAMPUS",)), covered)))))
        found[f"P{number}"] = Policy(f"P{number}", Text(en="p"), condition)
    return found


def _check(dice: random.Random) -> Check:
    makers: list[Callable[[], Check]] = [
        lambda: Check("customer.kind", Operator.EQ, (dice.choice(("PERSON", "ENTERPRISE")),)),
        lambda: Check("customer.tags", Operator.IN, tuple(dice.sample(TAGS, 3))),
        lambda: Check("customer.place", Operator.WITHIN, tuple(dice.sample(CITIES, 2))),
        lambda: Check("customer.tenure", Operator.RANGE, (), dice.randrange(60)),
        lambda: Check("customer.brand", Operator.IN, tuple(dice.sample(("a", "b", "c", "d"), 2))),
        lambda: Check("attribute.arpu", Operator.RANGE, (), dice.randrange(100), 200),
        lambda: Check("attribute.contract_end", Operator.DAYS, (), 0, dice.choice((30, 60, 90))),
        lambda: Check("holdings.category", Operator.IN, (f"C{dice.randrange(60)}", f"C{dice.randrange(60)}")),
        lambda: Check("holdings.family", Operator.EQ, (dice.choice(FAMILIES),)),
        lambda: Check("channel.code", Operator.IN, tuple(dice.sample(CHANNELS, 3))),
    ]
    return dice.choice(makers)()


def ground(dice: random.Random) -> Ground:
    kinds = list(MarketKind)
    markets = {
        f"M{number}": MarketSegment(
            number, f"M{number}", kinds[number % 6], Text(en="m"), dice.choice(CITIES), facts={"wlan": number % 2 == 0}
        )
        for number in range(300)
    }
    channels = {"10086": Channel("10086", Text(en="hotline"), Complexity.STANDARD)}
    return Ground(policies(80, dice), channels, markets)


def person(dice: random.Random) -> dict[str, Fact]:
    return {
        TODAY: AT.date(),
        "customer.kind": dice.choice(("PERSON", "PERSON", "ENTERPRISE")),
        "customer.status": "active",
        "customer.brand": dice.choice(("a", "b", "c", "d")),
        "customer.tags": frozenset(dice.sample(TAGS, dice.randrange(5))),
        "customer.place": dice.choice(CITIES) + "/d1",
        "customer.tenure": dice.randrange(120),
        "customer.personalisation": True,
        "market.code": frozenset(f"M{dice.randrange(300)}" for _ in range(dice.randrange(3))),
        "attribute.arpu": dice.random() * 200,
        "attribute.contract_end": f"2026-{dice.randrange(1, 13):02d}-15",
    }


def cpu(work: Callable[[], object], rounds: int) -> float:
    """The median CPU seconds of one round."""
    spent = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return statistics.median(spent)


def one_at_a_time(rules: Rules, dice: random.Random) -> float:
    codes = rules.codes.tolist()
    asked = [(dice.sample(codes, dice.randrange(15)), person(dice)) for _ in range(200)]

    def work() -> None:
        for held, facts in asked:
            _ = rules.qualify(held, channel="10086", facts=facts).mask

    return cpu(work, 9) / len(asked)


def population(rules: Rules, count: int, dice: random.Random) -> Population:
    """Customers like those of `person`, as columns."""
    people, codes = [person(dice) for _ in range(count)], rules.codes.tolist()
    held = [dice.sample(range(len(codes)), dice.randrange(15)) for _ in range(count)]
    facts: dict[str, Words | Numbers | Ragged] = {}
    for fact, values in zip(people[0], zip(*(one.values() for one in people), strict=True), strict=True):
        if fact == TODAY:
            continue
        if isinstance(values[0], frozenset):
            words = sorted(set().union(*values))
            place = {word: number for number, word in enumerate(words)}
            facts[fact] = ragged(words, [[place[word] for word in found] for found in values])
        elif fact == "attribute.contract_end":
            facts[fact] = Numbers(np.array(values, dtype="datetime64[D]").astype(np.float64), is_date=True)
        elif isinstance(values[0], int | float) and not isinstance(values[0], bool):
            facts[fact] = Numbers(np.array(values, dtype=np.float64))
        else:
            distinct, numbers = np.unique(np.array(values, dtype=object), return_inverse=True)
            facts[fact] = Words(distinct.tolist(), numbers)
    return Population(count, ragged(codes, held), facts)


def ragged(words: list[str], rows: list[list[int]]) -> Ragged:
    starts = np.cumsum([0, *map(len, rows)])
    return Ragged(words, starts, np.array([one for row in rows for one in row], dtype=np.int32))


def many_at_once(rules: Rules, items: int, dice: random.Random) -> float:
    who = population(rules, 20_000, dice)
    asked = batch(rules, dice.sample(rules.codes.tolist(), items), Here(AT.date(), "10086"))
    asked.ask(who)
    return cpu(lambda: asked.ask(who).mask, 5) / who.customers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--offerings", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    dice = random.Random(args.seed)
    sold, base = offerings(args.offerings, dice), ground(dice)
    print(f"compile {args.offerings} offerings: {cpu(lambda: compile_rules(sold, (), AT, base), 3) * 1e3:.1f} ms")
    rules = compile_rules(sold, (), AT, base)
    print(f"one customer: {one_at_a_time(rules, dice) * 1e6:.0f} µs")
    for items in (500, args.offerings):
        print(f"of 20,000 at once, {items} items: {many_at_once(rules, items, dice) * 1e6:.2f} µs a customer")


if __name__ == "__main__":
    main()
