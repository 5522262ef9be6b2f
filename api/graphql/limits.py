"""What one request may cost, and the check of a document's shape before anybody validates or executes it.

It knows GraphQL's syntax and must not know a schema: every definition is walked once and fragments are added up, never
expanded, so that the check itself is linear in the document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

from api.graphql.errors import LimitExceeded, ValidationFailed

REQUESTS_PER_SECOND: Mapping[str, float] = {
    "storefront": 2000,
    "customer": 20,
    "agent": 20,
    "product_manager": 50,
    "analyst": 20,
    "operator": 50,
    "developer": 100,
    "admin": 100,
}


# Seconds for single fields that touch hundreds of markets at once.
DEADLINES: Mapping[str, float] = {
    "Query.solutionPreview": 15.0,
    "Query.rollOutPreview": 15.0,
    "Mutation.applySolution": 30.0,
    "Mutation.rollOutSolution": 30.0,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits by default. Depth counts fields down to the leaf; what stands under `__schema` or `__type` is apart.

    `overlaps` bounds the sum, over response names, of the squared number of fields with that name, as graphql-core
    compares them in pairs. `cost` counts objects: a list costs its `first`, a list without one `list_size`, ten plain
    fields cost as much as one object, and `weights` adds to single fields ("Query.recommendations": 50).
    """

    body_bytes: int = 256 * 1024
    body_seconds: float = 5.0
    values: int = 5_000
    value_depth: int = 32
    characters: int = 64 * 1024
    tokens: int = 2_000
    depth: int = 12
    introspection_depth: int = 20
    nesting: int = 40
    aliases: int = 30
    directives: int = 50
    fragments: int = 40
    operations: int = 10
    overlaps: int = 10_000
    root_mutation_fields: int = 5
    cost: int = 5_000
    first: int = 100
    list_size: int = 5
    weights: Mapping[str, int] = field(default_factory=dict)
    document_cache_bytes: int = 64 * 1024 * 1024
    deadline_seconds: float = 2.0
    deadlines: Mapping[str, float] = field(default_factory=lambda: DEADLINES)
    requests_per_second: Mapping[str, float] = field(default_factory=lambda: REQUESTS_PER_SECOND)

    def deadline(self, fields: Iterable[str]) -> float:
        """How many seconds an operation that reads these fields may take."""
        return max((self.deadlines.get(name, 0.0) for name in fields), default=0.0) or self.deadline_seconds


@dataclass(slots=True)
class Shape:
    """How deep a definition goes: fields, fields of introspection, and selection sets of any kind."""

    fields: int = 0
    introspection: int = 0
    nesting: int = 0
    root_fields: int = 0


@dataclass(frozen=True, slots=True)
class _Spread:
    """A fragment spread, and the place it stands at."""

    name: str
    fields: int
    introspection: int | None
    nesting: int
    at_root: bool


@dataclass(slots=True)
class _Tally:
    """What is counted over the whole document as written."""

    aliases: int = 0
    directives: int = 0
    names: Counter[str] = field(default_factory=Counter)
    visited: int = 0


def check_document(document: DocumentNode, limits: Limits) -> int:
    """Raise LimitExceeded (or ValidationFailed for a cycle of fragments) when the document is too large in any way.

    Returns how many nodes were visited, which is at most the number of its tokens.
    """
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    _at_most(len(operations), limits.operations, "operations")
    _at_most(len(document.definitions) - len(operations), limits.fragments, "fragments")

    tally = _Tally()
    walked = {name: _walk(node, tally) for name, node in fragments.items()}
    shapes: dict[str, Shape] = {}
    for name in _innermost_first({name: [spread.name for spread in spreads] for name, (_, spreads) in walked.items()}):
        shapes[name] = _with_fragments(*walked[name], shapes)
    for operation in operations:
        shape = _with_fragments(*_walk(operation, tally), shapes)
        _check_shape(shape, limits)
        if operation.operation is OperationType.MUTATION:
            _at_most(shape.root_fields, limits.root_mutation_fields, "root_mutation_fields")
    for shape in shapes.values():
        _check_shape(shape, limits)
    _at_most(tally.aliases, limits.aliases, "aliases")
    _at_most(tally.directives, limits.directives, "directives")
    _at_most(sum(count * count for count in tally.names.values()), limits.overlaps, "overlaps")
    return tally.visited


def _check_shape(shape: Shape, limits: Limits) -> None:
    _at_most(shape.fields, limits.depth, "depth")
    _at_most(shape.introspection, limits.introspection_depth, "introspection_depth")
    _at_most(shape.nesting, limits.nesting, "nesting")


def exceeded(name: str, limit: int) -> LimitExceeded:
    return LimitExceeded(
        en=f"the document exceeds the limit of {name} ({limit}); ask for less at a time",
        zh=f"文档超过 {name} 的上限（{limit}），请减少一次请求的内容",
        limit=name,
    )


def _at_most(value: int, limit: int, name: str) -> None:
    if value > limit:
        raise exceeded(name, limit)


def _walk(definition: OperationDefinitionNode | FragmentDefinitionNode, tally: _Tally) -> tuple[Shape, list[_Spread]]:
    """The definition's own shape and its spreads, without recursion; what is counted as written goes to the tally."""
    tally.directives += len(definition.directives or ())
    for variable in definition.variable_definitions or ():
        tally.directives += len(variable.directives or ())
    condition = getattr(definition, "type_condition", None)
    inside = 0 if condition is not None and condition.name.value.startswith("__") else None
    shape, spreads = Shape(), list[_Spread]()
    stack: list[tuple[SelectionSetNode, int, int | None, int, bool]] = [(definition.selection_set, 0, inside, 1, True)]
    while stack:
        selection_set, depth, introspection, nesting, at_root = stack.pop()
        shape.nesting = max(shape.nesting, nesting)
        for node in selection_set.selections:
            tally.visited += 1
            tally.directives += len(node.directives or ())
            if isinstance(node, FragmentSpreadNode):
                spreads.append(_Spread(node.name.value, depth, introspection, nesting, at_root))
                continue
            below, below_introspection = depth, introspection
            if isinstance(node, FieldNode):
                tally.aliases += _alias_weight(introspection) if node.alias is not None else 0
                tally.names[(node.alias or node.name).value] += 1
                shape.root_fields += at_root
                below, below_introspection = _below(node.name.value, depth, introspection)
                shape.fields = max(shape.fields, below)
                shape.introspection = max(shape.introspection, below_introspection or 0)
            inner: SelectionSetNode | None = getattr(node, "selection_set", None)
            if inner is not None:
                at_root_below = at_root and not isinstance(node, FieldNode)
                stack.append((inner, below, below_introspection, nesting + 1, at_root_below))
    return shape, spreads


def _alias_weight(introspection: int | None) -> int:
    """An alias inside introspection repeats a large answer."""
    return 1 if introspection is None else 10


def _below(name: str, depth: int, introspection: int | None) -> tuple[int, int | None]:
    if introspection is not None:
        return depth, introspection + 1
    if name in ("__schema", "__type"):
        return depth, 1
    return depth + 1, None


def _with_fragments(own: Shape, spreads: list[_Spread], shapes: Mapping[str, Shape]) -> Shape:
    total = Shape(own.fields, own.introspection, own.nesting, own.root_fields)
    for spread in spreads:
        inner = shapes.get(spread.name)
        if inner is None:
            continue  # validation names the unknown fragment
        total.fields = max(total.fields, spread.fields + inner.fields)
        total.introspection = max(total.introspection, (spread.introspection or 0) + inner.introspection)
        total.nesting = max(total.nesting, spread.nesting + inner.nesting)
        total.root_fields += inner.root_fields if spread.at_root else 0
    return total


def _innermost_first(uses: Mapping[str, list[str]]) -> list[str]:
    """The fragments, each after those it uses; ValidationFailed when they use each other in a circle."""
    order: list[str] = []
    done: set[str] = set()
    for root in uses:
        path = [root] if root not in done else []
        open_: set[str] = set(path)
        pending = [iter(uses[root])] if path else []
        while path:
            following = next((name for name in pending[-1] if name in uses and name not in done), None)
            if following is None:
                order.append(path.pop())
                done.add(order[-1])
                open_.discard(order[-1])
                pending.pop()
            elif following in open_:
                raise ValidationFailed(en="fragments use each other in a circle", zh="片段之间循环引用")
            else:
                path.append(following)
                open_.add(following)
                pending.append(iter(uses[following]))
    return order
