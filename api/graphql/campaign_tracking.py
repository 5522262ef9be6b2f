"""What a campaign brought so far, against its plan, the same months a year before and control, as GraphQL shows it.

Knows arms and their figures; must not show a single customer.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from api.graphql.campaign import CampaignInput, assumptions
from api.graphql.common import view_of
from api.graphql.context import JishiInfo
from api.graphql.effect import Estimate, From, To, checked
from api.graphql.errors import BadRequest
from api.insight import monthly
from catalog.snapshot import Snapshot
from recommender import campaign, campaign_store
from recommender.campaign import Tracked
from recommender.campaign_store import Arm, Months
from recommender.outcomes import LEAST

# More months would reach into those a year before.
MOST_MONTHS = 12


@strawberry.type(
    description="One measure of a running campaign, a head of those approached and over all its months. 活动跟踪指标。"
)
class TrackedMeasure:
    tracked: strawberry.Private[Tracked]

    @strawberry.field(description="enrolment (a share), use or revenue. 参与率、用量或收入。")
    def measure(self) -> str:
        return self.tracked.measure

    @strawberry.field(
        description="The share who enrolled; what the campaign added to use or revenue, null without control. 实际值。"
    )
    def actual(self) -> float | None:
        return self.tracked.actual

    @strawberry.field(description="The same as planned. 计划值。")
    def plan(self) -> float | None:
        return self.tracked.plan

    @strawberry.field(description="Actual over plan: 1 is as planned. 实际与计划之比。")
    def against_plan(self) -> float | None:
        return self.tracked.against_plan

    @strawberry.field(description="Growth of the treated over the same months a year before. 同比变化。")
    def over_year(self) -> Estimate | None:
        return Estimate.of(self.tracked.over_year)

    @strawberry.field(
        description="By how much that growth is above control's: the campaign's own effect. 与对照组之差。"
    )
    def over_control(self) -> Estimate | None:
        return Estimate.of(self.tracked.over_control)


@strawberry.type(description="What a campaign brought so far. 营销活动跟踪。")
class CampaignTracking:
    treated: int = strawberry.field(description="Customers with personal recommendations. 活动客户数。")
    control: int = strawberry.field(description="Customers with the general list. 对照客户数。")
    enrolled: int = strawberry.field(description="How many of the treated enrolled. 已参与客户数。")
    newcomers: int = strawberry.field(
        description="Of either arm, no customers yet a year before: only enrolment counts them. 上年同期尚未入网数。"
    )
    measures: list[TrackedMeasure] = strawberry.field(description="Enrolment, use, revenue. 指标。")


def _ids(snapshot: Snapshot, code: str) -> frozenset[int]:
    """The offering and all that share its item: a market's copy counts as its template."""
    known = snapshot.latest(code)
    if known is None:
        raise BadRequest(en=f"there is no offering {code}", zh=f"没有商品 {code}")
    named = {code: one for code in snapshot.versions if (one := snapshot.latest(code)) is not None}
    return frozenset(one.id for one in named.values() if one.item == known.item)


def _months(first: date, count: int, zone: object) -> Months:
    if first.day != 1:
        raise BadRequest(
            en="month is the first day of a month, like 2026-03-01", zh="month 应为某月一日，如 2026-03-01"
        )
    if not 1 <= count <= MOST_MONTHS:
        raise BadRequest(en=f"months takes a number from 1 to {MOST_MONTHS}", zh=f"months 应为 1 到 {MOST_MONTHS}")
    return Months(first, count, str(zone))


@strawberry.type
class CampaignTrackingQuery:
    @strawberry.field(
        description="Revenue, use and enrolment of customers first reported within a time, over whole months: against "
        "the plan, the same months a year before, and control. Revenue are the monthly prices of what is held at each "
        f"month's end. Null: fewer than {LEAST} customers were treated. 营销活动事后跟踪。"
    )
    async def campaign_tracking(
        self,
        info: JishiInfo,
        plan: CampaignInput,
        offering: Annotated[str, strawberry.argument(description="Code: whoever takes it has enrolled. 参与的商品。")],
        start: From,
        to: To,
        month: Annotated[date, strawberry.argument(description="The first month's first day. 首月一日。")],
        months: Annotated[int, strawberry.argument(description="How many whole months so far, 12 at most. 月数。")],
        used: Annotated[
            list[str] | None,
            strawberry.argument(description="Codes whose volume is the use; default: offering. 用量。"),
        ] = None,
    ) -> CampaignTracking | None:
        checked(start, to)
        context, view = info.context, view_of(info.context, None)
        period, assumed = _months(month, months, context.zone), assumptions(plan)
        snapshot = context.snapshot
        volumes = [_ids(snapshot, code) for code in (used or [offering])]
        prices = {one.id: float(monthly(one, view.at)) for one in view.moment.offerings.values()}
        treated, control = await campaign_store.followed(
            context.services.db,
            start,
            to,
            context.principal.limit,
            enrolled_in=_ids(snapshot, offering),
            used=frozenset().union(*volumes),
            prices=prices,
            months=period,
        )
        return _tracking(assumed, treated, control, months)


def _tracking(plan: campaign.Assumptions, treated: Arm, control: Arm, months: int) -> CampaignTracking | None:
    if len(treated.enrolled) < LEAST:
        return None
    if len(control.enrolled) < LEAST:
        control = Arm.of([])
    newcomers = sum(len(arm.enrolled) - len(arm.period.use) for arm in (treated, control))
    found = campaign.track(plan, treated.enrolled, treated.period, control.period, months=months)
    return CampaignTracking(
        treated=len(treated.enrolled),
        control=len(control.enrolled),
        enrolled=sum(treated.enrolled),
        newcomers=newcomers,
        measures=[TrackedMeasure(tracked=one) for one in found],
    )
