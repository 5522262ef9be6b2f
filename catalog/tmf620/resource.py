"""How a resource is put together, and what of our node goes into which part of it.

Knows @type, @baseType and our own attribute; must not know any single kind of resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from catalog.tmf620 import words
from catalog.tmf620.words import OURS

Json = dict[str, Any]


def resource(kind: str, said: Json, rest: Mapping[str, Any]) -> Json:
    """A resource of what the standard can say, with what is left of our node in an attribute of ours."""
    standard = {key: value for key, value in said.items() if value not in (None, [], {})}
    left = {key: value for key, value in rest.items() if value not in ([], {})}
    if not left:
        return {**standard, "@type": kind}
    return {**standard, OURS: left, "@type": f"Jishi{kind}", "@baseType": kind}


def text(node: Json, key: str, language: str) -> str | None:
    """The node's text in one language; it stays in the node when the other would be lost."""
    string = words.said(node.get(key), language)
    if not words.needs_ours(node.get(key), string):
        node.pop(key, None)
    return string


def refs(codes: Iterable[str], kind: str) -> list[Json]:
    return [{"id": code, "@type": f"{kind}Ref", "@referredType": kind} for code in codes]
