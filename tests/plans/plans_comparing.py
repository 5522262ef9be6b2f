"""One operation, executed by its plan and by the stock executor, for comparison.

Knows both; must not know which documents are worth comparing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

import orjson
from graphql import DocumentNode, ExecutionResult, OperationDefinitionNode, execute, parse, validate
from graphql.execution.values import VariableValues
from hypothesis import HealthCheck, settings
from strawberry import Schema
from strawberry.execution import optimized_is_awaitable

from api.plans.memo import Remember, forgetful
from api.plans.operation import PlannedOperation
from api.plans.run import Run

# Of each kind of comparison in the ordinary suite; the slow one has very many.
FEW = settings(max_examples=180, deadline=None, suppress_health_check=list(HealthCheck), database=None)


@dataclass(slots=True)
class Answered:
    """`unordered`: errors of what is awaited come in any order."""

    data: bytes
    errors: list[Any]
    unordered: bool = False

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Answered):
            return NotImplemented
        if self.unordered or other.unordered:
            mine, others = sorted(map(repr, self.errors)), sorted(map(repr, other.errors))
        else:
            mine, others = [repr(one) for one in self.errors], [repr(one) for one in other.errors]
        return self.data == other.data and mine == others


@dataclass(slots=True)
class Comparison:
    """Documents about one schema; `context` is what resolvers find."""

    schema: Schema
    context: Any
    runner: asyncio.Runner
    remember: Remember = forgetful
    planned: int = 0
    left: int = 0
    with_errors: int = 0

    def document(self, text: str, *, positions: bool = False) -> DocumentNode | None:
        """The document, or None when it is not valid."""
        found = parse(text, no_location=not positions)
        return None if validate(self.schema._schema, found, max_errors=1) else found

    def differ(self, document: DocumentNode, variables: dict[str, Any]) -> str | None:
        """What is different between the two answers; None when nothing is, as it should be."""
        planned = self.by_plan(document, variables)
        if planned is None:
            self.left += 1
            return None
        self.planned += 1
        stock = self.by_stock(document, variables)
        self.with_errors += bool(stock.errors)
        return None if planned == stock else f"plan: {planned}\nstock: {stock}"

    def planning(self, document: DocumentNode) -> PlannedOperation:
        operation = next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))
        return PlannedOperation(self.schema, document, operation, self.remember)

    def run(self) -> Run:
        return Run(self.context, VariableValues({}, {}), True)

    def by_plan(self, document: DocumentNode, variables: dict[str, Any]) -> Answered | None:
        planned = self.planning(document)

        def answer() -> Any:
            return planned.execute(self.context, variables, hide_suggestions=True)

        return self._answered(answer)

    def by_stock(self, document: DocumentNode, variables: dict[str, Any]) -> Answered:
        def answer() -> Any:
            return execute(
                self.schema._schema,
                document,
                context_value=self.context,
                variable_values=variables,
                executor_class=self.schema.execution_context_class,
                is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
                hide_suggestions=True,
                operation_extensions=None,
            )

        found = self._answered(answer)
        assert found is not None
        return found

    def _answered(self, answer: Callable[[], Any]) -> Answered | None:
        async def awaited() -> tuple[ExecutionResult | None, bool]:
            found = answer()
            waits = isawaitable(found)
            result = await found if waits else found
            # The stock executor may have left something to be settled.
            await asyncio.sleep(0)
            return result, waits

        result, waited = self.runner.run(awaited())
        if result is None:
            return None
        errors = [
            (error.message, error.path, error.locations, type(error.original_error).__name__)
            for error in result.errors or ()
        ]
        return Answered(orjson.dumps(result.data), errors, waited)
