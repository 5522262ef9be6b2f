"""Every sheet of the workbook, in the order in which it shows them.

Knows the document's fields and what product managers call them; must not know how a cell is written.
"""

from __future__ import annotations

from catalog.complexity import Complexity
from catalog.customer import ATTRIBUTE_KINDS
from catalog.lifecycle import LifecycleStatus
from catalog.policies.policy import Visibility
from catalog.specification import SpecificationRelationshipType, ValueType
from catalog.text import Text
from catalog.workbook.columns import Kind, Sheet, both, dates, enum, text, value
from catalog.workbook.offering_sheets import OFFERING_SHEETS

_SPECIFICATION = text("specification", "规格", refers="specifications")

SHEETS = (
    *OFFERING_SHEETS,
    Sheet(
        "categories",
        "类目",
        ("categories",),
        (text("code", "代码"), text("parent", "上级", refers="categories"), *both("name", "名称"), *dates()),
        ("code",),
        help=Text("类目树", "the tree of categories"),
    ),
    Sheet(
        "channels",
        "渠道",
        ("channel",),
        (
            text("code", "代码"),
            *both("name", "名称"),
            enum(
                "handles", "可办理复杂度", Complexity, "", "更复杂的转为线索", "what is more complex goes on as a lead"
            ),
            value(Kind.FLAG, "electronic", "电子渠道", "isElectronic"),
            *dates(),
        ),
        ("code",),
        help=Text("销售渠道", "where offerings are sold"),
    ),
    Sheet(
        "places",
        "地点",
        ("place",),
        (
            text("code", "代码", "", "从根起的路径，如 省/市/区", "the path from the root, province/city/district"),
            *both("name", "名称"),
            text("kind", "类型"),
            *dates(),
        ),
        ("code",),
        help=Text("地点树", "the tree of places"),
    ),
    Sheet(
        "policies",
        "政策",
        ("policy",),
        (
            text("code", "代码"),
            *both("name", "名称"),
            value(Kind.JSON, "condition", "条件", "", "JSON，用 all、any、not 组合", "JSON, joined by all, any, not"),
            enum("visibility", "不符合时", Visibility, "", "隐藏或锁定展示", "not shown, or shown locked"),
            *both("message", "提示"),
            *dates(),
        ),
        ("code",),
        help=Text("谁可以购买", "who may buy what names it"),
    ),
    Sheet(
        "specifications",
        "规格",
        ("productSpecification",),
        (
            text("code", "代码"),
            *both("name", "名称"),
            text("brand", "品牌"),
            text("productNumber", "产品编号"),
            text("version", "版本"),
            enum("lifecycleStatus", "状态", LifecycleStatus),
            *dates(),
        ),
        ("code",),
        help=Text("产品规格", "what products are technically"),
    ),
    Sheet(
        "characteristics",
        "规格特性",
        ("productSpecification", "productSpecCharacteristic"),
        (
            text("name", "特性"),
            *both("label", "显示名"),
            enum("valueType", "值类型", ValueType),
            value(Kind.FLAG, "configurable", "可配置"),
            value(Kind.WHOLE, "min", "最少个数", "minCardinality"),
            value(
                Kind.LIMIT, "max", "最多个数", "maxCardinality", "any 为不限；空为 1", "any: any number; one when empty"
            ),
        ),
        ("name",),
        "specifications",
        (_SPECIFICATION,),
        Text("规格的特性", "characteristics of specifications"),
    ),
    Sheet(
        "characteristic_values",
        "特性取值",
        ("productSpecification", "productSpecCharacteristic", "productSpecCharacteristicValue"),
        (
            text("value", "值"),
            value(Kind.DECIMAL, "from", "最小", "valueFrom"),
            value(Kind.DECIMAL, "to", "最大", "valueTo"),
            text("unit", "单位", "unitOfMeasure"),
            value(Kind.FLAG, "default", "默认", "isDefault"),
        ),
        ("value", "from", "to"),
        "characteristics",
        (_SPECIFICATION, text("characteristic", "特性")),
        Text("特性允许的值", "values that a characteristic allows"),
    ),
    Sheet(
        "specification_relations",
        "规格关系",
        ("productSpecification", "productSpecificationRelationship"),
        (
            enum("type", "类型", SpecificationRelationshipType, "relationshipType"),
            text("target", "目标规格", refers="specifications"),
        ),
        ("type", "target"),
        "specifications",
        (_SPECIFICATION,),
        Text("规格之间的关系", "relations between specifications"),
    ),
    Sheet(
        "solutions",
        "方案",
        ("solution",),
        (
            text("code", "代码"),
            *both("name", "名称"),
            *both("description", "说明"),
            value(Kind.LIST, "market_kinds", "市场类型", "kind"),
            value(
                Kind.LIST,
                "offerings",
                "产品",
                "offering",
                "有价格参数或条件时为 JSON",
                "as JSON where one has prices of its own or needs facts",
            ),
            value(Kind.LIST, "requiredFact", "市场须具备", "", "如 wlan", "facts that a market needs, like wlan"),
            value(Kind.JSON, "parameters", "参数", "parameter", "各市场可不同", "what may differ by market"),
            text("start", "上线参数"),
            text("end", "下线参数"),
            *dates(),
        ),
        ("code",),
        help=Text("聚类市场方案", "sets of offerings for cluster markets"),
    ),
    Sheet(
        "attributes",
        "客户属性",
        ("attributes",),
        (
            text("code", "代码"),
            enum("kind", "类型", ATTRIBUTE_KINDS),
            *both("name", "名称"),
            value(Kind.FLAG, "sensitive", "敏感", "", "不作为推荐理由", "never a reason that anybody reads"),
        ),
        ("code",),
        help=Text("运营商所知的客户信息", "what the operator knows of customers"),
    ),
)
BY_NAME = {sheet.name: sheet for sheet in SHEETS}
