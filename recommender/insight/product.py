"""One product as insight sees it: a row of the table product_health.

It knows names and units of figures; it must not know how they are reckoned.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class ProductRow:
    """`offering_id` names the item. Shares lie in [0, 1] and are None where nothing is known; money is a month's.

    `subscribers` hold it now, `subscribers_before` did a window ago. `active_share` of those with known use used it in
    the last month; `churn_share` of the earlier subscribers no longer hold it; `forced_share` hold it through a bundle,
    gift or trial alone; `cancelled_share` of accepted recommendations were cancelled. `relative_share` is revenue
    against the largest of its category, `growth` of subscribers over the window. `health` multiplies its rank.
    """

    offering_id: int
    subscribers: int
    subscribers_before: int
    active_share: float | None
    churn_share: float | None
    forced_share: float | None
    cancelled_share: float | None
    monthly_revenue: Decimal
    margin: float | None
    monthly_profit: Decimal | None
    relative_share: float | None
    growth: float | None
    portfolio_class: str | None
    health: float
    warnings: list[str]
    advice: str | None
    merge_into: int | None

    def values(self) -> tuple[Any, ...]:
        """In the order of the table's columns."""
        return astuple(self)
