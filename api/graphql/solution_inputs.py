"""What a product manager gives of a solution and of the markets it is brought to, in a catalog file's own words.

Knows the inputs' shapes; must not know what makes a value valid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import strawberry
from strawberry import UNSET

from api.graphql.edits import KeyedInput
from api.graphql.error_policy import ErrorPolicyEnum
from api.graphql.market import MarketKindEnum
from api.graphql.price_inputs import TextInput, TimePeriodInput
from api.graphql.solution import ParameterTypeEnum
from catalog.desk.error_policy import ErrorPolicy


@strawberry.input(description="What each market may say differently. 方案参数。")
class SolutionParameterInput:
    code: str = strawberry.field(description="Its key within the solution. 代码。")
    name: TextInput | None = UNSET
    type: ParameterTypeEnum  # type: ignore[valid-type]
    default: str | None = strawberry.field(default=UNSET, description="For markets that give no value. 默认值。")
    required: bool = strawberry.field(default=False, description="Whether every market has to give it. 是否必填。")


@strawberry.input(description="A price of the template that a parameter sets. 由参数设定的价格。")
class SolutionPriceOverrideInput:
    code: str = strawberry.field(description="The code of the price. 价格代码。")
    parameter: str = strawberry.field(description="The code of the parameter. 参数代码。")


@strawberry.input(description="An offering or a bundle of the solution. 方案中的产品。")
class SolutionOfferingInput:
    code: str = strawberry.field(description="The code of the template. 模板代码。")
    price: list[SolutionPriceOverrideInput] | None = UNSET
    required_fact: list[str] | None = strawberry.field(
        default=UNSET, description="Only markets with all of these facts get it. 所需事实。"
    )


@strawberry.input
class SolutionFields(KeyedInput):
    """The fields that making and changing a solution share; lists are given whole, null empties."""

    description: TextInput | None = UNSET
    kind: list[MarketKindEnum] | None = strawberry.field(  # type: ignore[valid-type]
        default=UNSET, description="The kinds of market it is made for; empty: any. 适用市场类型。"
    )
    offering: list[SolutionOfferingInput] | None = UNSET
    parameter: list[SolutionParameterInput] | None = UNSET
    required_fact: list[str] | None = strawberry.field(
        default=UNSET, description="A market needs all of these facts, like wlan. 市场须具备的事实。"
    )
    start: str | None = strawberry.field(
        default=UNSET, description="The parameter of type DATE that starts a market's copies. 起始日期参数。"
    )
    end: str | None = strawberry.field(
        default=UNSET, description="The parameter of type DATE that ends them. 结束日期参数。"
    )
    valid_for: TimePeriodInput | None = UNSET


@strawberry.input(description="A new solution. 新方案。")
class CreateSolutionInput(SolutionFields):
    code: str = strawberry.field(description="Its key for ever. 代码。")
    name: TextInput


@strawberry.input(description="Changes of a solution; what is left out stays, and markets stay as they are. 修改方案。")
class EditSolutionInput(SolutionFields):
    code: str = strawberry.field(description="The code of the solution. 方案代码。")
    etag: str = strawberry.field(description="As it was read; when somebody was faster, nothing happens. 版本标记。")
    name: TextInput | None = UNSET


@strawberry.input(description="What a market says of a parameter; null forgets what it said before. 参数取值。")
class SolutionParameterValueInput:
    code: str
    value: str | None


@strawberry.input(description="A market, and what it says differently. 市场及其参数。")
class SolutionMarketInput:
    market: str = strawberry.field(description="The code of the market. 市场代码。")
    parameter: list[SolutionParameterValueInput] = strawberry.field(
        default_factory=list, description="Its own values, over those for all. 本市场参数。"
    )


@strawberry.input
class BringInput(KeyedInput):
    """What bringing a solution to markets for the first time and again share."""

    solution: str = strawberry.field(description="The code of the solution. 方案代码。")
    etag: str = strawberry.field(description="The solution's, as it was looked at. 版本标记。")
    launch: bool = strawberry.field(
        default=False, description="Launch what is brought; else it stays in design. 是否上线。"
    )
    at: datetime | None = strawberry.field(
        default=None, description="When it is launched; absent: now, or at the market's own start. 上线时间。"
    )
    error_policy: ErrorPolicyEnum = ErrorPolicy.REJECT_EVERYTHING  # type: ignore[valid-type]


@strawberry.input(description="Markets to bring a solution to, at most 500. 应用方案。")
class ApplySolutionInput(BringInput):
    markets: list[SolutionMarketInput]
    parameter: list[SolutionParameterValueInput] = strawberry.field(
        default_factory=list, description="Values for all of these markets. 通用参数。"
    )


@strawberry.input(description="Markets to bring a solution's changes to. 推广方案变更。")
class RollOutSolutionInput(BringInput):
    markets: list[str] | None = strawberry.field(
        default=None, description="Absent: all that the solution was brought to. 市场代码，缺省为全部。"
    )


def asked(
    markets: Sequence[SolutionMarketInput], common: Sequence[SolutionParameterValueInput]
) -> list[tuple[str, Mapping[str, str | None]]]:
    """Each market with its values, its own over those for all."""
    shared = {one.code: one.value for one in common}
    return [(one.market, {**shared, **{own.code: own.value for own in one.parameter}}) for one in markets]
