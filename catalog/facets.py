"""How a set of offerings divides by what they are: the counts beside a list that a front-end filters by.

Knows columns of offerings; must not know how a set was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from catalog.columns import Columns, Field


class FacetField(StrEnum):
    CATEGORY = "CATEGORY"
    FAMILY = "FAMILY"
    CHANNEL = "CHANNEL"
    COMPLEXITY = "COMPLEXITY"
    KIND = "KIND"
    MONTHLY_FEE = "MONTHLY_FEE"


COLUMNS = {
    FacetField.CATEGORY: Field.CATEGORY,
    FacetField.FAMILY: Field.FAMILY,
    FacetField.CHANNEL: Field.OPEN_CHANNEL,
    FacetField.COMPLEXITY: Field.COMPLEXITY,
    FacetField.KIND: Field.IS_BUNDLE,
    FacetField.MONTHLY_FEE: Field.BAND,
}
KINDS = {True: "BUNDLE", False: "OFFERING"}
Counts = Mapping[FacetField, Mapping[str, int]]


def counted(columns: Columns, rows: int, fields: Iterable[FacetField]) -> Counts:
    """field → value → how many of `rows` have it. One in a category counts for those above it too."""
    return {field: _counted(columns, rows, field) for field in fields}


def _counted(columns: Columns, rows: int, field: FacetField) -> dict[str, int]:
    found = dict(columns[COLUMNS[field]].counted(rows))
    without = found.pop(None, 0)
    if field is FacetField.KIND:
        return {KINDS[bool(value)]: count for value, count in found.items()}
    # Without a list of channels it is sold in each of them.
    everywhere = without if field is FacetField.CHANNEL else 0
    return {str(value): count + everywhere for value, count in found.items()}
