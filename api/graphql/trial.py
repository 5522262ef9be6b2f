"""Trying before buying, as GraphQL shows it.

Knows the terms of a trial; must not know who tries.
"""

from __future__ import annotations

import strawberry

from api.graphql.price import Quantity
from catalog import trial
from catalog.trial import Conversion

ConversionEnum = strawberry.enum(Conversion, description="What a trial becomes at its end. 试用到期处理。")


@strawberry.type(description="How long an offering may be tried, and what comes after. 试用。")
class Trial:
    duration: Quantity = strawberry.field(description="How long. 时长。")
    conversion: ConversionEnum = strawberry.field(description="What it becomes. 到期处理。")  # type: ignore[valid-type]
    to: str | None = strawberry.field(description="The offering it converts to; null: itself. 转为。")

    @classmethod
    def of(cls, one: trial.Trial) -> Trial:
        return cls(duration=Quantity.of(one.duration), conversion=one.conversion, to=one.to)
