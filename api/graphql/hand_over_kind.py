"""How an offer goes on once it is accepted: as an order, or as a lead for an account manager (P17).

Knows the two ways; must not know why an offering goes one of them.
"""

from __future__ import annotations

import strawberry

from catalog.feeds.hand_over import HandOverKind

HandOverKindEnum = strawberry.enum(
    HandOverKind,
    description="How an offer goes on once it is accepted: ORDER, on the spot; LEAD, to an account manager, for the "
    "channel cannot handle it. 交接方式：直接下单，或转客户经理跟进。",
)
