"""What is wrong with a catalog, what will be, and what could be better (domain.md, lint).

Knows the whole catalog as values; must not know where it is kept.
"""

from catalog.linting.codes import RULES
from catalog.linting.finding import Finding, Rule, Severity, Subject

__all__ = ["RULES", "Finding", "Rule", "Severity", "Subject"]
