"""Which solution to bring to a cluster market: what its templates may count on there.

Knows solutions and stored figures of a market; must not know a member, nor what bringing a solution would change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import strawberry

from api.graphql.common import ContextInput, First, Money, View, checked_first, view_of
from api.graphql.context import JishiInfo
from api.graphql.market import MarketSegment
from api.graphql.offering import ProductOffering
from api.worth import worth_of
from catalog.market import MarketSegment as MarketValue
from catalog.solution import Solution
from recommender import market_store
from recommender.market_store import ItemRow

CURRENCY = "CNY"


@strawberry.type(description="A solution and what is to be expected of it in one market. 方案在市场中的预期。")
class SolutionOutlook:
    code: str
    name: str
    is_deliverable: bool = strawberry.field(description="Whether the market has every fact it needs. 是否具备条件。")
    missing_facts: list[str] = strawberry.field(description="Facts that the market lacks. 缺少的条件。")
    product_offering: list[ProductOffering] = strawberry.field(
        description="What of it this market would get. 包含产品。"
    )
    expected_adopters: float | None = strawberry.field(
        description="Adoptions in 90 days if all of it could be bought here; null without dates. 预计办理量。"
    )
    expected_monthly_value: Money = strawberry.field(description="What they bring a month. 预期月价值。")
    borrowed_from: list[str] = strawberry.field(description="Markets whose figures these are. 数据借自哪些市场。")


@strawberry.type
class SolutionRankingQuery:
    @strawberry.field(description="Which solution to bring to a market, the most valuable first. 为市场选择方案。")
    async def solution_ranking(
        self, info: JishiInfo, market: str, first: First, context: ContextInput | None = None
    ) -> list[SolutionOutlook]:
        view, db = view_of(info.context, context), info.context.services.db
        checked_first(first)
        segment = MarketSegment.named(market, info.context, view)
        if segment is None:
            return []
        rows = await market_store.outlooks(db, view.at, info.context.principal.limit)
        borrowed = next((list(row.borrowed_from) for row in rows if row.code == market), [])
        items = {row.offering_id: row for row in await market_store.items(db, segment.market.id)}
        worth = worth_of(view.moment, view.at, info.context.zone, info.context.services.models.health)
        solutions = [one for one in info.context.snapshot.solutions.values() if _fits(one, segment.market, view)]
        found = [_outlook(one, segment.market, items, worth, borrowed, view) for one in solutions]
        found.sort(key=lambda one: (not one.is_deliverable, -Decimal(one.expected_monthly_value.value), one.code))
        return found[:first]


def _fits(one: Solution, market: MarketValue, view: View) -> bool:
    return one.valid.contains(view.at) and (not one.kinds or market.kind in one.kinds)


def _outlook(
    one: Solution,
    market: MarketValue,
    items: Mapping[int, ItemRow],
    worth: Mapping[str, float],
    borrowed: Sequence[str],
    view: View,
) -> SolutionOutlook:
    """Templates whose facts the market lacks are left out, as when the solution is brought there."""
    missing = [fact for fact in one.required_fact if not market.has(fact)]
    parts = [part.offering for part in one.parts if all(market.has(fact) for fact in part.required_fact)]
    templates = [found for code in parts if (found := view.moment.snapshot.latest(code))]
    rows = [(items[found.id], worth.get(found.code, 0.0)) for found in templates if found.id in items]
    known = [(row.possible_adopters, value) for row, value in rows if row.possible_adopters is not None]
    value = Decimal(sum(count * each for count, each in known)).quantize(Decimal("0.0001"))
    return SolutionOutlook(
        code=one.code,
        name=view.say(one.name),
        is_deliverable=not missing,
        missing_facts=missing,
        product_offering=[ProductOffering.of(found, view) for found in templates],
        expected_adopters=sum(count for count, _ in known) if known or not rows else None,
        expected_monthly_value=Money(unit=CURRENCY, value=str(value)),
        borrowed_from=list(borrowed),
    )
