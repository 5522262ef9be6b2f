"""What a condition asks for, said to people in both languages.

Knows wording; must not know who is asked. A check of something sensitive or internal is never spelled out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from catalog.policies.condition import ATTRIBUTE, MARKET_FACT, Check, Operator
from catalog.text import Text

NAMES = {
    "customer.kind": Text("客户类型", "the kind of customer"),
    "customer.status": Text("客户状态", "the customer's status"),
    "customer.brand": Text("品牌", "the brand"),
    "customer.tags": Text("客户标签", "the customer's tags"),
    "customer.place": Text("客户所在地", "where the customer lives"),
    "customer.enterprise": Text("所属集团", "the enterprise"),
    "customer.industry": Text("行业", "the industry"),
    "customer.sizeClass": Text("集团级别", "the size class"),
    "customer.tenure": Text("在网月数", "months as a customer"),
    "customer.valueLevel": Text("价值等级", "the value level"),
    "customer.personalisation": Text("个性化推荐开关", "the personalisation switch"),
    "place": Text("办理地点", "the place"),
    "context.place": Text("办理地点", "the place asked for"),
    "channel.code": Text("渠道", "the channel"),
    "market.code": Text("聚类市场", "the cluster market"),
    "market.kind": Text("聚类市场类型", "the kind of cluster market"),
    "market.place": Text("聚类市场所在地", "where the cluster market is"),
    "market.size": Text("聚类市场规模", "the size of the cluster market"),
    "holdings.offering": Text("已订购产品", "what is held"),
    "holdings.category": Text("已订购产品的类目", "the category of what is held"),
    "holdings.family": Text("已订购产品的系列", "the family of what is held"),
}
VALUES = {
    "PERSON": Text("个人", "PERSON"),
    "ENTERPRISE": Text("集团客户", "ENTERPRISE"),
    "CAMPUS": Text("校园", "CAMPUS"),
    "PARK": Text("园区", "PARK"),
    "MARKET": Text("专业市场", "MARKET"),
    "VILLAGE": Text("村镇", "VILLAGE"),
    "BUILDING": Text("楼宇", "BUILDING"),
    True: Text("是", "yes"),
    False: Text("否", "no"),
}
UNSAID = Text("不符合办理条件", "a condition does not hold")
# What an attribute's fact or any code is called, None where it has no name.
Names = Callable[[str], Text | None]


def fact_name(fact: str, names: Names) -> Text:
    """What a fact is called."""
    if found := names(fact):
        return found
    if fact.startswith(ATTRIBUTE):
        code = fact.removeprefix(ATTRIBUTE)
        return Text(code, code)
    if fact.startswith(MARKET_FACT):
        code = fact.removeprefix(MARKET_FACT)
        return Text(f"聚类市场的 {code}", f"{code} of the cluster market")
    return NAMES[fact]


def needed(check: Check, negated: bool, names: Names) -> Text:
    """What must hold, like 客户类型须为集团客户 / the kind of customer must be ENTERPRISE."""
    fact = fact_name(check.fact, names)
    if check.operator in (Operator.RANGE, Operator.DAYS):
        zh, en = _range(check)
        zh_must, en_must = ("不得" if negated else "须"), ("must not" if negated else "must")
        if check.operator is Operator.DAYS:
            return Text(f"距{fact.zh}{zh_must}{zh}天", f"the days to {fact.en} {en_must} be {en}")
        return Text(f"{fact.zh}{zh_must}{zh}", f"{fact.en} {en_must} be {en}")
    said = [names(str(value)) or VALUES.get(value) or Text(str(value), str(value)) for value in check.values]
    zh, en = "、".join(one.said("zh") for one in said), " or ".join(one.said("en") for one in said)
    if check.operator is Operator.WITHIN:
        return Text(
            f"{fact.zh}须{'不' if negated else ''}在{zh}", f"{fact.en} must {'not ' if negated else ''}be in {en}"
        )
    return Text(f"{fact.zh}{'不得为' if negated else '须为'}{zh}", f"{fact.en} must {'not ' if negated else ''}be {en}")


def _range(check: Check) -> tuple[str, str]:
    low, high = (_end(end) for end in (check.low, check.high))
    if low and high:
        return f"在 {low} 到 {high} 之间", f"from {low} to {high}"
    return (f"至少 {low}", f"at least {low}") if low else (f"至多 {high}", f"at most {high}")


def _end(end: float | date | None) -> str:
    return end.isoformat() if isinstance(end, date) else "" if end is None else f"{end:g}"


def missing(facts: Iterable[str], names: Names) -> Text:
    """What is not known, as a clause behind a message; empty when everything is."""
    said = [fact_name(fact, names) for fact in dict.fromkeys(facts)]
    if not said:
        return Text()
    zh, en = "、".join(one.said("zh") for one in said), " and ".join(one.said("en") for one in said)
    return Text(f"（未知：{zh}）", f" (not known: {en})")


def together(texts: Iterable[Text], zh: str, en: str) -> Text:
    """Texts joined by `zh` and `en`, each said once."""
    several = list(dict.fromkeys(texts))
    return Text(zh.join(one.said("zh") for one in several), en.join(one.said("en") for one in several))
