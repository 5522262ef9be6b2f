"""Facts that speak for an offering, as sentences in both languages; and which facts may be spoken of at all.

Knows what facts mean and are called; must not know how a weight came about, nor say what is not part of a score.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from catalog.customer import Attribute
from catalog.moment import Moment
from catalog.text import Text
from recommender.facts import CITY, JOINED, KIND, MARKET
from recommender.scored import Contribution

HOLDING_TEXTS = {
    "voluntary": Text("订购了{}的客户常会选择它", "customers who hold {} often take it"),
    "forced": Text("套餐带有{}的客户常会选择它", "customers whose bundle brought {} often take it"),
    "inactive": Text("持有但不常用{}的客户常会选择它", "customers who hold {} without using it often take it"),
    "ended": Text("曾订购{}的客户常会选择它", "customers who once held {} often take it"),
}
# How long ago something ended, as the models are told.
ENDED_TEXTS = {
    "< 30": Text("一个月内退订{}的客户常会选择它", "customers who ended {} within a month often take it"),
    "30 – 365": Text("一年内退订过{}的客户常会选择它", "customers who ended {} within a year often take it"),
}
POPULAR_TEXT = Text("受到许多客户欢迎", "many customers take it")
ATTRIBUTE_TEXT = Text("{0}为{1}的客户常会选择它", "customers with {0} {1} often take it")
NUMBER_TEXTS = {
    "<": Text("{0}低于 {1} 的客户常会选择它", "customers with {0} below {1} often take it"),
    "≥": Text("{0}不低于 {1} 的客户常会选择它", "customers with {0} {1} or more often take it"),
    "–": Text("{0}在 {1} 至 {2} 之间的客户常会选择它", "customers with {0} {1} to {2} often take it"),
}
DATE_TEXTS = {
    "within": Text("{0}在未来 {1} 内的客户常会选择它", "customers with {0} in the next {1} often take it"),
    "since": Text("{0}在过去 {1} 内的客户常会选择它", "customers with {0} in the last {1} often take it"),
    "before": Text("{0}在 {1} 以前的客户常会选择它", "customers with {0} more than {1} ago often take it"),
    "after": Text("{0}在 {1} 以后的客户常会选择它", "customers with {0} more than {1} ahead often take it"),
    "past": Text("{0}在 {1} 至 {2} 前的客户常会选择它", "customers with {0} {1} to {2} ago often take it"),
    "ahead": Text("{0}在 {1} 至 {2} 后的客户常会选择它", "customers with {0} {1} to {2} ahead often take it"),
}
KIND_TEXTS = {
    "PERSON": Text("个人客户常会选择它", "people often take it"),
    "ENTERPRISE": Text("集团客户常会选择它", "enterprises often take it"),
}
MARKET_NAMES = {
    "CAMPUS": Text("校园", "campus"),
    "PARK": Text("园区", "park"),
    "MARKET": Text("专业市场", "wholesale market"),
    "VILLAGE": Text("村庄", "village"),
    "BUILDING": Text("楼宇", "building"),
    "OTHER": Text("其他", "other"),
}
MARKET_TEXT = Text("所在聚类市场为{}的客户常会选择它", "customers who belong to a {} often take it")
CITY_TEXT = Text("{}的客户常会选择它", "customers in {} often take it")
# What the recommender learns from beside declared attributes, and every operator knows.
KNOWN_FACTS = {
    JOINED: Attribute(JOINED, "date", name=Text("入网时间", "their first day")),
    **{code: Attribute(code, "categorical") for code in (KIND, CITY, MARKET)},
}
_NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_BIN = re.compile(rf"(?:(?P<low>{_NUMBER}) – |(?P<sign>[<≥]) )(?P<high>{_NUMBER})")
# A date so near, in days, is a moment: something to act on now.
MOMENT_DAYS = 90.0

Words = tuple[Text | str, ...]
Sentence = tuple[Text, Words]

# The moments that are asked of, and the one before while requests still end.
KEPT = 4
LANGUAGES = ("zh", "en")
Key = tuple[str, str, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a fact, whatever it adds to a score; no `sentence`: it must not be spoken of, or cannot be."""

    sentence: Sentence | None
    is_moment: bool
    texts: Mapping[str, str]

    def text(self, language: str) -> str:
        """The sentence in one language, empty where there is none."""
        return self.texts["en" if language == "en" else "zh"] if self.sentence else ""


def told(fact: Contribution, moment: Moment) -> Told:
    """A fact's sentence; a model knows some thousand facts, so that each is worded once for a moment."""
    known, key = _told(moment), (fact.kind, fact.key, fact.value, fact.holding_kind)
    found = known.get(key)
    if found is None:
        spoken = sentence(fact, moment)
        texts = {language: said(spoken, language) for language in LANGUAGES} if spoken else {}
        found = known[key] = Told(spoken, is_moment(fact, moment), texts)
    return found


@lru_cache(maxsize=KEPT)
def _told(moment: Moment) -> dict[Key, Told]:
    return {}


def attribute(key: str, moment: Moment) -> Attribute | None:
    """A fact about a customer as the operator declared it, or as we do what every operator knows."""
    return moment.snapshot.attributes.get(key) or KNOWN_FACTS.get(key)


def sentence(fact: Contribution, moment: Moment) -> Sentence | None:
    """A pattern and what fills it; None: it must not be spoken of, being sensitive, or has no name to speak by."""
    if fact.kind == "POPULARITY":
        return POPULAR_TEXT, ()
    if fact.kind == "HOLDING":
        held = moment.snapshot.latest(fact.key)
        pattern = ENDED_TEXTS.get(fact.value or "") or HOLDING_TEXTS[fact.holding_kind or "voluntary"]
        return pattern, (held.name if held else fact.key,)
    known = attribute(fact.key, moment)
    if known is None or known.sensitive or fact.value is None:
        return None
    if known.kind == "categorical":
        return _category(known, fact.value, moment)
    # A column that nobody named is called by its code.
    name = known.name or known.code
    return _date(name, fact.value) if known.kind == "date" else _number(name, fact.value)


def is_moment(fact: Contribution, moment: Moment) -> bool:
    """Whether the fact is a date close by, like the end of a contract within a month."""
    known = attribute(fact.key, moment) if fact.kind == "ATTRIBUTE" else None
    if known is None or known.kind != "date" or fact.value is None:
        return False
    low, high = _ends(fact.value)
    return low is not None and high is not None and low >= -MOMENT_DAYS and high <= MOMENT_DAYS


def said(found: Sentence, language: str) -> str:
    """The sentence in one language."""
    pattern, words = found
    return pattern.said(language).format(*(word.said(language) if isinstance(word, Text) else word for word in words))


def _category(known: Attribute, value: str, moment: Moment) -> Sentence | None:
    if known.code == KIND:
        return (KIND_TEXTS[value], ()) if value in KIND_TEXTS else None
    if known.code == MARKET:
        return (MARKET_TEXT, (MARKET_NAMES[value],)) if value in MARKET_NAMES else None
    if known.code == CITY:
        place = moment.snapshot.places.get(value)
        return (CITY_TEXT, (place.name,)) if place else None
    return ATTRIBUTE_TEXT, (known.name or known.code, value)


def _ends(value: str) -> tuple[float | None, float | None]:
    """Where a bin begins and ends; None: nowhere."""
    found = _BIN.fullmatch(value)
    if found is None:
        return None, None
    number = float(found["high"])
    if found["sign"]:
        return (None, number) if found["sign"] == "<" else (number, None)
    return float(found["low"]), number


def _number(name: Text | str, value: str) -> Sentence:
    low, high = _ends(value)
    if low is None and high is None:
        return ATTRIBUTE_TEXT, (name, value)
    if low is None:
        return NUMBER_TEXTS["<"], (name, f"{high:g}")
    if high is None:
        return NUMBER_TEXTS["≥"], (name, f"{low:g}")
    return NUMBER_TEXTS["–"], (name, f"{low:g}", f"{high:g}")


def _date(name: Text | str, value: str) -> Sentence:
    """Bins of dates are days from now; the past is negative."""
    low, high = _ends(value)
    if low is None and high is None:
        return ATTRIBUTE_TEXT, (name, value)
    if low is None:
        return DATE_TEXTS["before"], (name, span(-(high or 0.0)))
    if high is None:
        return DATE_TEXTS["after"], (name, span(low))
    if low == 0:
        return DATE_TEXTS["within"], (name, span(high))
    if high == 0:
        return DATE_TEXTS["since"], (name, span(-low))
    if high < 0:
        return DATE_TEXTS["past"], (name, span(-high), span(-low))
    return DATE_TEXTS["ahead"], (name, span(low), span(high))


YEAR, MONTH = 365, 30
UNITS: Mapping[int, tuple[str, str]] = {YEAR: ("年", "year"), MONTH: ("个月", "month"), 1: ("天", "day")}


def span(days: float) -> Text:
    """365 → 1 年, 1 year; 180 → 6 个月, 6 months; 10 → 10 天, 10 days."""
    unit = next(size for size in UNITS if (days >= size and days % size == 0) or size == 1)
    count, (zh, en) = round(days / unit), UNITS[unit]
    return Text(f"{count} {zh}", f"{count} {en}{'s' if count > 1 else ''}")
