"""A ProductOfferingTerm of any system as a term of our document.

Knows durations; must not know who offers the term.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from catalog.tmf620 import words
from catalog.tmf620.read_specification import dates
from catalog.tmf620.taking import Taker

Json = dict[str, Any]


def term(taker: Taker) -> Json:
    """A term; one of another system binds."""
    name = taker.string("name")
    code = taker.ours.get("code") or taker.string("id") or name or "term"
    node: Json = {"code": code, "kind": "BINDING"}
    texts = words.both(name, taker.ours.get("name")) if not taker.is_ours or "name" in taker.ours else {}
    if texts:
        node["name"] = texts
    duration = taker.inner("duration")
    if duration is not None:
        amount, units = words.decimal(duration.take("amount")) or "1", words.singular(duration.string("units") or "?")
        if words.letters(units) == "week":
            amount, units = f"{Decimal(amount) * 7:f}", "day"
        node["duration"] = {"amount": amount, "units": units if units in ("day", "month", "year") else units.lower()}
        duration.close()
    node |= dates(taker)
    return {**node, **{key: value for key, value in taker.ours.items() if key not in node or key == "kind"}}
