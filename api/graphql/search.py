"""The search over offerings, with the counts that a front-end filters by.

Knows how hits are ranked and counted; must not know how words are matched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import strawberry

from api.graphql.common import After, ContextInput, First, PageInfo, View, connect, view_of
from api.graphql.context import JishiInfo
from api.graphql.errors import BadRequest
from api.graphql.offering import ProductOffering
from api.graphql.offering_filters import ProductOfferingWhere, is_sellable, sellable_rows
from catalog.facets import FacetField, counted
from catalog.offering import Offering
from catalog.text import Text

MAX_SEARCH = 200
KINDS = {"BUNDLE": Text("捆绑包", "Bundles"), "OFFERING": Text("单个产品", "Single offerings")}
FacetFieldEnum = strawberry.enum(FacetField, description="What to count by. 统计维度。")


@strawberry.type(description="A hit of a search. 搜索结果。")
class ProductOfferingHit:
    score: float = strawberry.field(description="The higher, the closer. 相关度。")
    product_offering: ProductOffering


@strawberry.type(description="How many of what was found have a value. 某取值的数量。")
class FacetValue:
    value: str = strawberry.field(description="For programs: a code, a band like 10-30. 取值。")
    name: str = strawberry.field(description="For people. 名称。")
    count: int


@strawberry.type(description="How what was found divides by one field. 分面统计。")
class Facet:
    field: FacetFieldEnum  # type: ignore[valid-type]
    values: list[FacetValue] = strawberry.field(description="The most frequent first. 按数量降序。")


@strawberry.type(description="What a search found, the sellable first, then the closest. 搜索结果。")
class ProductOfferingSearch:
    total_count: int
    hits: list[ProductOfferingHit]
    page_info: PageInfo
    guesses: list[str] = strawberry.field(
        description="Words that were taken for what was typed, because nothing is written so. 猜测的词。"
    )
    facets: list[Facet] = strawberry.field(description="Counts over everything that was found. 分面统计。")


@strawberry.type
class SearchQuery:
    @strawberry.field(
        description="Search names, codes and descriptions: Chinese, pinyin or its initials (xxt), English; a slip of "
        "the finger or a wrong character of the same sound is understood. Without a query, everything that `where` "
        "accepts. 搜索产品。"
    )
    def product_offering_search(
        self,
        info: JishiInfo,
        first: First,
        query: str = "",
        after: After = None,
        where: ProductOfferingWhere | None = None,
        facets: list[FacetFieldEnum] | None = None,  # type: ignore[valid-type]
        context: ContextInput | None = None,
    ) -> ProductOfferingSearch:
        if len(query) > MAX_SEARCH:
            raise BadRequest(
                en=f"query is longer than {MAX_SEARCH} characters", zh=f"query 不能超过 {MAX_SEARCH} 个字符"
            )
        view = view_of(info.context, context)
        columns = view.moment.columns
        rows = where.selected(view) if where else columns.every
        weights, guesses = _weights(query, view)
        if weights is not None:
            rows &= columns.rows(weights)
        sellable = sellable_rows(view)
        kept = [*_closest(rows & sellable, weights, view), *_closest(rows & ~sellable, weights, view)]

        def score(one: Offering) -> float:
            return weights[one.code] if weights else 0.0

        def key(one: Offering) -> tuple[bool, float, str]:
            return not is_sellable(one, view), -score(one), one.code

        def hit(one: Offering) -> ProductOfferingHit:
            return ProductOfferingHit(score=score(one), product_offering=ProductOffering.of(one, view))

        page = connect(kept, hit, first, after, key)
        return ProductOfferingSearch(
            total_count=len(kept),
            hits=page.nodes(),
            page_info=page.page_info(),
            guesses=list(guesses),
            facets=_facets(rows, list(dict.fromkeys(facets or ())), view),
        )


def _weights(query: str, view: View) -> tuple[Mapping[str, float] | None, tuple[str, ...]]:
    """(code → weight of what was found, None without a query; guesses)."""
    if not query.strip():
        return None, ()
    found = view.moment.search.find(query)
    return found.weights, found.guesses


def _closest(rows: int, weights: Mapping[str, float] | None, view: View) -> Iterable[Offering]:
    found = view.moment.columns.offerings(rows)
    # Rows are by code, and stay so among those of one weight.
    return sorted(found, key=lambda one: -weights[one.code]) if weights else found


def _facets(rows: int, fields: list[FacetField], view: View) -> list[Facet]:
    counts = counted(view.moment.columns, rows, fields)
    return [
        Facet(
            field=field,
            values=[
                FacetValue(value=value, name=_name(field, value, view), count=count)
                for value, count in sorted(counts[field].items(), key=lambda one: (-one[1], one[0]))
            ],
        )
        for field in fields
    ]


def _name(field: FacetField, value: str, view: View) -> str:
    snapshot = view.moment.snapshot
    if field is FacetField.CATEGORY and value in snapshot.categories:
        return view.say(snapshot.categories[value].name)
    if field is FacetField.CHANNEL and value in snapshot.channels:
        return view.say(snapshot.channels[value].name)
    if field is FacetField.KIND:
        return view.say(KINDS[value])
    return value
