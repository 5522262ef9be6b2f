"""The words beside each line of a bill: which rule made it, in both languages.

Knows wording; must not reckon anything.
"""

from __future__ import annotations

from decimal import Decimal

from catalog.price import Money, Price, Quantity, Tier, TierMode
from catalog.term import EarlyTermination
from catalog.text import Text

_PER = {"day": "日", "week": "周", "month": "月", "quarter": "季", "year": "年"}
ROUNDING = Text(
    "每行账单四舍五入到分，此前不舍入；分摊按天，起始日计入、终止日不计",
    "each line is rounded half up to 0.01 and nothing before it; part months count days, the first and not the last",
)


def plain(value: Decimal) -> str:
    """A decimal as people write it, without needless zeros, six decimals at most."""
    text = f"{value.quantize(Decimal('0.000001')):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _measure(quantity: Quantity) -> str:
    return quantity.units if quantity.amount == 1 else f"{plain(quantity.amount)} {quantity.units}"


def _tier(tier: Tier | None, mode: TierMode) -> tuple[str, str]:
    if tier is None:
        return "", ""
    low = plain(tier.lower)
    if mode is TierMode.VOLUME:
        return f"，按达到的档位（{low} 起）全量计", f", all at the tier reached (from {low})"
    return f"，{low} 以上的部分", f", the part above {low}"


def fee(price: Price, money: Money, days: int, month_days: int, tier: Tier | None) -> Text:
    """A fee; `month_days` is 0 for one that is charged once."""
    value, (step, step_en) = plain(money.value), _tier(tier, price.tier_mode)
    if not month_days:
        return Text(f"一次性 {value} {money.unit}{step}", f"once {value} {money.unit}{step_en}")
    per = price.recurring_charge_period or "month"
    part = "" if days == month_days else f"，{days}/{month_days} 天"
    part_en = "" if days == month_days else f", {days} of {month_days} days"
    if per in ("quarter", "year"):
        part, part_en = f"，按月分摊{part}", f", the month's share{part_en}"
    return Text(f"每{_PER[per]} {value} {money.unit}{part}{step}", f"{value} {money.unit} a {per}{part_en}{step_en}")


def tried(days: int) -> Text:
    return Text(f"试用 {days} 天，免费", f"free for {days} days of a trial")


def use(price: Price, money: Money, tier: Tier | None) -> Text:
    assert price.unit_of_measure
    value, measure = plain(money.value), _measure(price.unit_of_measure)
    zh, en = f"每 {measure} {value} {money.unit}", f"{value} {money.unit} per {measure}"
    if price.rating_increment:
        raised = _measure(price.rating_increment)
        zh, en = f"{zh}，每次不足 {raised} 按 {raised} 计", f"{en}, each event rounded up to whole {raised}"
    if price.time_window:
        window = f"{price.time_window.start:%H:%M}–{price.time_window.end:%H:%M}"
        zh, en = f"{zh}，{window} 时段", f"{en}, begun within {window}"
    step, step_en = _tier(tier, price.tier_mode)
    return Text(zh + step, en + step_en)


def connection(money: Money) -> Text:
    value = f"{plain(money.value)} {money.unit}"
    return Text(f"每次接通 {value}", f"{value} for each connection")


def allowance(included: Decimal, used: Decimal, units: str, carried: bool) -> Text:
    given, taken = plain(included), plain(used)
    if carried:
        zh, en = f"上月结转 {given} {units}，已用 {taken}", f"{taken} used of {given} {units} from last month"
    else:
        zh, en = f"包含 {given} {units}，已用 {taken}", f"{taken} used of {given} {units} included"
    return Text(zh, en)


def discount(price: Price, percentage: Decimal | None, base: Decimal, committed: Decimal | None) -> Text:
    if percentage is None:
        given = f"{plain(price.price.value)} {price.price.unit}" if price.price else ""
        kept = (
            Text("，未用完可结转", ", what is left is carried over")
            if price.carry_over
            else Text("，不结转", ", no carry-over")
        )
        return Text(f"抵扣 {given}{kept.zh}", f"a credit of {given}{kept.en}")
    share = plain(percentage)
    zh, en = f"{plain(base)} 减 {share}%", f"{share} % off {plain(base)}"
    if committed is not None:
        zh, en = f"{zh}，承诺消费 {plain(committed)}", f"{en}, for a commitment of {plain(committed)}"
    return Text(zh, en)


def true_up(minimum: Decimal, actual: Decimal, percentage: Decimal) -> Text:
    owed, spent, share = plain(minimum), plain(actual), plain(percentage)
    return Text(
        f"最低消费 {owed}，折扣前实际 {spent}，差额的 {share}%",
        f"{share} % of what {spent}, before discounts, falls short of the minimum {owed}",
    )


def early(cost: EarlyTermination, monthly: Decimal, months: Decimal) -> Text:
    if cost.price:
        return Text("提前终止违约金", "leaving before the term ends")
    share, fee_, left = plain(cost.percentage or Decimal(0)), plain(monthly), plain(months)
    return Text(
        f"提前终止：剩余 {left} 个月 × 月费 {fee_} 的 {share}%",
        f"leaving early: {share} % of {fee_} a month for the {left} months that are left",
    )
