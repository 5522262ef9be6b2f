"""Who may buy what (TMF679): rules compiled once for a stretch of time, asked of one customer or of very many.

Knows the catalog and facts of customers; must not know how likely anybody is to buy.
"""

from catalog.eligibility.batch import Allowed, Batch, batch
from catalog.eligibility.compiling import ENDED, Ground, compile_rules, concern
from catalog.eligibility.facts import Facts, facts_of
from catalog.eligibility.judging import Here
from catalog.eligibility.population import Numbers, Population, Ragged, Words, population_of, tenures
from catalog.eligibility.rule import Qualification, Rule
from catalog.eligibility.rules import Rules

__all__ = [
    "ENDED",
    "Allowed",
    "Batch",
    "Facts",
    "Ground",
    "Here",
    "Numbers",
    "Population",
    "Qualification",
    "Ragged",
    "Rule",
    "Rules",
    "Words",
    "batch",
    "compile_rules",
    "concern",
    "facts_of",
    "population_of",
    "tenures",
]
