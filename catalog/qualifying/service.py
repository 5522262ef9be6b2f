"""Whether somebody may buy what they ask for (TMF679).

Knows how rules, reasons and proposals make an answer; must not be asked for whole catalogs: that is `Rules.qualify`.
"""

from __future__ import annotations

from collections.abc import Sequence

from catalog.eligibility import Qualification, Rule
from catalog.policies.policy import Visibility
from catalog.qualifying.proposals import Instead
from catalog.qualifying.qualification import Answered, Asked, Reason, Result
from catalog.qualifying.reasons import reasons, too_complex

# What is not sold to anybody is not shown either.
NOT_SHOWN = frozenset({Rule.RETIRED, Rule.NOT_YET_IN_FORCE, Rule.NOT_SELLABLE})


def answer(asked: Asked, codes: Sequence[str], replacing: frozenset[str] = frozenset()) -> tuple[Answered, ...]:
    """One result for each code, in their order; what is `replacing` would give way to the purchase."""
    found, instead = asked.qualify(replacing), Instead(asked)
    return tuple(_answer(asked, code, found, instead, replacing) for code in codes)


def _answer(asked: Asked, code: str, found: Qualification, instead: Instead, replacing: frozenset[str]) -> Answered:
    offering = asked.moment.offerings.get(code)
    if offering and code in found.leads:
        complexity = too_complex(asked)
        return Answered(code, offering, Result.QUALIFIED, None, True, (complexity,), instead.elsewhere(offering))
    if offering and code in found.qualified:
        return Answered(code, offering, Result.QUALIFIED, None, False, (), ())
    why = reasons(asked, code, replacing)
    others = instead.of(code, why)
    result = Result.ALTERNATE if others else Result.UNQUALIFIED
    return Answered(code, offering, result, _visibility(why), False, why, others)


def _visibility(why: Sequence[Reason]) -> Visibility:
    """One reason to hide it is enough."""
    hidden = any(one.visibility is Visibility.HIDDEN or (one.rule in NOT_SHOWN and not one.part) for one in why)
    return Visibility.HIDDEN if hidden or not why else Visibility.LOCKED
