"""What value, risk, stages, segments, moments and plays mean to an operator, as data that is whole or refused.

It knows the shape and its limits; it must not know where it is kept or how anything is reckoned.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from recommender.errors import RecommenderError
from recommender.insight.reading import read

COMPONENTS = ("revenue", "tenure", "products", "use", "growth")
KINDS = ("PERSON", "ENTERPRISE")
STAGES = ("ACQUISITION", "BUILD_UP", "CLIMAX", "DECLINE", "EXIT")
QUADRANTS = ("HIGH_VALUE_HIGH_RISK", "HIGH_VALUE_LOW_RISK", "LOW_VALUE_HIGH_RISK", "LOW_VALUE_LOW_RISK")
STRENGTHS = ("VERY_STRONG", "BASIC", "NONE")
DATA_USES = ("NO_PACKAGE", "NONE", "LOW", "NORMAL", "HIGH", "OVER")
RULES = ("ATTRIBUTE_CHANGE", "SILENCE", "RUNNING_OUT", "DATE_NEAR", "NEW_JOINER")
MATRICES = ("KEEPING", "VOICE", "SERVICES", "DATA", "MOMENT")
FACETS = ("level", "quadrant", "strength", "stage", "calling", "dataUse", "moment")


class BadDefinition(RecommenderError):
    """A definition that cannot be used; the message says where it is wrong."""


@dataclass(frozen=True, slots=True)
class Words:
    """The same in Chinese and English; both are there."""

    zh: str
    en: str

    def __post_init__(self) -> None:
        if not self.zh or not self.en:
            raise ValueError("say it in zh and en")


@dataclass(frozen=True, slots=True)
class Level:
    """A level of the pyramid: the next `share` of the customers of a kind, by value score."""

    code: str
    share: float
    name: Words


@dataclass(frozen=True, slots=True)
class Value:
    """`weights[kind][component]`; `levels[kind]` from the top; `unmanaged` is the level of enterprises without an
    account manager whose size class is none of D to G; `high` are the levels that count as high value."""

    weights: Mapping[str, Mapping[str, float]]
    levels: Mapping[str, tuple[Level, ...]]
    unmanaged: tuple[Level, ...]
    high: tuple[str, ...]
    definition: Words

    def __post_init__(self) -> None:
        for kind in KINDS:
            weights, levels = self.weights.get(kind), self.levels.get(kind)
            if not weights or set(weights) - set(COMPONENTS) or min(weights.values()) < 0 or not sum(weights.values()):
                raise ValueError(f"weights of {kind} are positive and of {', '.join(COMPONENTS)}")
            if not levels or abs(sum(level.share for level in levels) - 1) > 1e-6:
                raise ValueError(f"the shares of the levels of {kind} make 1")
        if not self.unmanaged:
            raise ValueError("unmanaged names at least one level")


@dataclass(frozen=True, slots=True)
class Strength:
    """From this probability of leaving on, an offer of this strength."""

    at_least: float
    strength: str

    def __post_init__(self) -> None:
        if self.strength not in STRENGTHS or not 0 <= self.at_least <= 1:
            raise ValueError(f"a strength is one of {', '.join(STRENGTHS)}, from a probability on")


@dataclass(frozen=True, slots=True)
class Churn:
    """Who ends everything (of `main_families`, when named) within `days` has left. `least_leavers` are needed in each
    of two windows; a risk is high from `high_lift` times the usual; `strengths` from the highest."""

    days: int
    main_families: tuple[str, ...]
    least_leavers: int
    high_lift: float
    strengths: tuple[Strength, ...]
    horizon_months: float
    margin: float
    definition: Words

    def __post_init__(self) -> None:
        bounds = [one.at_least for one in self.strengths]
        if bounds != sorted(bounds, reverse=True) or not bounds or bounds[-1] != 0:
            raise ValueError("strengths run from the highest probability down to 0")
        if not 7 <= self.days <= 366:
            raise ValueError("days lie between 7 and 366")

    def strength(self, risk: float | None) -> str | None:
        """The strength of a retention offer at this risk; None where the risk is not known."""
        if risk is None:
            return None
        return next(one.strength for one in self.strengths if risk >= one.at_least)


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """`acquisition_months` after joining; use that fell or rose by more than a share tells decline or build-up."""

    acquisition_months: float
    fall: float
    rise: float
    names: Mapping[str, Words]
    definition: Words

    def __post_init__(self) -> None:
        if set(self.names) != set(STAGES):
            raise ValueError(f"names has each of {', '.join(STAGES)}")


@dataclass(frozen=True, slots=True)
class Segments:
    """Clusters are tried for each `k`; `without` names attributes that say nothing about needs."""

    k: tuple[int, ...]
    seed: int
    without: tuple[str, ...]
    definition: Words

    def __post_init__(self) -> None:
        if not self.k or min(self.k) < 2 or max(self.k) > 20:
            raise ValueError("k are numbers from 2 to 20")


@dataclass(frozen=True, slots=True)
class MomentRule:
    """`rule` is one of RULES. Open for `days` from its day on; DATE_NEAR opens `before` days before the date."""

    code: str
    rule: str
    days: int
    name: Words
    definition: Words
    attribute: str | None = None
    before: int = 0
    share: float = 0.9

    def __post_init__(self) -> None:
        if self.rule not in RULES or self.days < 1 or self.before < 0:
            raise ValueError(f"a rule is one of {', '.join(RULES)}, open for at least a day")
        if self.rule in ("ATTRIBUTE_CHANGE", "DATE_NEAR", "RUNNING_OUT") and not self.attribute:
            raise ValueError(f"{self.rule} names an attribute")


@dataclass(frozen=True, slots=True)
class DataUse:
    """`attribute` is the data used a month in GB, against the allowances of what is held of `categories` (empty: of
    everything): low below one share, high from another; over when beyond them, or when `over_attribute` (what was paid
    beyond the package) reaches `over_from`."""

    attribute: str
    categories: tuple[str, ...]
    over_attribute: str | None
    over_from: float
    low: float
    high: float
    definition: Words


@dataclass(frozen=True, slots=True)
class CallingStep:
    """Up to, not including, `below` minutes a month; None: without limit."""

    code: str
    name: Words
    below: float | None = None


@dataclass(frozen=True, slots=True)
class Calling:
    """Calling segments by minutes a month (`attribute`), rising."""

    attribute: str
    steps: tuple[CallingStep, ...]
    definition: Words

    def __post_init__(self) -> None:
        bounds = [float("inf") if one.below is None else one.below for one in self.steps]
        if not bounds or bounds != sorted(bounds) or bounds[-1] != float("inf"):
            raise ValueError("steps rise, and the last has no `below`")


@dataclass(frozen=True, slots=True)
class Health:
    """Weights of the marks activity, retention, choice (not forced), satisfaction (not cancelled) and margin. A mark
    below `poor` is a warning; `prior` customers of the usual behaviour are added to every product."""

    weights: Mapping[str, float]
    poor: float
    prior: float
    definition: Words

    def __post_init__(self) -> None:
        marks = {"activity", "retention", "choice", "satisfaction", "margin"}
        if set(self.weights) != marks or min(self.weights.values()) < 0 or not sum(self.weights.values()):
            raise ValueError(f"weights has each of {', '.join(sorted(marks))}")
        if not 0 < self.poor < 1 or self.prior < 0:
            raise ValueError("poor lies between 0 and 1, and prior is not negative")


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A high share is from `high_share` of the largest in the category on; high growth is above `high_growth`, or above
    that of all subscriptions when it is null. Items below `small_share` of a category may be retired or merged."""

    high_share: float
    high_growth: float | None
    small_share: float
    definition: Words
    concentration: Words


@dataclass(frozen=True, slots=True)
class Cost:
    """What a play costs a customer: a fixed amount, and a share of the revenue of some months; it keeps `saves` of
    those who would have left."""

    fixed: float = 0.0
    share: float = 0.0
    months: float = 0.0
    saves: float = 0.0


@dataclass(frozen=True, slots=True)
class Play:
    """`when` maps facets to the values for which the play is meant; all must hold. `families` and `categories` are of
    offerings that it brings."""

    code: str
    matrix: str
    kinds: tuple[str, ...]
    when: Mapping[str, tuple[str, ...]]
    name: Words
    text: Words
    families: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    cost: Cost | None = None

    def __post_init__(self) -> None:
        if self.matrix not in MATRICES or not self.when or set(self.when) - set(FACETS):
            raise ValueError(f"a play is of {', '.join(MATRICES)} and meant for some of {', '.join(FACETS)}")
        if set(self.kinds) - set(KINDS) or not self.kinds:
            raise ValueError("kinds are PERSON, ENTERPRISE or both")


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything of it. `revenue_attribute` is what an attribute says of revenue a month, in the place of prices."""

    revenue_attribute: str | None
    value: Value
    churn: Churn
    lifecycle: Lifecycle
    segments: Segments
    moments: tuple[MomentRule, ...]
    data_use: DataUse
    calling: Calling
    health: Health
    portfolio: Portfolio
    plays: tuple[Play, ...]
    quadrants: Mapping[str, Words] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for codes in ([one.code for one in self.moments], [one.code for one in self.plays]):
            if len(set(codes)) != len(codes):
                raise ValueError("codes of moments and plays differ from one another")

    def level(self, code: str) -> Level | None:
        """The level with this code, of people or of enterprises."""
        groups = (*self.value.levels.values(), self.value.unmanaged)
        return next((level for levels in groups for level in levels if level.code == code), None)


def parse(content: Mapping[str, Any]) -> Definition:
    """Raises BadDefinition, which names the place."""
    try:
        return read(Definition, content, "")
    except ValueError as error:
        raise BadDefinition(f"the definition of insight cannot be used: {error} 洞察定义有误") from error


@lru_cache(maxsize=8)
def parse_text(text: str) -> Definition:
    """The same from JSON as it is stored, once for each text: reading one takes longer than the rest of an answer."""
    return parse(json.loads(text))


@cache
def built_in() -> dict[str, Any]:
    """The definition that holds until the operator puts another in its place; not to be changed."""
    folder = resources.files("recommender.insight")
    content: dict[str, Any] = json.loads(folder.joinpath("default.json").read_text("utf-8"))
    return content | {"plays": json.loads(folder.joinpath("plays.json").read_text("utf-8"))}
