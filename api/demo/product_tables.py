"""What customers hold and how they use it, as tables in the columns of the import files.

Knows holdings and months; must not know who the holders are.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from api.demo import catalog
from api.demo.columns import customer_codes, dates, pick, since_epoch
from api.demo.ledger import BUNDLE, ORIGINS, Rows
from api.demo.lines import STORY
from api.demo.population import Population

Array = npt.NDArray[Any]


def product_table(rng: np.random.Generator, rows: Rows, people: Population, zero: date) -> Any:
    """`rows` as the product file has them; one in twenty-five starts from before the story is not known."""
    offers, n = _Offers(), len(rows.who)
    ended = rows.end < STORY
    unknown = (rows.start < 0) & (rng.random(n) < 0.04)
    channel = (rng.random(n, dtype=np.float32) ** 1.5 * offers.channel_count[rows.offering]).astype(np.int64)
    return pa.table({
        "customer_id": pick(customer_codes(people.number), rows.who),
        "offering": pick(offers.codes, rows.offering),
        "start_date": dates(np.where(unknown, np.nan, rows.start), zero),
        "status": pick(("active", "terminated"), ended.astype(np.int64)),
        "termination_date": dates(np.where(ended, np.maximum(rows.end, rows.start), np.nan), zero),
        "origin": pick(ORIGINS, rows.origin),
        "bundle": pick(offers.codes, rows.bundle, rows.bundle < 0),
        "price": offers.monthly.take(pa.array(rows.offering, mask=(rows.origin == BUNDLE))),
        "channel": pick(offers.channel_names, offers.channels[rows.offering, channel]),
    })  # fmt: skip


class _Offers:
    """What the product file says of an offering, by its position in the catalog."""

    def __init__(self) -> None:
        found = [(step, catalog.channels(side, one)) for side, one in catalog.entries() for step in catalog.steps(one)]
        self.codes = [step["code"] for step, _ in found]
        self.monthly = pa.array([Decimal(step["price"].get("monthly", "0")) for step, _ in found], pa.decimal128(18, 4))
        self.channel_names = sorted({name for _, names in found for name in names})
        self.channel_count = np.array([len(names) for _, names in found])
        self.channels = np.zeros((len(found), max(self.channel_count)), dtype=np.int64)
        for at, (_, names) in enumerate(found):
            self.channels[at, : len(names)] = [self.channel_names.index(name) for name in names]


def usage_table(rng: np.random.Generator, rows: Rows, people: Population, until: date, months: int) -> Any:
    """One row a month for what is held in it, for the last `months` whole months before `until`."""
    zero = until - timedelta(days=STORY)
    firsts = [catalog.months_before(until, back) for back in range(months, -1, -1)]
    edges = [(first - zero).days for first in firsts]
    held = [_held(rows, *edges[at : at + 2]) for at in range(months)]
    month, row = np.repeat(np.arange(months), [len(one) for one in held]), np.concatenate(held)
    low, high = np.array(edges[:-1])[month], np.array(edges[1:])[month]
    active, last = _use(rng, rows, people, row, low, high)
    volume = active * np.exp(0.6 * rng.standard_normal(len(row), dtype=np.float32))
    return pa.table({
        "customer_id": pick(customer_codes(people.number), rows.who[row]),
        "offering": pick(catalog.codes(), rows.offering[row]),
        "month": pick([f"{first:%Y-%m}" for first in firsts], month),
        "active_days": pa.array(active),
        "last_active": pa.array((last + since_epoch(zero)).astype("datetime64[D]"), mask=active == 0),
        "volume": pa.array(np.round(volume.astype(np.float64), 1), mask=active == 0),
    })  # fmt: skip


def _held(rows: Rows, low: int, high: int) -> Array:
    """The rows held between two days; of a customer's several of one offering, the last."""
    held = np.flatnonzero((rows.start < high) & (rows.end > low))
    who, offering = rows.who[held], rows.offering[held]
    again = (who[1:] == who[:-1]) & (offering[1:] == offering[:-1])
    last: Array = held[~np.append(again, False)[: len(held)]]
    return last


def _use(
    rng: np.random.Generator, rows: Rows, people: Population, row: Array, low: Array, high: Array
) -> tuple[Array, Array]:
    """(active days, last active day of the story) of each row in its month."""
    end = np.minimum(np.minimum(rows.end[row], people.quiet[rows.who[row]]), high)
    days = np.maximum(end - np.maximum(rows.start[row], low), 0)
    keen = 0.15 + 0.75 * rng.random(len(row), dtype=np.float32)
    active = np.where(rows.used[row], np.ceil(days * keen), 0).astype(np.int64)
    late = np.ceil(end).astype(np.int64) - 1 - rng.integers(0, 3, len(row))
    return active, np.clip(np.maximum(late, low + active - 1), low, high - 1)
