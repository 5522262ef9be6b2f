"""Labels of customers (product.md P23): what one means, the rule that sets it, and what people and rules said of whom.

Knows tags and the conditions that set them; must not know where customers are kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from catalog.eligibility.conditions import Conditions, Formula
from catalog.eligibility.facts import Facts
from catalog.eligibility.numbering import Numbering
from catalog.market import MarketSegment
from catalog.offering import Offering
from catalog.period import ALWAYS, Period
from catalog.policies.condition import HELD_CATEGORY, HELD_FAMILY, HELD_OFFERING, MARKET_CODE, Condition
from catalog.text import Text

PERSON, RULE = "PERSON", "RULE"


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag without a condition is set by people and files alone."""

    code: str
    name: Text
    condition: Condition | None = None
    valid: Period = ALWAYS
    etag: int = 1


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of one tag of one customer: that it holds, or that it does not, until `until` (None: for ever)."""

    code: str
    is_set: bool
    source: str
    by: str
    reason: str | None
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules change of one customer: tags that they set, and such of theirs that no longer hold."""

    customer_id: int
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TagRules:
    """The conditions of all tags that have one, each check numbered once; made by `compile_tags`."""

    formulas: Mapping[str, Formula]
    conditions: Conditions
    by_holding: Mapping[str, int]

    def tags_of(self, facts: Facts, held: Iterable[str]) -> set[str]:
        """The tags whose condition holds for a customer with these facts who holds these codes."""
        checks = 0
        for code in held:
            checks |= self.by_holding.get(code, 0)
        markets = facts.get(MARKET_CODE)
        true, false = self.conditions.judge(facts, markets if isinstance(markets, frozenset) else None, checks)
        return {code for code, formula in self.formulas.items() if formula.holds(true, false)}


def compile_tags(
    tags: Iterable[Tag],
    at: datetime,
    offerings: Iterable[Offering],
    above: Mapping[str, frozenset[str]],
    markets: Mapping[str, MarketSegment],
) -> TagRules:
    """The rules of the tags in force at `at`. `above` maps a category to itself and all above it."""
    numbering = Numbering()
    formulas = {one.code: numbering.formula(one.condition) for one in tags if one.condition and one.valid.contains(at)}
    by_value: dict[tuple[str, object], int] = defaultdict(int)
    for check, bit in numbering.held:
        for value in check.values:
            by_value[check.fact, value] |= bit
    by_holding = {one.code: _checks(one, by_value, above) for one in offerings} if by_value else {}
    return TagRules(formulas, numbering.conditions(markets), by_holding)


def _checks(one: Offering, by_value: Mapping[tuple[str, object], int], above: Mapping[str, frozenset[str]]) -> int:
    found = by_value.get((HELD_OFFERING, one.code), 0) | by_value.get((HELD_FAMILY, one.family), 0)
    for category in {higher for code in one.category for higher in above.get(code, {code})}:
        found |= by_value.get((HELD_CATEGORY, category), 0)
    return found


def verdict(customer_id: int, said: Iterable[Said], holding: set[str], at: datetime) -> Verdict | None:
    """What changes for a customer of whom the conditions of `holding` are true; None when nothing does.

    What a person said stands until it ends, whatever a rule would say.
    """
    standing = [one for one in said if one.until is None or one.until > at]
    named = {one.code for one in standing}
    ours = {one.code for one in standing if one.source == RULE}
    added, removed = tuple(sorted(holding - named)), tuple(sorted(ours - holding))
    return Verdict(customer_id, added, removed) if added or removed else None
