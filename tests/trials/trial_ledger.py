"""What the server acknowledged, and whether the tables agree: nothing lost, nothing torn, nothing doubled.

Knows writes and rows; must not know who was killed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import trial_tables

ProductKey = tuple[str, str, str]
OutcomeKey = tuple[str, str, str, str]

PRODUCTS = """select c.code, o.code, p.instance, p.price::int, p.channel, p.agent, p.status::text
from product p join customer c on c.id = p.customer_id join offering o on o.id = p.offering_id
where p.instance like 't%'"""
OUTCOMES = """select c.code, u.recommendation_id::text, o.code, u.outcome, u.reason
from outcome u join customer c on c.id = u.customer_id join offering o on o.id = u.offering_id"""
FILES = """select split_part(instance, '-', 1), count(*), count(distinct instance)
from product where instance like 'f%' group by 1"""
COUNTS = """select (select count(*) from idempotency), (select count(*) from audit where action = 'product.upsert'),
(select count(*) from audit where action = 'outcome.report' and (detail->>'changed')::boolean),
(select count(*) from (select 1 from import_batch where status = 'PUBLISHED' and kind = 'product'
                       group by sha256 having count(*) > 1) twice)"""


def status_of(version: int) -> str:
    return "active" if version % 2 else "suspended"


@dataclass(slots=True)
class Verdict:
    """How often a promise was broken; all empty is what we want."""

    lost: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.torn or self.doubled)


@dataclass(slots=True)
class Ledger:
    """`products`: the version last acknowledged of each row; `files`: imports that were reported done."""

    products: dict[ProductKey, int] = field(default_factory=dict)
    outcomes: set[OutcomeKey] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    file_rows: int = 0
    product_writes: int = 0
    answers_lost: int = 0
    repeated: int = 0
    surprises: list[str] = field(default_factory=list)

    @property
    def acknowledged(self) -> int:
        return self.product_writes + len(self.outcomes) + len(self.files)

    async def compare(self, dsn: str, *, settled: bool) -> Verdict:
        """Against the tables. `settled`: nobody writes, so that the tables hold what the ledger holds and no more."""
        verdict = Verdict()
        products, outcomes, files = dict(self.products), set(self.outcomes), set(self.files)
        writes = self.product_writes
        await self._compare_products(dsn, products, verdict, settled)
        await self._compare_outcomes(dsn, outcomes, verdict, settled)
        found = {str(name): (count, distinct) for name, count, distinct in await trial_tables.fetch(dsn, FILES)}
        verdict.lost += list(files - found.keys())
        verdict.torn += [f"{name}: {count}" for name, (count, _) in found.items() if count != self.file_rows]
        verdict.doubled += [name for name, (count, distinct) in found.items() if count != distinct]
        ((keys, audits, reports, twice),) = await trial_tables.fetch(dsn, COUNTS)
        if settled and not keys == audits == writes:
            verdict.doubled.append(f"{writes} product writes, {keys} keys, {audits} audit rows")
        if settled and reports != len(outcomes):
            verdict.doubled.append(f"{len(outcomes)} outcomes, {reports} audit rows")
        if twice:
            verdict.doubled.append(f"{twice} files published twice")
        return verdict

    async def _compare_products(
        self, dsn: str, acknowledged: dict[ProductKey, int], verdict: Verdict, settled: bool
    ) -> None:
        seen: Counter[ProductKey] = Counter()
        for customer, offering, instance, price, channel, agent, status in await trial_tables.fetch(dsn, PRODUCTS):
            key = (str(customer), str(offering), str(instance))
            seen[key] += 1
            assert isinstance(price, int)
            if (channel, agent, status) != (f"c{price}", f"a{price}", status_of(price)):
                verdict.torn.append(f"{key}: {price} {channel} {agent} {status}")
            expected = acknowledged.pop(key, None)
            if expected is None:
                verdict.doubled += [f"{key} was never acknowledged"] if settled else []
            elif price != expected if settled else price < expected:
                verdict.lost.append(f"{key}: {price} instead of {expected}")
        verdict.lost += [str(key) for key in acknowledged]
        verdict.doubled += [str(key) for key, count in seen.items() if count > 1]

    async def _compare_outcomes(self, dsn: str, acknowledged: set[OutcomeKey], verdict: Verdict, settled: bool) -> None:
        rows = await trial_tables.fetch(dsn, OUTCOMES)
        found = {(str(row[0]), str(row[1]), str(row[2]), str(row[3])) for row in rows}
        verdict.torn += [str(row[1]) for row in rows if row[4] != f"r{row[1]}"]
        verdict.lost += [str(key) for key in acknowledged - found]
        verdict.doubled += [str(key) for key in found - acknowledged] if settled else []
