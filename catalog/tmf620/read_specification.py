"""A ProductSpecification of any system as a node of our document, and the characteristics that an offering uses.

Knows characteristics; must not know offerings or prices. Both spellings of the values are read: that of v5 and of v4.
"""

from __future__ import annotations

import json
from typing import Any

from catalog.tmf620 import words
from catalog.tmf620.taking import Taker, clean

Json = dict[str, Any]
_VALUES = ("characteristicValueSpecification", "productSpecCharacteristicValue")


def dates(taker: Taker) -> Json:
    """{"validFor": …}, or nothing when the resource holds always."""
    valid = taker.inner("validFor")
    if valid is None:
        return {}
    found = {key: value for key in ("startDateTime", "endDateTime") if (value := valid.take(key))}
    valid.close()
    return {"validFor": found} if found else {}


def specification(taker: Taker) -> Json:
    """The node of a specification; the resource is used up."""
    code = taker.string("id") or taker.known_as
    node: Json = {"code": code, "name": words.both(taker.string("name") or code, taker.ours.get("name"))}
    for key in ("brand", "productNumber", "version"):
        said = taker.string(key)
        if said:
            node[key] = said
    stage = taker.take("lifecycleStatus")
    known = words.ours(stage, words.LIFECYCLE)
    if known:
        node["lifecycleStatus"] = known
    else:
        taker.keep("lifecycleStatus", stage)
    node |= dates(taker)
    node["productSpecCharacteristic"] = [_characteristic(one) for one in taker.each("productSpecCharacteristic")]
    node["productSpecificationRelationship"] = list(_relations(taker))
    rest = {key: value for key, value in taker.ours.items() if key not in node}
    taker.close()
    return {**node, **rest}


def _relations(taker: Taker) -> list[Json]:
    found = []
    for one in taker.each("productSpecificationRelationship"):
        kind = {"dependency": "DEPENDENCY", "exclusivity": "EXCLUSIVITY", "migration": "MIGRATION"}.get(
            words.letters(one.fields.get("relationshipType")),
            "SUBSTITUTION" if words.letters(one.fields.get("relationshipType")) == "substitution" else None,
        )
        if kind is None:
            continue
        one.take("relationshipType")
        one.take("name")
        found.append({"relationshipType": kind, "target": one.string("id") or "?"})
    return found


def _characteristic(taker: Taker) -> Json:
    name = taker.string("name") or "?"
    node: Json = {"name": name, "valueType": words.value_type(taker.take("valueType"))}
    label = words.both(taker.string("description"), taker.ours.get("label"))
    if label:
        node["label"] = label
    if taker.fields.get("configurable") is not None:
        node["configurable"] = bool(taker.take("configurable"))
    for key in ("minCardinality", "maxCardinality"):
        node[key] = taker.take(key)
    node["minCardinality"] = node["minCardinality"] or 0
    node["productSpecCharacteristicValue"] = [
        value for key in _VALUES for one in taker.each(key) if (value := _value(one))
    ]
    return node


def _value(taker: Taker) -> Json:
    taker.take("valueType")
    found: Json = {}
    for key in ("valueFrom", "valueTo"):
        bound = words.decimal(taker.take(key))
        if bound is not None:
            found[key] = bound
    value = taker.take("value")
    if value is not None:
        found["value"] = as_text(value)
    unit = taker.string("unitOfMeasure")
    if unit:
        found["unitOfMeasure"] = unit
    if taker.take("isDefault"):
        found["isDefault"] = True
    return found if found.keys() & {"value", "valueFrom", "valueTo"} else {}


def as_text(value: Any) -> str:
    """Any value of a characteristic as our text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return clean(json.dumps(value, ensure_ascii=False, default=str))
    return clean(str(value))


def value_use(taker: Taker) -> Json | None:
    """The values of one characteristic that an offering uses; None when it names none."""
    values: list[str] = []
    default = None
    for key in _VALUES:
        for one in taker.each(key):
            said = as_text(value) if (value := one.take("value")) is not None else ""
            one.take("valueType")
            if said:
                values.append(said)
            if one.take("isDefault") and said and default is None:
                default = said
    taker.take("valueType")
    name = taker.string("name") or "?"
    if not values:
        taker.keep("name", name)
        return None
    return {"name": name, "value": values, **({"default": default} if default else {})}
