"""Every code that lint knows: how bad it is, what it finds, what to do about it. docs/lint.md is this table.

Knows words; must not know how anything is found.
"""

from __future__ import annotations

from collections.abc import Mapping

from catalog.linting.finding import Rule, Severity
from catalog.text import Text

_E, _W, _A = Severity.ERROR, Severity.WARNING, Severity.ADVICE


def _rule(severity: Severity, en: str, zh: str, mend: str, mend_zh: str) -> Rule:
    return Rule(severity, Text(zh, en), Text(mend_zh, mend))


# One entry a line or two, as the table that it is.
# fmt: off
REFERENCES = {
    "UNKNOWN_CODE": _rule(_E, "It names something that does not exist.", "引用了不存在的对象。",
        "Correct the code, or bring what it names first.", "更正代码，或先建立被引用的对象。"),
    "DUPLICATE_CODE": _rule(_E, "A code stands twice in one list.", "同一列表中代码重复。",
        "Remove one of the two, or give it a code of its own.", "删除其一，或另取代码。"),
    "CYCLE": _rule(_E, "Something contains, requires or stands above itself.", "对象包含、依赖或位于自身之上。",
        "Take one of the links of the circle away.", "去掉环中的一个关系。"),
    "UNREGISTERED": _rule(_W, "A channel, place or market is not in its register.", "渠道、地点或市场未登记。",
        "Correct the code, or register it.", "更正代码，或先登记。"),
    "OUT_OF_DATE": _rule(_W, "What it names does not hold at the time.", "引用的对象届时无效。",
        "Name another, or lengthen its validity.", "改用其他对象，或延长其有效期。"),
}
BUNDLES = {
    "GROUP_TOO_SMALL": _rule(_E, "A group asks for more than it has.", "分组要求的数量多于成员。",
        "Lower the limit, or add parts to the group.", "降低下限，或向分组添加成员。"),
    "GROUP_TOO_NARROW": _rule(_E, "More of a group is mandatory than it allows.", "分组必选成员多于上限。",
        "Raise the limit, or make parts optional.", "提高上限，或将成员改为可选。"),
    "GROUP_EMPTY": _rule(_W, "A group has nothing to choose from.", "分组没有可选成员。",
        "Add parts to it, or remove the group.", "添加成员，或删除分组。"),
    "PART_BEHIND": _rule(_E, "A part is not as far as its bundle.", "成员的状态落后于捆绑包。",
        "Launch the part first, or for as long as the bundle is; or leave it out.",
        "先上线成员并覆盖捆绑包的有效期，或移出该成员。"),
    "PART_NOT_IN_CHANNEL": _rule(_E, "A mandatory part is not sold in a channel of its bundle.",
        "必选成员不在捆绑包的某个渠道销售。",
        "Narrow the channels of the bundle, or open the part's.", "收窄捆绑包的渠道，或开放成员的渠道。"),
    "PART_NOT_IN_PLACE": _rule(_E, "A mandatory part is not to be had in a place of its bundle.",
        "必选成员在捆绑包的某个地点不提供。",
        "Narrow the places of the bundle.", "收窄捆绑包的地点。"),
    "PART_NOT_IN_MARKET": _rule(_E, "A mandatory part is not for a market of its bundle.",
        "必选成员不面向捆绑包的某个市场。",
        "Narrow the markets of the bundle.", "收窄捆绑包的市场。"),
    "PARTS_EXCLUDE": _rule(_E, "Mandatory parts exclude each other.", "必选成员互斥。",
        "Make one of them optional, put both into a group of which one is chosen, or end the exclusion.",
        "将其一改为可选，或放入二选一分组，或取消互斥。"),
    "PART_NEVER_CHOSEN": _rule(_W, "An optional part can never be chosen.", "可选成员永远无法选择。",
        "Remove the part, or what shuts it out.", "移除该成员，或取消其限制。"),
    "PART_TWICE": _rule(_W, "A part stands in the bundle and in a bundle inside it.", "成员重复包含。",
        "Remove it from the outer bundle unless customers are to have it twice.", "如非有意重复，请从外层移除。"),
}
RELATIONS = {
    "REQUIRES_EXCLUDED": _rule(_E, "It requires what cannot be held beside it.", "要求持有与其互斥的产品。",
        "Take the requirement or the exclusion away.", "取消前提或互斥关系。"),
    "REQUIRES_UNSOLD": _rule(_W, "It requires what nobody can buy any more.", "前提产品已不销售。",
        "Name an alternative in the same group, or take the requirement away.",
        "在同组中增加替代前提，或取消该前提。"),
    "RELATION_CONTRADICTS": _rule(_W, "It is sold beside what it excludes.", "与互斥产品建立了推荐关系。",
        "Take one of the two relationships away.", "删除其中一个关系。"),
    "RELATION_UNSOLD": _rule(_A, "It points to what is not sold.", "关系指向不再销售的产品。",
        "Point it to what is sold instead.", "改为指向在售产品。"),
    "UPSELL_DOWN": _rule(_W, "An up-sell leads down the ladder.", "升级关系指向更低档次。",
        "Correct the step or the target.", "更正档次或目标。"),
}
DATES = {
    "OVERLAPPING_VALIDITY": _rule(_E, "Two launched versions are in force at once.", "两个已上线版本的有效期重叠。",
        "End the earlier one where the later begins.", "使前一版本在后一版本开始时结束。"),
    "VALIDITY_GAP": _rule(_W, "It is off sale between two versions.", "两个版本之间有停售期。",
        "Let the later version begin where the earlier ends.", "使后一版本紧接前一版本。"),
    "VALIDITY_OVER": _rule(_W, "A version was over before its launch.", "版本未上线已过有效期。",
        "Change its validity.", "修改有效期。"),
    "PRICE_OUT_OF_REACH": _rule(_E, "A price is never in force while its offering is.",
        "价格有效期在产品有效期之外。",
        "Change its validFor, or remove the price.", "修改价格有效期，或删除该价格。"),
    "TERM_OUT_OF_REACH": _rule(_W, "A price is for a term that cannot be chosen then.", "价格对应的条款届时不可选。",
        "Let the validity of both overlap.", "使两者有效期重叠。"),
    "WINDOW_OUT_OF_REACH": _rule(_W, "A time window has no hour in the price's validity.", "价格有效期内没有该时段。",
        "Change the window or the validity.", "修改时段或有效期。"),
}
PRICES = {
    "TIER_SHADOWS_PRICE": _rule(_W, "Tiers from 0 on leave nothing to the price beside them.",
        "首档从 0 起，基础价不适用。",
        "Remove the price, or let the first tier begin later.", "删除基础价，或提高首档起点。"),
    "TIER_WITHOUT_EFFECT": _rule(_W, "A tier costs what the one before it does.", "相邻档价格相同。",
        "Merge the two, or correct one.", "合并两档，或更正其一。"),
    "DISCOUNT_OF_NOTHING": _rule(_W, "A discount takes nothing off.", "优惠为零。",
        "Say how much, or remove it.", "填写优惠幅度，或删除。"),
    "DISCOUNT_WITHOUT_BASE": _rule(_W, "A discount or minimum has nothing to count.",
        "优惠或最低消费没有可计的费用。",
        "Name prices that exist, or let it count the whole bill (scope BILL).",
        "指定存在的价格，或改为计整张账单（BILL）。"),
    "STACKING_ALONE": _rule(_A, "An exclusive group has one discount.", "互斥组只有一项优惠。",
        "Add the others to the group, or leave the group out.", "将其他优惠加入该组，或去掉该组。"),
    "USAGE_TWICE": _rule(_W, "Two prices rate the same use at the same time.", "两个价格对同一使用计费。",
        "Tell them apart by window, term, validity or priority; or remove one.",
        "以时段、条款、有效期或优先级区分，或删除其一。"),
    "ALLOWANCE_UNUSED": _rule(_W, "No price in the catalog is for use of what is included.",
        "所含用量没有对应的计费价格。",
        "Correct the unit, or add a price by use.", "更正单位，或增加按量价格。"),
    "COMMITMENT_WITHOUT_MINIMUM": _rule(_W, "A commitment commits to nothing.", "承诺条款没有承诺内容。",
        "Give it a minimum, or a discount in tiers.", "填写最低额，或设置分档优惠。"),
    "COMMITMENT_WITHOUT_SHORTFALL": _rule(_W, "Falling short of a commitment costs nothing.", "未达承诺没有代价。",
        "Give the share of a shortfall that is charged.", "填写差额收取比例。"),
    "BINDING_WITHOUT_COST": _rule(_A, "Leaving a binding term early costs nothing.", "提前退订没有代价。",
        "Give earlyTermination, or leave the term out.", "填写提前终止费用，或去掉该条款。"),
    "CURRENCIES_MIXED": _rule(_E, "One bill would be in two currencies.", "一份账单出现两种币种。",
        "Give all prices in one currency.", "统一币种。"),
    "VAT_MIXED": _rule(_W, "Some prices include VAT and some do not.", "含税与不含税价混用。",
        "Say taxIncluded alike for all.", "统一 taxIncluded。"),
    "DEARER_THAN_PARTS": _rule(_W, "A bundle is dearer than its parts.", "捆绑包比成员单买更贵。",
        "Lower its price, or add what makes it worth more.", "降低价格，或增加权益。"),
    "NO_PRICE": _rule(_W, "It is free.", "没有价格。", "Give it a price, if only of 0.", "填写价格，免费则填 0。"),
}
TEXTS = {
    "NO_NAME": _rule(_A, "It has no name in one of the languages.", "缺少一种语言的名称。",
        "Give the name in both.", "补充双语名称。"),
    "NO_TALKING_POINT": _rule(_A, "It has no talking point in one of the languages.", "缺少一种语言的话术。",
        "Write one sentence with which to offer it.", "补充一句推荐话术。"),
    "SAME_NAME": _rule(_W, "Two offerings are called the same.", "两个产品同名。",
        "Tell them apart, or make one the other's template.", "加以区分，或设为模板关系。"),
    "NO_CATEGORY": _rule(_A, "It stands in no category.", "不在任何类目中。",
        "Put it into one.", "放入类目。"),
    "CATEGORY_EMPTY": _rule(_A, "A category has nothing that is sold.", "类目下没有在售产品。",
        "Put offerings into it, or end it.", "放入产品，或结束该类目。"),
}
LADDERS = {
    "STEP_TWICE": _rule(_W, "Two offerings stand on one step.", "两个产品处于同一档次。",
        "Give each a step of its own.", "各设一档。"),
    "STEP_MISSING": _rule(_A, "A step is missing below it.", "下方缺档。",
        "Number the steps without gaps.", "连续编号。"),
    "STEP_CHEAPER": _rule(_W, "A higher step costs less than the one below.", "高档比低档便宜。",
        "Correct the prices or the steps.", "更正价格或档次。"),
    "STEP_SAME_PRICE": _rule(_W, "Two steps cost the same.", "两档价格相同。",
        "Correct the prices, or retire the lower one.", "更正价格，或下架低档。"),
    "STEP_WITHOUT_FAMILY": _rule(_W, "It has a step of no family.", "有档次而无产品族。",
        "Name the family.", "填写产品族。"),
    "FAMILY_WITHOUT_STEP": _rule(_A, "It is of a family, on no step.", "有产品族而无档次。",
        "Give it a step.", "填写档次。"),
}
BUYING = {
    "NO_OPEN_CHANNEL": _rule(_W, "No channel sells it at the time.", "届时没有渠道销售。",
        "Open a channel, or end the version.", "开放渠道，或结束该版本。"),
    "TOO_COMPLEX": _rule(_W, "No channel that sells it can handle it.", "没有渠道能办理。",
        "Open a channel that can, like the account managers'.", "开放可办理的渠道，如客户经理。"),
    "NOBODY_MAY_BUY": _rule(_W, "It is not sold by itself, nor in a bundle.", "不单卖，也不在捆绑包中。",
        "Make it sellable, put it into a bundle, or retire it.", "设为可售、放入捆绑包，或下架。"),
    "POLICY_UNSATISFIABLE": _rule(_E, "Nobody can fulfil its policies together.", "没有客户能同时满足其策略。",
        "Take one of the policies away, or change it.", "取消或修改其中一项策略。"),
    "TRIAL_TO_NOTHING": _rule(_E, "A trial converts to what is not sold.", "试用转为不可售产品。",
        "Let it convert to something that is sold, or end.", "改为在售产品，或到期结束。"),
    "CHARACTERISTIC_UNKNOWN": _rule(_E, "The specification has no such characteristic.", "规格中没有该特性。",
        "Correct the name, or add it to the specification.", "更正名称，或补充到规格。"),
    "CHARACTERISTIC_VALUE": _rule(_E, "The specification does not allow the value.", "规格不允许该取值。",
        "Choose an allowed value.", "选择允许的取值。"),
    "CHARACTERISTIC_MISSING": _rule(_E, "It lacks a mandatory characteristic.", "缺少必填特性。",
        "Give its value.", "填写取值。"),
}
RULES: Mapping[str, Rule] = {
    **REFERENCES, **BUNDLES, **RELATIONS, **DATES, **PRICES, **TEXTS, **LADDERS, **BUYING,
}
# fmt: on
