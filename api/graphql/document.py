"""Documents made ready to execute: parsed, within the limits, valid, the fields and cost of each operation known.

It knows the schema and must not know who is calling, except for what a role may be told and may use.
"""

from __future__ import annotations

import hashlib
import sys
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api.graphql.cost import OperationCost
from api.graphql.errors import BadRequest
from api.graphql.limits import Limits, check_document, exceeded
from api.graphql.rules import INTROSPECTION_ROLES, Rules, check, required_fields
from api.plans.operation import PlannedOperation

_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
_MOST_ERRORS = 10
# What a parsed token keeps in memory with its nodes, and in the plan that the document gets when it comes again;
# measured over ordinary documents.
_BYTES_PER_TOKEN = 250 + 850


class Refused(Exception):
    """A document that graphql-core cannot parse or finds invalid, with its errors."""

    def __init__(self, code: str, errors: list[GraphQLError]) -> None:
        super().__init__(code)
        self.code = code
        self.errors = errors


@dataclass(slots=True)
class Operation:
    """One operation of a document, with what is known of it before any request."""

    name: str | None
    node: OperationDefinitionNode
    fields: frozenset[str]
    cost: OperationCost
    variables: tuple[str, ...] = ()
    # JSON members for the log, the same for every request.
    told: str = ""
    # Whether answers to it are kept; None as long as nobody asked.
    is_kept: bool | None = None
    # How often it was executed without a plan, and the plan that came of it.
    uses: int = 0
    planned: PlannedOperation | None = None
    kind: str = field(init=False)
    _denied: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kind = self.node.operation.value

    def denied(self, rules: Rules, role: str) -> list[str]:
        """The fields that this role may not use; worked out once per role."""
        if role not in self._denied:
            self._denied[role] = check(rules, role, self.fields)
        return self._denied[role]


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document and its operations; `digest` is the SHA-256 of its text, in hexadecimal.

    `is_uploaded`: a front-end's build named it, so that it will come again.
    """

    digest: str
    ast: DocumentNode
    operations: Mapping[str | None, Operation]
    size: int
    is_uploaded: bool = False

    def operation(self, name: str | None) -> Operation:
        """The operation to execute; BadRequest when the name is unknown, or missing where there are several."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        found = self.operations.get(name) if name is not None else None
        if found is None:
            raise BadRequest(
                en="`operationName` must name one of the document's operations",
                zh="`operationName` 必须是文档中的一个操作名",
            )
        return found


@dataclass(slots=True)
class Documents:
    """The valid documents of a schema, kept by text; the least recently used go when they take too many bytes.

    Refused documents are not kept: refusing them is cheap, and they would push out the good ones.
    """

    schema: GraphQLSchema
    limits: Limits
    _kept: OrderedDict[str, Document] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _pinned: frozenset[str] = frozenset()
    _ready_for_good: dict[str, Document] = field(default_factory=dict)

    def known(self, text: str) -> Document | None:
        document = self._kept.get(text)
        if document is None:
            return self._ready_for_good.get(text)
        self._kept.move_to_end(text)
        return document

    def pin(self, texts: frozenset[str]) -> None:
        """The documents with these texts stay once they are prepared, and no others do."""
        self._pinned = texts
        before, self._ready_for_good = self._ready_for_good, {}
        for text, document in before.items():
            if text in texts:
                self._ready_for_good[text] = document

    def prepare(self, text: str, *, role: str) -> Document:
        """Parse, check and validate a new document. Raises Refused, LimitExceeded or ValidationFailed.

        Positions in the text cost time and memory, so that only a developer's invalid document is read again for them.
        """
        if len(text) > self.limits.characters:
            raise exceeded("characters", self.limits.characters)
        ast = self._parse(text, positions=False)
        check_document(ast, self.limits)
        if self._validate(ast, suggestions=False):
            helped = role in INTROSPECTION_ROLES
            again = self._parse(text, positions=True) if helped else ast
            raise Refused("VALIDATION_ERROR", self._validate(again, suggestions=helped))
        document = self._ready(text, ast)
        self._keep(text, document)
        return document

    def _parse(self, text: str, *, positions: bool) -> DocumentNode:
        try:
            return parse(
                text,
                no_location=not positions,
                max_lexical_tokens=self.limits.tokens,
                max_comments=self.limits.tokens,
            )
        except GraphQLSyntaxError as error:
            if "Document contains more than" in error.message:
                raise exceeded("tokens", self.limits.tokens) from None
            raise Refused("PARSE_ERROR", [error]) from None

    def _validate(self, ast: DocumentNode, *, suggestions: bool) -> list[GraphQLError]:
        return validate(self.schema, ast, _RULES, max_errors=_MOST_ERRORS, hide_suggestions=not suggestions)

    def _ready(self, text: str, ast: DocumentNode) -> Document:
        fragments = {node.name.value: node for node in ast.definitions if isinstance(node, FragmentDefinitionNode)}
        nodes = [node for node in ast.definitions if isinstance(node, OperationDefinitionNode)]
        operations: dict[str | None, Operation] = {}
        for node in nodes:
            name = node.name.value if node.name else None
            cost = OperationCost(self.schema, node, fragments, self.limits)
            declared = tuple(sorted(one.variable.name.value for one in node.variable_definitions or ()))
            operations[name] = Operation(name, node, required_fields(self.schema, ast, node), cost, declared)
        digest = hashlib.sha256(text.encode()).hexdigest()
        size = sys.getsizeof(text) + _BYTES_PER_TOKEN * ast.token_count
        return Document(digest, ast, operations, size, text in self._pinned)

    def _keep(self, text: str, document: Document) -> None:
        if text in self._pinned:
            self._ready_for_good[text] = document
            return
        self._kept[text] = document
        self._bytes += document.size
        while self._bytes > self.limits.document_cache_bytes:
            self._bytes -= self._kept.popitem(last=False)[1].size


def canonical(operation: Operation, variables: Mapping[str, Any]) -> bytes:
    """The variables that the operation declares, in one order at every depth: equal for equal questions."""
    return orjson.dumps(
        {name: variables[name] for name in operation.variables if name in variables}, option=orjson.OPT_SORT_KEYS
    )
