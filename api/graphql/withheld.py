"""Why offerings are not recommended, as rules with a count and a sentence.

Knows the rules by name; must not know whom they concern.
"""

from __future__ import annotations

import strawberry

from catalog.eligibility import Rule
from catalog.text import Text

RuleEnum = strawberry.enum(Rule, description="Why an offering is withheld. 不予推荐的规则。")

RULE_TEXTS = {
    Rule.HELD: Text("已订购", "already held"),
    Rule.INSIDE_HELD_BUNDLE: Text("已包含在所订套餐中", "already inside a bundle that is held"),
    Rule.RETIRED: Text("已下架", "no longer offered"),
    Rule.NOT_SELLABLE: Text("不单独销售", "not sold by itself"),
    Rule.CHANNEL: Text("本渠道不可办理", "not sold in this channel"),
    Rule.EXCLUDED: Text("与已订购产品互斥", "excluded by something that is held"),
    Rule.REQUIRES: Text("缺少前提产品", "needs something that is not held"),
    Rule.NOT_YET_IN_FORCE: Text("尚未上市", "not yet offered"),
    Rule.PLACE: Text("当地不可办理，或所在地未知", "not offered in this place, or the place is not known"),
    Rule.MARKET: Text("仅限特定聚类市场", "only for members of certain markets"),
    Rule.POLICY: Text("不符合办理条件", "a condition does not hold"),
    Rule.COMPLEXITY: Text("本渠道不直接受理，转客户经理", "too complex here; an account manager takes it on"),
    Rule.REFUSED_RECENTLY: Text("近期已拒绝", "refused a short while ago"),
    Rule.SHOWN_OFTEN: Text("近期展示次数已达上限", "shown as often as is borne"),
}


@strawberry.type(description="How many offerings a rule kept back. 不予推荐的数量。")
class Withheld:
    rule: RuleEnum  # type: ignore[valid-type]
    count: int
    message: str
