"""The seam: prepared operations that come again are given plans, which stay with them.

Knows when a plan is worth making; must not know HTTP, or where operations are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from graphql import DocumentNode, OperationDefinitionNode
from strawberry import Schema

from api.plans.memo import Memo
from api.plans.operation import PlannedOperation
from api.plans.plan import Answer

# Making a plan costs as much as executing some two to five times; many documents come once only.
USES_BEFORE = 2


class Prepared(Protocol):
    """An operation that was checked; it keeps its own plan, which goes with it."""

    node: OperationDefinitionNode
    uses: int
    planned: PlannedOperation | None


@dataclass(slots=True)
class Plans:
    """Plans for the operations of one schema, which share one memo."""

    schema: Schema
    memo: Memo = field(default_factory=Memo)

    def execute(
        self,
        document: DocumentNode,
        operation: Prepared,
        variables: dict[str, Any],
        context: Any,
        *,
        hide_suggestions: bool,
        at_once: bool = False,
    ) -> Answer | None:
        """The answer, or an awaitable of it; None: no root was asked, and the stock executor shall execute.

        `at_once`: the document is known to come again.
        """
        operation.uses += 1
        if operation.planned is None:
            if operation.uses < USES_BEFORE and not at_once:
                return None
            operation.planned = PlannedOperation(self.schema, document, operation.node, self.memo.remember)
        return operation.planned.execute(context, variables, hide_suggestions=hide_suggestions)
