"""Whether somebody may buy what they ask for, why not, and what instead, as GraphQL shows it (TMF679).

Knows how an answer is shown; must not know how it is found, nor show what only the operator may know to others.
"""

from __future__ import annotations

import strawberry

from api.graphql import customer as customers
from api.graphql.access import AGENT, CUSTOMER
from api.graphql.common import ContextInput, View, view_of
from api.graphql.context import Context, JishiInfo
from api.graphql.customer_mutations import CustomerKind
from api.graphql.errors import BadRequest, Forbidden
from api.graphql.hand_over_kind import HandOverKindEnum
from api.graphql.offering import ProductOffering, offering_held
from api.graphql.situation import question
from api.graphql.withheld import RuleEnum
from catalog.customer import Customer
from catalog.feeds.hand_over import HandOverKind
from catalog.policies.policy import Visibility
from catalog.qualifying.qualification import Answered, Proposal, ProposalKind, Reason, Result
from catalog.qualifying.service import answer
from catalog.text import Text

MOST_CODES = 50

ResultEnum = strawberry.enum(
    Result,
    name="QualificationItemResult",
    description="ALTERNATE: not this, or not here, but something else or elsewhere. 资格结果。",
)
VisibilityEnum = strawberry.enum(
    Visibility,
    name="OfferingVisibility",
    description="What to do with what may not be bought: not show it (HIDDEN), or show it greyed with the reason "
    "(LOCKED). 展示方式。",
)
ProposalKindEnum = strawberry.enum(
    ProposalKind, name="AlternateProposalKind", description="Why something is proposed instead. 替代方式。"
)

PROPOSALS = {
    ProposalKind.CHANNEL: Text("可在{0}办理", "sold by {0}"),
    ProposalKind.CHANGE: Text("可替换现有的{0}", "may take the place of {0}"),
    ProposalKind.PREREQUISITE: Text("须先订购{0}", "{0} comes first"),
    ProposalKind.REPLACEMENT: Text("已由{0}替代", "{0} stands in its place now"),
    ProposalKind.EXCHANGE: Text("可换为{0}", "{0} may be taken in its place"),
    ProposalKind.SAME_FAMILY: Text("同系列的{0}可办理", "{0} of the same family"),
    ProposalKind.SAME_CATEGORY: Text("同类的{0}可办理", "{0} of the same category"),
}


@strawberry.type(description="One thing that stands in the way. 不可办理的原因。")
class EligibilityResultReason:
    reason: strawberry.Private[Reason]
    view: strawberry.Private[View]

    @strawberry.field(description="The kind of rule. 规则。")
    def code(self) -> RuleEnum:  # type: ignore[valid-type]
        return self.reason.rule

    @strawberry.field(description="For people. 说明。")
    def message(self) -> str:
        return self.view.say(self.reason.message)

    @strawberry.field(description="Code of the policy, offering or channel that it is about. 所涉规则、产品或渠道。")
    def offending_rule(self) -> str | None:
        return self.reason.offending

    @strawberry.field(description="Leads to the check within the policy. 规则中的位置。")
    def path(self) -> list[str]:
        return [str(step) for step in self.reason.path]

    @strawberry.field(description="The mandatory part of a bundle that it is about. 所涉成员。")
    def part(self) -> str | None:
        return self.reason.part


@strawberry.type(description="What could be sold instead, or where. 替代建议。")
class AlternateProductOfferingProposal:
    proposal: strawberry.Private[Proposal]
    view: strawberry.Private[View]

    @strawberry.field(description="Why it is proposed. 替代方式。")
    def kind(self) -> ProposalKindEnum:  # type: ignore[valid-type]
        return self.proposal.kind

    @strawberry.field(description="What could be sold. 产品。")
    def product_offering(self) -> ProductOffering:
        return ProductOffering.of(self.proposal.offering, self.view)

    @strawberry.field(description="Where, when it is not here. 渠道。")
    def channel(self) -> str | None:
        return self.proposal.channel

    @strawberry.field(description="How it goes on there. 交接方式。")
    def hand_over(self) -> HandOverKindEnum:  # type: ignore[valid-type]
        return HandOverKind.LEAD if self.proposal.is_lead else HandOverKind.ORDER

    @strawberry.field(description="What is held and would give way. 将被替换的现有产品。")
    def replaces(self) -> ProductOffering | None:
        return ProductOffering.of(self.proposal.replaced, self.view) if self.proposal.replaced else None

    @strawberry.field(description="For people. 说明。")
    def message(self) -> str:
        channel = self.view.moment.snapshot.channels.get(self.proposal.channel or "")
        named = (
            Text(self.proposal.channel)
            if self.proposal.channel
            else (self.proposal.replaced or self.proposal.offering).name
        )
        return self.view.say(PROPOSALS[self.proposal.kind]).format(self.view.say(channel.name if channel else named))


@strawberry.type(description="The result for one offering. 单个产品的资格。")
class ProductOfferingQualificationItem:
    answered: strawberry.Private[Answered]
    view: strawberry.Private[View]

    @strawberry.field(description="The code that was asked for. 所问产品代码。")
    def code(self) -> str:
        return self.answered.code

    @strawberry.field(description="What was asked for; null when the catalog has none. 产品。")
    def product_offering(self) -> ProductOffering | None:
        if self.answered.offering:
            return ProductOffering.of(self.answered.offering, self.view)
        # What is still in design is nobody's to see.
        known = self.answered.code in self.view.moment.rules.index
        return offering_held(self.answered.code, self.view) if known else None

    @strawberry.field(description="Whether it may be bought. 结果。")
    def qualification_item_result(self) -> ResultEnum:  # type: ignore[valid-type]
        return self.answered.result

    @strawberry.field(description="What to do with it when it may not be bought; null when it may. 展示方式。")
    def visibility(self) -> VisibilityEnum | None:  # type: ignore[valid-type]
        return self.answered.visibility

    @strawberry.field(description="How it goes on when it is accepted. 交接方式。")
    def hand_over(self) -> HandOverKindEnum:  # type: ignore[valid-type]
        return HandOverKind.LEAD if self.answered.is_lead else HandOverKind.ORDER

    @strawberry.field(description="Everything that stands in the way; for a lead, why it is one. 原因。")
    def eligibility_result_reason(self) -> list[EligibilityResultReason]:
        return [EligibilityResultReason(reason=one, view=self.view) for one in self.answered.reasons]

    @strawberry.field(description="What could be sold instead, the closest first, five at most. 替代建议。")
    def alternate_product_offering_proposal(self) -> list[AlternateProductOfferingProposal]:
        return [AlternateProductOfferingProposal(proposal=one, view=self.view) for one in self.answered.proposals]


@strawberry.type(description="Whether somebody may buy what they ask for (TMF679). 办理资格。")
class ProductOfferingQualification:
    product_offering_qualification_item: list[ProductOfferingQualificationItem] = strawberry.field(
        description="One for each code, in their order. 各产品的结果。"
    )


@strawberry.input(description="Who wants to buy what. 资格查询。")
class ProductOfferingQualificationInput:
    product_offering: list[str] = strawberry.field(description=f"At most {MOST_CODES} codes. 产品代码。")
    customer_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Who; absent: nobody in particular, and what depends on a customer is not known. 客户。",
    )
    msisdn: str | None = strawberry.field(default=None, description="Who, by phone number; never in a URL. 号码。")
    customer_kind: CustomerKind | None = strawberry.field(
        default=None, description="Of nobody in particular: a person or an enterprise. 未指明客户时，个人或集团。"
    )


async def who_asks(
    context: Context, code: str | None, msisdn: str | None, asked: ContextInput | None, view: View, action: str
) -> tuple[bool, Customer | None]:
    """Whether somebody is meant, and that customer when the caller may see them; the look-up is audited."""
    named = code or (None if msisdn or asked is None else asked.customer_id)
    if named is None and msisdn is None and context.principal.customer is None:
        return False, None
    if context.principal.role not in CUSTOMER:
        raise Forbidden(
            en="your role may not ask about a customer; leave customerId out",
            zh="您的角色无权查询客户，请去掉 customerId",
            field="ProductOfferingQualificationInput.customerId",
        )
    return True, await customers.find(context, named, msisdn, action, view.at)


def is_internal(context: Context) -> bool:
    """Whether the caller may learn which facts of a customer count."""
    return context.principal.role in AGENT | {"product_manager"}


@strawberry.type
class QualificationQuery:
    @strawberry.field(
        description="Whether offerings may be bought by a customer, or by anybody in this context; why not, and what "
        "instead (TMF679). 办理资格。"
    )
    async def product_offering_qualification(
        self, info: JishiInfo, input: ProductOfferingQualificationInput, context: ContextInput | None = None
    ) -> ProductOfferingQualification | None:
        view = view_of(info.context, context)
        if not 1 <= len(input.product_offering) <= MOST_CODES:
            raise BadRequest(en=f"ask for 1 to {MOST_CODES} codes", zh=f"请给出 1 到 {MOST_CODES} 个产品代码")
        is_asked, who = await who_asks(
            info.context, input.customer_id, input.msisdn, context, view, "qualification.read"
        )
        if is_asked and who is None:
            return None
        kind = input.customer_kind.value if input.customer_kind else None
        asked = await question(info.context, view, who, is_internal=is_internal(info.context), kind=kind)
        return ProductOfferingQualification(
            product_offering_qualification_item=[
                ProductOfferingQualificationItem(answered=one, view=view)
                for one in answer(asked, input.product_offering)
            ]
        )
