"""Panels written by hand: customers, what they hold, how they use it, what was known of them when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from recommender.inputs import AttributeKind
from recommender.insight.panel import UNPRICED, Offers, Panel, Products, Usage
from recommender.interactions import DAY, UNKNOWN_END, UNKNOWN_START
from recommender.profiles import Profiles

AT = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
WINDOW = 90 * DAY
FOREVER = None

Held = tuple[int, int, float, float | None]
"""(customer, item, began so many days before AT, ended so many days before AT or FOREVER)."""
Month = tuple[int, int, int, int, float]
"""(customer, item, whole so many days before AT, active days, volume)."""
Known = tuple[int, float | None, Mapping[str, Any]]
"""(customer, known from so many days before AT or always, attributes)."""


def panel(
    customers: int,
    held: Sequence[Held] = (),
    *,
    usage: Sequence[Month] = (),
    known: Sequence[Known] = (),
    kinds: Mapping[str, AttributeKind] | None = None,
    forced: Sequence[int] = (),
    prices: Mapping[int, int] | None = None,
    joined: Sequence[float] | None = None,
    enterprises: Sequence[int] = (),
    closed: Sequence[int] = (),
    managed: Sequence[int] = (),
    size_class: Mapping[int, str] | None = None,
    items: int = 4,
) -> Panel:
    """`forced` and `prices` are by row of `held`; `joined` is in days before AT; offerings are numbered like items."""
    everybody = np.arange(customers)

    def column(values: Sequence[float], kind: str = "i8") -> Any:
        return np.array(values, dtype=kind)

    rows = np.arange(len(held))
    return Panel(
        everybody,
        np.isin(everybody, enterprises).astype(np.int64),
        np.isin(everybody, closed),
        np.isin(everybody, managed),
        tuple((size_class or {}).get(one, "") for one in range(customers)),
        AT - DAY * (column(joined, "f8") if joined is not None else np.full(customers, np.nan)),
        Products(
            column([one[0] for one in held]),
            column([one[1] for one in held]),
            column([one[1] for one in held]),
            column([AT - int(one[2] * DAY) for one in held]),
            column([UNKNOWN_END if one[3] is None else AT - int(one[3] * DAY) for one in held]),
            np.isin(rows, forced),
            column([(prices or {}).get(row, UNPRICED) for row in rows.tolist()]),
        ),
        Usage(
            column([one[0] for one in usage]),
            column([one[1] for one in usage]),
            column([AT - one[2] * DAY for one in usage]),
            column([one[3] for one in usage]),
            column([one[4] for one in usage], "f8"),
        ),
        Profiles.of(
            customers,
            column([one[0] for one in known]),
            column([UNKNOWN_START if one[1] is None else AT - int(one[1] * DAY) for one in known]),
            [one[2] for one in known],
            kinds or {},
        ),
        items,
    )


def offers(
    items: int = 4, *, price: Sequence[int] = (), data: Sequence[float] = (), margin: Sequence[float] = ()
) -> Offers:
    """What is not said costs nothing, brings no data, and has no known margin."""
    return Offers(
        np.array([*price, *[0] * (items - len(price))], dtype=np.int64),
        np.array([*margin, *[np.nan] * (items - len(margin))]),
        np.array([*data, *[0.0] * (items - len(data))]),
    )
