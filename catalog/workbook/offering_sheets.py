"""The sheets of offerings: their own fields, and their prices, tiers, terms, parts, groups, relations.

Knows the document's fields and what product managers call them; must not know how a cell is written.
"""

from __future__ import annotations

from dataclasses import replace

from catalog.complexity import Complexity
from catalog.lifecycle import LifecycleStatus
from catalog.offering import RelationshipType
from catalog.price import PERIODS, PriceType, Scope, Stacking, TierMode
from catalog.term import MINIMUM_PERIODS, TermKind
from catalog.text import Text
from catalog.trial import Conversion
from catalog.workbook.columns import Kind, Sheet, amount, both, count, dates, enum, text, value

_OFFERING = text("offering", "产品", refers="offerings")
_VERSION = value(Kind.WHOLE, "version", "版本", "", "只有一个版本时可空", "may be empty when there is only one version")
_OF_OFFERING = (_OFFERING, _VERSION)
_PERCENT = "10 表示 10%"
_SCOPE = "ITEM 本产品，BILL 整张账单"

_OFFERINGS = Sheet(
    "offerings",
    "产品",
    ("offerings",),
    (
        text("code", "代码", "", "产品的唯一标识，不可更改", "what the offering is known by, for ever"),
        replace(
            value(Kind.WHOLE, "version", "版本", "", "系统填写；新产品留空", "ours; empty for a new offering"),
            is_ours=True,
        ),
        replace(
            value(Kind.WHOLE, "etag", "校验", "", "系统填写，请勿改动；留空则不校验", "ours; empty skips the check"),
            is_ours=True,
        ),
        replace(
            text("fingerprint", "指纹", "", "系统填写，用于识别未改动的行", "ours; tells rows that were not edited"),
            is_ours=True,
        ),
        *both("name", "名称"),
        enum(
            "lifecycleStatus",
            "状态",
            LifecycleStatus,
            "",
            "文件不改变状态",
            "a workbook moves no version; empty is IN_DESIGN",
        ),
        *dates(),
        value(Kind.LIST, "category", "类目", "", "多个以 ; 分隔", "several with ; between"),
        text("family", "系列", "", "升级阶梯所属系列", "the ladder on which up-sell climbs"),
        value(Kind.WHOLE, "step", "阶梯", "", "系列中的第几级", "its step on the ladder"),
        enum("complexity", "复杂度", Complexity),
        value(Kind.LIST, "channel", "渠道", "", "空为所有渠道", "every channel, when empty"),
        value(Kind.LIST, "place", "地点", "", "空为所有地点", "everywhere, when empty"),
        value(Kind.LIST, "marketSegment", "聚类市场", "", "空为不限", "any, when empty"),
        value(Kind.LIST, "policy", "政策", "", "须全部满足", "all must hold"),
        *both("talkingPoint", "话术"),
        *both("description", "说明"),
        value(Kind.DECIMAL, "margin", "毛利率", "", "0.35 表示 35%", "a share like 0.35"),
        value(Kind.FLAG, "sellable", "可单独销售", "isSellable"),
        text("specification", "规格", "productSpecification", refers="specifications"),
        text("template", "模板", "", "市场副本的原产品", "the offering whose item it shares", refers="offerings"),
        value(Kind.LIST, "allowedAction", "允许的操作"),
        *count("trial", "试用", "trial.duration"),
        enum("trial.conversion", "试用到期", Conversion, "trial.conversion"),
        text("trial.to", "试用转为", "trial.to", refers="offerings"),
        text("statusReason", "状态说明"),
    ),
    ("code", "version"),
    help=Text("每行一个产品的一个版本", "one row a version of an offering"),
)
_PRICES = Sheet(
    "prices",
    "价格",
    ("offerings", "productOfferingPrice"),
    (
        text("code", "代码", "", "在产品内唯一", "its own within the offering"),
        enum("type", "类型", PriceType, "priceType"),
        *both("name", "名称"),
        *amount("price", "金额", "price", "最多四位小数", "at most four decimals"),
        value(Kind.DECIMAL, "percentage", "百分比", "", _PERCENT, "10 is ten per cent"),
        *count("measure", "计量", "unitOfMeasure", "价格对应的量，或赠送的量", "what the price is for, or is included"),
        enum("period", "周期", PERIODS, "recurringChargePeriod"),
        value(Kind.FLAG, "taxIncluded", "含税"),
        value(Kind.DECIMAL, "taxRate", "税率", "", "0.06 表示 6%", "a share like 0.06"),
        *dates(),
        *count("increment", "计费单元", "ratingIncrement", "不足按一个计", "each use is rounded up to whole ones"),
        *amount("connectFee", "接续费", "connectFee"),
        enum("tierMode", "阶梯方式", TierMode),
        value(Kind.FLAG, "carryOver", "结转"),
        value(Kind.HOUR, "window.from", "时段起", "timeWindow.start"),
        value(Kind.HOUR, "window.to", "时段止", "timeWindow.end"),
        value(Kind.DAYS, "window.days", "时段星期", "timeWindow.days", "1 为周一", "1 is Monday; every day when empty"),
        enum("stacking", "叠加", Stacking),
        text("exclusiveGroup", "互斥组"),
        *count("duration", "适用时长", "applicationDuration"),
        value(Kind.WHOLE, "priority", "优先级", "", "小者先", "the lower comes first"),
        enum("scope", "范围", Scope, "", _SCOPE, "its own offering, or the whole bill"),
        value(Kind.LIST, "appliesTo", "作用于", "", "价格代码", "codes of prices"),
        text("term", "条款", "", "仅适用于选择此条款者", "for those only who chose this term"),
    ),
    ("code",),
    "offerings",
    _OF_OFFERING,
    Text("价格、赠送与优惠", "prices, allowances and discounts"),
)
_TIERS = Sheet(
    "tiers",
    "阶梯",
    ("offerings", "productOfferingPrice", "tiers"),
    (
        value(Kind.DECIMAL, "lower", "起点"),
        *amount("price", "金额", "price"),
        value(Kind.DECIMAL, "percentage", "百分比", "", _PERCENT, "10 is ten per cent"),
    ),
    ("lower",),
    "prices",
    (*_OF_OFFERING, text("price_code", "价格")),
    Text("价格的阶梯，按起点从小到大", "tiers of prices, in rising order"),
)
_TERMS = Sheet(
    "terms",
    "条款",
    ("offerings", "productOfferingTerm"),
    (
        text("code", "代码"),
        enum("kind", "类型", TermKind),
        *both("name", "名称"),
        *count("duration", "时长", "duration"),
        *amount("minimum", "最低消费", "minimum"),
        enum("minimumPeriod", "最低消费周期", MINIMUM_PERIODS),
        value(Kind.DECIMAL, "shortfall", "差额比例", "shortfallPolicy.percentage", _PERCENT, "10 is ten per cent"),
        value(Kind.FLAG, "prorated", "按比例折算", "shortfallPolicy.prorated"),
        *amount("early", "提前解约金", "earlyTermination.price"),
        value(
            Kind.DECIMAL,
            "early.percentage",
            "提前解约比例",
            "earlyTermination.percentage",
            "剩余月费的百分比",
            "per cent of the fees that are left",
        ),
        value(Kind.WHOLE, "tierLift", "提升档位"),
        enum("scope", "范围", Scope, "", _SCOPE, "its own offering, or the whole bill"),
        *dates(),
    ),
    ("code",),
    "offerings",
    _OF_OFFERING,
    Text("合约与承诺", "what a customer binds himself to"),
)
_PARTS = Sheet(
    "parts",
    "捆绑成员",
    ("offerings", "bundledProductOffering"),
    (
        text("code", "成员产品", refers="offerings"),
        value(Kind.WHOLE, "lower", "最少"),
        value(Kind.WHOLE, "default", "默认"),
        value(Kind.LIMIT, "upper", "最多", "", "any 为不限；空为 1", "any: any number; one when empty"),
        text("group", "分组"),
    ),
    ("code",),
    "offerings",
    _OF_OFFERING,
    Text("捆绑包的成员", "what is in a bundle"),
)
_GROUPS = Sheet(
    "groups",
    "捆绑分组",
    ("offerings", "bundledGroup"),
    (
        text("code", "代码"),
        *both("name", "名称"),
        value(Kind.WHOLE, "lower", "至少选"),
        value(Kind.WHOLE, "upper", "至多选", "", "空为不限", "all, when empty"),
        text("parent", "上级分组"),
    ),
    ("code",),
    "offerings",
    _OF_OFFERING,
    Text("从中选择若干", "choose some of these"),
)
_RELATIONS = Sheet(
    "relations",
    "关系",
    ("offerings", "productOfferingRelationship"),
    (
        enum("type", "类型", RelationshipType, "relationshipType"),
        text("target", "目标产品", refers="offerings"),
        text("group", "替代组", "", "同组的前提互为替代", "prerequisites of one group are alternatives"),
        value(Kind.WHOLE, "min", "最少"),
        value(Kind.WHOLE, "max", "最多"),
    ),
    ("type", "target"),
    "offerings",
    _OF_OFFERING,
    Text("前提、互斥、升级", "prerequisites, exclusions, up-sell"),
)
_CHANNEL_DATES = Sheet(
    "channel_dates",
    "渠道期限",
    ("offerings", "channelDates"),
    (text("channel", "渠道", "id", refers="channels"), *dates()),
    ("channel",),
    "offerings",
    _OF_OFFERING,
    Text("只在一段时间开放的渠道", "channels that are open for a time only"),
)
_CHARACTERISTICS = Sheet(
    "offering_characteristics",
    "产品特性",
    ("offerings", "prodSpecCharValueUse"),
    (text("name", "特性"), value(Kind.LIST, "value", "值"), text("default", "默认")),
    ("name",),
    "offerings",
    _OF_OFFERING,
    Text("产品确定或可选的特性值", "values that an offering fixes or lets choose from"),
)
_IDENTIFIERS = Sheet(
    "identifiers",
    "外部编号",
    ("offerings", "externalIdentifier"),
    (text("owner", "系统"), text("id", "编号")),
    ("owner", "id"),
    "offerings",
    _OF_OFFERING,
    Text("其他系统中的编号", "what other systems call it"),
)
OFFERING_SHEETS = (
    _OFFERINGS,
    _PRICES,
    _TIERS,
    _TERMS,
    _PARTS,
    _GROUPS,
    _RELATIONS,
    _CHANNEL_DATES,
    _CHARACTERISTICS,
    _IDENTIFIERS,
)
