"""Specifications with their characteristics, and the values of them that an offering uses.

Knows characteristics; must not know offerings or prices.
"""

from __future__ import annotations

from urllib.parse import quote

from catalog.tmf620 import words
from catalog.tmf620.resource import Json, refs, resource, text


def specification(node: Json, language: str) -> Json:
    """The resource of a specification."""
    code = node.pop("code")
    standard = {
        "id": code,
        "href": f"/productSpecification/{quote(code, safe='')}",
        "name": text(node, "name", language),
        "brand": node.pop("brand", None),
        "productNumber": node.pop("productNumber", None),
        "version": node.pop("version", None),
        "lifecycleStatus": words.LIFECYCLE.get(node.pop("lifecycleStatus", "")),
        "validFor": node.pop("validFor", None),
        "productSpecCharacteristic": [
            _characteristic(one, language) for one in node.pop("productSpecCharacteristic", ())
        ],
        "productSpecificationRelationship": [
            {**refs([one["target"]], "ProductSpecification")[0], "relationshipType": one["relationshipType"].lower()}
            for one in node.pop("productSpecificationRelationship", ())
        ],
    }
    return resource("ProductSpecification", standard, node)


def _characteristic(node: Json, language: str) -> Json:
    standard = {
        "name": node.pop("name"),
        "description": text(node, "label", language),
        "valueType": node.pop("valueType").lower(),
        "configurable": node.pop("configurable", None),
        "minCardinality": node.pop("minCardinality", None),
        "maxCardinality": node.pop("maxCardinality", None),
        "characteristicValueSpecification": [_value(one) for one in node.pop("productSpecCharacteristicValue", ())],
    }
    return resource("CharacteristicSpecification", standard, node)


def _value(node: Json) -> Json:
    bounds: Json = {key: words.number(node[key]) for key in ("valueFrom", "valueTo") if key in node}
    return {**node, **bounds, "@type": "CharacteristicValueSpecification"}


def value_use(node: Json) -> Json:
    """The values of one characteristic that an offering has or lets choose from."""
    values = [
        {"value": value, **({"isDefault": True} if value == node.get("default") else {})} for value in node["value"]
    ]
    return {
        "name": node["name"],
        "productSpecCharacteristicValue": values,
        "@type": "ProductSpecificationCharacteristicValueUse",
    }
