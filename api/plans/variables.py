"""The variables of an operation, coerced with what is known of them before any request.

Knows their types; must not know what they are for, nor how to say what is wrong with one: graphql-core says that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, GraphQLSchema, VariableDefinitionNode, is_non_null_type
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, input_is_nested_too_deeply
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_value


@dataclass(frozen=True, slots=True)
class Variables:
    """The signatures of an operation's variables, in order."""

    signatures: tuple[GraphQLVariableSignature, ...]

    @classmethod
    def of(cls, schema: GraphQLSchema, nodes: Iterable[VariableDefinitionNode]) -> Variables | None:
        """None when graphql-core would refuse a definition."""
        found = []
        for node in nodes:
            signature = get_variable_signature(schema, node)
            if isinstance(signature, GraphQLError):
                return None
            found.append(signature)
        return cls(tuple(found))

    def coerced(self, inputs: Mapping[str, Any]) -> VariableValues | None:
        """The values as graphql-core coerces them; None when it would find something wrong with them."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature in self.signatures:
            name, given = signature.name, inputs.get(signature.name, Undefined)
            value: Any = Undefined
            sources[name] = VariableValueSource(signature, given)
            if given is Undefined:
                if signature.default is not None:
                    value = _default(signature)
                elif not is_non_null_type(signature.type):
                    continue
                if value is Undefined:
                    return None
                coerced[name] = value
                continue
            if input_is_nested_too_deeply(given, signature.type):
                return None
            value = coerce_input_value(given, signature.type)
            if value is Undefined:
                return None
            coerced[name] = value
        return VariableValues(sources, coerced)


def _default(signature: GraphQLVariableSignature) -> Any:
    """The coerced default; Undefined when it is not of its type."""
    try:
        return coerce_default_value(signature)
    except TypeError:
        return Undefined
