"""A ProductOffering of any system as a node of our document.

Knows an offering's own fields, its bundle and the prices that it refers to; must not know the file around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from catalog.tmf620 import words
from catalog.tmf620.read_price import price
from catalog.tmf620.read_specification import dates, value_use
from catalog.tmf620.read_term import term
from catalog.tmf620.taking import Ledger, Path, Taker, clean

Json = dict[str, Any]
_REFERENCES = {"category": "category", "channel": "channel", "place": "place", "marketSegment": "marketSegment"}


class OfferingReader:
    """`prices` are the file's, by id; `used` are those that an offering had; names of references go to `document`."""

    def __init__(self, ledger: Ledger, prices: dict[str, tuple[Json, Path]], document: Json) -> None:
        self.ledger, self.prices, self.document = ledger, prices, document
        self.used: set[str] = set()

    def offering(self, taker: Taker, version: int | None, place: Path, places: dict[Path, Path]) -> Json:
        """The node; the resource is used up. Places of prices go into `places`."""
        code = taker.string("id") or taker.known_as
        node: Json = {"code": code, "name": words.both(taker.string("name") or code, taker.ours.get("name"))}
        if version is not None:
            node["version"] = version
            taker.take("version")
        description = words.both(taker.string("description"), taker.ours.get("description"))
        if description:
            node["description"] = description
        _stage(taker, node)
        if isinstance(taker.fields.get("isSellable"), bool):
            node["isSellable"] = taker.take("isSellable")
        taker.take("isBundle")
        node |= dates(taker)
        self._references(taker, node)
        node |= _lists(taker)
        specified = taker.inner("productSpecification")
        if specified is not None and (target := specified.string("id")):
            node["productSpecification"] = target
            specified.take("name")
            specified.take("version")
            specified.close()
        self._prices(taker, node, place, places)
        _bundle(taker, node)
        rest = {key: value for key, value in taker.ours.items() if key not in node and key != "partOrder"}
        taker.close()
        return {**node, **rest}

    def _references(self, taker: Taker, node: Json) -> None:
        for key in _REFERENCES:
            codes: list[Any] = []
            for one in taker.each(key):
                code, name = one.string("id") or one.string("name"), one.string("name")
                if not code:
                    continue
                codes.append({"id": code, **one.ours} if one.ours else code)
                one.take("version")
                if name and key == "category":
                    node.setdefault("categoryNames", {})[code] = name
                elif name and key in ("channel", "place"):
                    self._register(key, code, name)
            if codes:
                node[key] = codes
        if taker.is_ours:
            policies = [one.string("id") for one in taker.each("policy")]
            if policies:
                node["policy"] = policies

    def _register(self, key: str, code: str, name: str) -> None:
        """A reference that says a name makes an entry, unless there is one."""
        entries = self.document.setdefault(key, [])
        if all(entry["code"] != code for entry in entries):
            entries.append({"code": code, "name": words.guessed(name)})

    def _prices(self, taker: Taker, node: Json, place: Path, places: dict[Path, Path]) -> None:
        codes: dict[str, str] = {}
        found: list[Json] = []
        for one in taker.each("productOfferingPrice"):
            known_as = clean(str(one.fields.get("id") or one.fields.get("name") or "?"))
            embedded = "priceType" in one.fields and known_as not in self.prices
            for resource in [one] if embedded else self._resolved(one, known_as, frozenset()):
                places[(*place, "productOfferingPrice", len(found))] = resource.path
                own = clean(str(resource.fields.get("id") or resource.fields.get("name") or known_as))
                made = price(resource)
                self._term(made, node)
                codes[own] = made["code"]
                found.append(made)
            one.fields = {} if not embedded else one.fields
        for made in found:
            if not taker.is_ours and "appliesTo" in made:
                made["appliesTo"] = [codes[one] for one in made["appliesTo"] if one in codes]
        if found:
            node["productOfferingPrice"] = found

    def _resolved(self, one: Taker, known_as: str, above: frozenset[str]) -> Iterator[Taker]:
        """The price with this id; of a bundle of prices, those in it."""
        if known_as in above:
            return
        if known_as not in self.prices:
            en, zh = f"there is no productOfferingPrice with the id {known_as}", f"没有编号为 {known_as} 的价格"
            one.wrong("id", "UNKNOWN_CODE", en, zh)
            return
        value, path = self.prices[known_as]
        self.used.add(known_as)
        taker = Taker(value, self.ledger, "productOfferingPrice", known_as, path)
        inside = taker.fields.get("bundledPopRelationship") or []
        if not inside:
            yield taker
            return
        for inner in taker.each("bundledPopRelationship"):
            yield from self._resolved(inner, clean(str(inner.fields.get("id"))), above | {known_as})
            inner.fields = {}
        for key in ("id", "name", "isBundle", "priceType", "lifecycleStatus"):
            taker.take(key)
        taker.close()

    def _term(self, made: Json, node: Json) -> None:
        """A price that is bound to a term of its own brings the term along."""
        bound = made.pop("boundTo", None)
        if bound:
            known = node.setdefault("productOfferingTerm", [])
            if all(term["code"] != bound["code"] for term in known):
                known.append(bound)
            made["term"] = bound["code"]


def _stage(taker: Taker, node: Json) -> None:
    said = taker.take("lifecycleStatus")
    known = words.ours(said, words.LIFECYCLE)
    node["lifecycleStatus"] = known or "IN_DESIGN"
    if known is None:
        taker.keep("lifecycleStatus", said)
    reason = taker.string("statusReason")
    if reason:
        node["statusReason"] = reason


def _lists(taker: Taker) -> Json:
    found: Json = {
        "allowedAction": [said for one in taker.each("allowedAction") if (said := one.string("action"))],
        "externalIdentifier": [
            {"owner": one.string("owner") or one.string("externalIdentifierType") or "-", "id": one.string("id") or "-"}
            for one in taker.each("externalIdentifier")
        ],
        "prodSpecCharValueUse": [use for one in taker.each("prodSpecCharValueUse") if (use := value_use(one))],
        "productOfferingTerm": [term(one) for one in taker.each("productOfferingTerm")],
        "productOfferingRelationship": [
            relation for one in taker.each("productOfferingRelationship") if (relation := _relation(one))
        ],
    }
    return {key: value for key, value in found.items() if value}


def _relation(taker: Taker) -> Json | None:
    kind = words.relationship(taker.fields.get("relationshipType"))
    if kind is None:
        return None
    taker.take("relationshipType")
    taker.take("name")
    target = taker.string("id") or "?"
    return {"relationshipType": kind, "target": target, **({"group": target} | taker.ours)}


def _bundle(taker: Taker, node: Json) -> None:
    parts: list[Json] = [_part(one, None) for one in taker.each("bundledProductOffering")]
    groups: list[Json] = []
    for one in taker.each("bundledGroupProductOffering"):
        _group(one, None, parts, groups)
    order = {code: position for position, code in enumerate(taker.ours.get("partOrder", ()))}
    if parts:
        node["bundledProductOffering"] = sorted(parts, key=lambda part: order.get(part["code"], len(order)))
    if groups:
        node["bundledGroup"] = groups


def _part(taker: Taker, group: str | None) -> Json:
    taker.take("name")
    taker.take("version")
    node: Json = {"code": taker.string("id") or "?", "lower": 0 if group else 1}
    option = taker.inner("bundledProductOfferingOption")
    if option is not None:
        node["lower"] = _count(option.take("numberRelOfferLowerLimit")) or 0
        default = _count(option.take("numberRelOfferDefault"))
        node["default"] = node["lower"] if default is None else default
        node["upper"] = _count(option.take("numberRelOfferUpperLimit"))
        option.close()
    inside = group or taker.ours.get("group")
    return {**node, **({"group": inside} if inside else {})}


def _group(taker: Taker, parent: str | None, parts: list[Json], groups: list[Json]) -> None:
    name = taker.string("name")
    code = taker.string("id") or name or f"group{len(groups) + 1}"
    node: Json = {"code": code}
    texts = words.both(name, taker.ours.get("name"))
    if texts:
        node["name"] = texts
    option = taker.inner("bundledGroupProductOfferingOption")
    if option is not None:
        node["lower"] = _count(option.take("numberRelOfferLowerLimit")) or 0
        node["upper"] = _count(option.take("numberRelOfferUpperLimit"))
        option.close()
    above = parent or taker.ours.get("parent")
    groups.append({**node, **({"parent": above} if above else {})})
    parts += [_part(one, code) for one in taker.each("bundledProductOffering")]
    for one in taker.each("bundledGroupProductOffering"):
        _group(one, code, parts, groups)


def _count(value: Any) -> Any:
    """A whole number, also from a string; None for any number, which others write as -1."""
    if isinstance(value, str) and value.lstrip("-").isdecimal():
        value = int(value)
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = int(value)
    return None if value == -1 else value
