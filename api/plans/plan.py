"""A plan: one operation made ready to run, with what stands in for it when something unforeseen comes up.

Knows how roots are asked, once each, and their answers put together; must not know how an object is written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLResolveInfo, OperationDefinitionNode, execute
from graphql.pyutils import Undefined
from strawberry import Schema
from strawberry.execution import optimized_is_awaitable

from api.plans.leaves import Unplanned
from api.plans.run import Given, Run
from api.plans.writer import Write

Answer = ExecutionResult | Awaitable[ExecutionResult]


@dataclass(frozen=True, slots=True)
class Root:
    """One root field: `ask` gives its value or an awaitable of it, `write` what the answer holds of a value."""

    key: str
    ask: Callable[[Any, Run], Any]
    write: Write
    is_async: bool


@dataclass(slots=True)
class Plan:
    """What an operation does for one choice of the variables of its `@skip` and `@include`.

    No root is asked twice: when something comes up below one, an error or an awaitable that nobody announced, the stock
    executor completes what the roots gave. `unplanned` counts the latter.
    """

    schema: Schema
    document: DocumentNode
    operation: OperationDefinitionNode
    keys: tuple[str, ...]
    constants: dict[str, str]
    roots: tuple[Root, ...]
    unplanned: int = 0

    def run(self, run: Run) -> Answer:
        data: dict[str, Any] = dict.fromkeys(self.keys)
        data.update(self.constants)
        given = {key: Given(name) for key, name in self.constants.items()}
        waiting: list[Awaitable[bool]] = []
        is_done = True
        for root in self.roots:
            try:
                value = root.ask(None, run)
            except Exception as error:
                given[root.key], is_done = Given(error=error), False
                continue
            if optimized_is_awaitable(value) or root.is_async:
                waiting.append(self._later(root, value, run, data, given))
                continue
            given[root.key] = Given(value)
            is_done = self._write(root, value, run, data) and is_done
        if waiting:
            return self._all(waiting, is_done, run, data, given)
        return ExecutionResult(data, None) if is_done else self._again(run, given)

    def _write(self, root: Root, value: Any, run: Run, data: dict[str, Any]) -> bool:
        try:
            data[root.key] = root.write(value, run)
        except Exception as error:
            self._note(error)
            return False
        return True

    async def _later(self, root: Root, value: Any, run: Run, data: dict[str, Any], given: dict[str, Given]) -> bool:
        """Takes in a root that is to be awaited, or has something to await below it."""
        later = optimized_is_awaitable(value)
        try:
            found = await value if later else value
        except Exception as error:
            given[root.key] = Given(error=error, later=True)
            return False
        given[root.key] = Given(found, later=later)
        if not root.is_async:
            return self._write(root, found, run, data)
        try:
            data[root.key] = await root.write(found, run)
        except Exception as error:
            self._note(error)
            return False
        return True

    async def _all(
        self,
        waiting: list[Awaitable[bool]],
        is_done: bool,
        run: Run,
        data: dict[str, Any],
        given: dict[str, Given],
    ) -> ExecutionResult:
        done = [await waiting[0]] if len(waiting) == 1 else await asyncio.gather(*waiting)
        if is_done and all(done):
            return ExecutionResult(data, None)
        again = self._again(run, given)
        return await again if isawaitable(again) else again

    def _note(self, error: Exception) -> None:
        if isinstance(error, Unplanned):
            self.unplanned += 1

    def _again(self, run: Run, given: dict[str, Given]) -> Answer:
        """The answer as the stock executor makes it of what the roots gave, with its errors."""

        def resolved(resolve: Callable[..., Any], source: Any, info: GraphQLResolveInfo[Any], **args: Any) -> Any:
            if info.path.prev is not None:
                return resolve(source, info, **args)
            return given[str(info.path.key)].again()

        return execute(
            self.schema._schema,
            self.document,
            context_value=run.context,
            variable_values={
                name: source.value for name, source in run.values.sources.items() if source.value is not Undefined
            },
            operation_name=self.operation.name.value if self.operation.name else None,
            middleware=[resolved],
            executor_class=self.schema.execution_context_class,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
            hide_suggestions=run.hide_suggestions,
            operation_extensions=None,
        )
