"""A solution for cluster markets: offerings and bundles that are brought to many markets, differing only where a market
differs (product.md P3).

Knows the set, its parameters and what a market must have; must not know the markets it was brought to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from catalog.documents.values import Path, ValueReader
from catalog.documents.written import Json, known, period
from catalog.errors import Problem
from catalog.market import MarketKind
from catalog.period import ALWAYS, Period
from catalog.solution_parameter import Parameter, ParameterType, problem_of, read_parameter, write_parameter
from catalog.text import EMPTY, Text

FIELDS = frozenset(
    {"code", "name", "description", "kind", "offering", "parameter", "requiredFact", "start", "end", "validFor"}
)
PRICED = (ParameterType.MONEY, ParameterType.PERCENTAGE)


@dataclass(frozen=True, slots=True)
class PriceOverride:
    """The amount (MONEY) or the percentage (PERCENTAGE) of the price `price` is what the market says of `parameter`."""

    price: str
    parameter: str


@dataclass(frozen=True, slots=True)
class SolutionPart:
    """A template; only markets that have all facts of `required_fact` get it."""

    offering: str
    prices: tuple[PriceOverride, ...] = ()
    required_fact: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Solution:
    """`kinds` are the kinds of market it is made for, none: any. A market needs every fact of `required_fact`.

    `start` and `end` name the parameters of type DATE that date a market's copies. Raises ValueError when parts or
    parameters contradict each other.
    """

    code: str
    name: Text
    description: Text = EMPTY
    kinds: tuple[MarketKind, ...] = ()
    parts: tuple[SolutionPart, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    required_fact: tuple[str, ...] = ()
    start: str | None = None
    end: str | None = None
    valid: Period = ALWAYS
    etag: int = field(default=1, compare=False)

    def __post_init__(self) -> None:
        codes = [part.offering for part in self.parts]
        names = [one.code for one in self.parameters]
        if len(set(codes)) < len(codes) or len(set(names)) < len(names):
            raise ValueError("an offering, and a parameter, stands in a solution once")
        for name, types in self._uses():
            found = self.parameter(name)
            if found is None:
                raise ValueError(f"there is no parameter {name}; declare it")
            if found.type not in types:
                raise ValueError(f"the parameter {name} is {found.type}, and must be {' or '.join(types)} here")

    @property
    def offering(self) -> tuple[str, ...]:
        """The codes of its templates."""
        return tuple(part.offering for part in self.parts)

    def parameter(self, code: str) -> Parameter | None:
        return next((one for one in self.parameters if one.code == code), None)

    def _uses(self) -> Iterator[tuple[str, tuple[ParameterType, ...]]]:
        yield from ((name, (ParameterType.DATE,)) for name in (self.start, self.end) if name)
        yield from ((override.parameter, PRICED) for part in self.parts for override in part.prices)


def read(reader: ValueReader, value: object, path: Path) -> Solution | None:
    """A solution as a catalog document has it."""
    node = reader.mapping(value, path, FIELDS)
    code, name = reader.code(node, "code", path), reader.text(node, "name", path, required=True)
    description, valid = reader.text(node, "description", path), reader.period(node, path)
    kinds = reader.each(
        node.get("kind"), (*path, "kind"), lambda one, at: reader.enum({"kind": one}, "kind", at, MarketKind, None)
    )
    parts = reader.each(node.get("offering"), (*path, "offering"), lambda one, at: _read_part(reader, one, at))
    parameters = reader.each(
        node.get("parameter"), (*path, "parameter"), lambda one, at: read_parameter(reader, one, at)
    )
    facts = tuple(reader.each(node.get("requiredFact"), (*path, "requiredFact"), reader.reference))
    start, end = reader.string(node, "start", path), reader.string(node, "end", path)
    return reader.build(
        path,
        lambda: Solution(
            code, name, description, tuple(kinds), tuple(parts), tuple(parameters), facts, start, end, valid
        ),
    )


def _read_part(reader: ValueReader, value: object, path: Path) -> SolutionPart | None:
    if isinstance(value, str) and value.strip():
        return SolutionPart(value.strip())
    node = reader.mapping(value, path, frozenset({"code", "price", "requiredFact"}))
    prices = reader.each(node.get("price"), (*path, "price"), lambda one, at: _read_override(reader, one, at))
    facts = tuple(reader.each(node.get("requiredFact"), (*path, "requiredFact"), reader.reference))
    code = reader.code(node, "code", path)
    return reader.build(path, lambda: SolutionPart(code, tuple(prices), facts))


def _read_override(reader: ValueReader, value: object, path: Path) -> PriceOverride | None:
    node = reader.mapping(value, path, frozenset({"code", "parameter"}))
    price, parameter = reader.code(node, "code", path), reader.code(node, "parameter", path)
    return reader.build(path, lambda: PriceOverride(price, parameter))


def write(one: Solution) -> Json:
    """A solution as a catalog document has it; a part that says no more than its offering is that code alone."""
    return known(
        code=one.code,
        name=one.name.to_json(),
        description=one.description.to_json(),
        kind=[kind.value for kind in one.kinds],
        offering=[_write_part(part) for part in one.parts],
        parameter=[write_parameter(parameter) for parameter in one.parameters],
        requiredFact=list(one.required_fact),
        start=one.start,
        end=one.end,
        validFor=period(one.valid),
    )


def _write_part(part: SolutionPart) -> str | Json:
    if part == SolutionPart(part.offering):
        return part.offering
    prices: list[Json] = [{"code": override.price, "parameter": override.parameter} for override in part.prices]
    return known(code=part.offering, price=prices, requiredFact=list(part.required_fact))


def unused(one: Solution) -> tuple[Problem, ...]:
    """Parameters that change nothing: neither a price, nor a date, nor a fact."""
    used = {override.parameter for part in one.parts for override in part.prices} | {one.start, one.end}
    return tuple(
        problem_of(("parameter", position), "UNUSED", "参数未被使用，请删除或引用", "is used nowhere; use or remove it")
        for position, parameter in enumerate(one.parameters)
        if parameter.code not in used and parameter.type is not ParameterType.FACT
    )
