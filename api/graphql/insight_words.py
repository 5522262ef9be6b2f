"""How insight is said: names of levels, stages, moments and plays, and what sets a segment apart, as sentences.

Knows wording; must not know how a figure is reckoned, and never says a sensitive attribute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.graphql.common import View
from catalog.text import Text
from recommender.insight.churn import OWN
from recommender.insight.definition import Words

FEATURES = {
    "revenue": Text("月收入", "monthly revenue"),
    "use": Text("上月使用天数", "days of use in the last month"),
    "products": Text("自愿订购的产品数", "products held of their own will"),
    "tenure": Text("在网月数", "months since joining"),
    "voluntary": Text("自愿订购的产品数", "products held of their own will"),
    "started": Text("近一窗口新订产品数", "products begun in the last window"),
    "ended": Text("近一窗口终止产品数", "products ended in the last window"),
    "before": Text("此前每月使用天数", "days of use a month before"),
    "trend": Text("使用趋势", "trend of use"),
    "volume_trend": Text("流量趋势", "trend of data"),
    "activity": Text("持有产品中在用的占比", "share of products that are used"),
    "kind": Text("客户类型", "kind of customer"),
}
MORE = Text("{}较多", "more {}")
LESS = Text("{}较少", "less {}")
COUNT_OF = Text("{}类产品", "{} products")
LABELLED = Text("{}：{}", "{}: {}")
TIMES = Text("{}，为全体的 {} 倍（{} 对 {}）", "{}, {} times the average ({} against {})")
AGAINST = Text("{}（{} 对 {}）", "{} ({} against {})")
MOST_SAID = 3


def text(words: Words) -> Text:
    """Words of a definition as a text of the API."""
    return Text(words.zh, words.en)


def subject(kind: str, key: str, label: str | None, view: View) -> str | None:
    """What a trait or a driver speaks of; None where it may not be said or is no longer known."""
    snapshot = view.moment.snapshot
    if key.startswith(OWN) or kind == "FEATURE":
        name = view.say(FEATURES[key.removeprefix(OWN)])
    elif kind == "CATEGORY":
        category = snapshot.categories.get(key)
        return view.say(COUNT_OF).format(view.say(category.name) if category else key)
    elif kind == "HOLDING":
        held = snapshot.latest(key)
        return view.say(held.name) if held else key
    else:
        attribute = snapshot.attributes.get(key)
        if attribute is None or attribute.sensitive:
            return None
        # English names of numbers end so that a reason can go on with the number: "service calls of 2".
        name = (view.say(attribute.name) or key).removesuffix(" of")
    return view.say(LABELLED).format(name, label) if label is not None else name


def said(trait: Mapping[str, Any], view: View) -> str | None:
    """A trait of a segment as a sentence."""
    what = subject(trait["kind"], trait["key"], trait["label"], view)
    if what is None:
        return None
    direction = view.say(MORE if trait["distance"] > 0 else LESS).format(what)
    mean, reference = (_number(trait[name], trait["label"] is not None) for name in ("mean", "reference"))
    if trait["lift"] is None:
        return view.say(AGAINST).format(direction, mean, reference)
    return view.say(TIMES).format(direction, f"{trait['lift']:.1f}", mean, reference)


def in_short(traits: Sequence[Mapping[str, Any]], view: View) -> str:
    """What sets a segment apart most, as one line."""
    parts = []
    for trait in traits:
        what = subject(trait["kind"], trait["key"], trait["label"], view)
        if what is not None:
            parts.append(view.say(MORE if trait["distance"] > 0 else LESS).format(what))
    return ("；" if view.language == "zh" else ", ").join(parts[:MOST_SAID])


def _number(amount: float, is_share: bool) -> str:
    if is_share:
        return f"{amount:.0%}"
    return f"{amount:,.0f}" if abs(amount) >= 100 else f"{amount:.3g}"
