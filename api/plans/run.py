"""What one execution of a plan carries along.

Knows the request's values; must not know the operation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql.execution.values import VariableValues


@dataclass(slots=True)
class Run:
    """`context` is what resolvers find as `info.context`; `given` holds arguments that were worked out already.

    `moment` and `shelf`: where the memo was asked last.
    """

    context: Any
    values: VariableValues
    hide_suggestions: bool
    given: dict[Callable[..., Any], dict[str, Any]] = field(default_factory=dict)
    moment: Any = None
    shelf: Any = None


@dataclass(frozen=True, slots=True)
class Given:
    """What a root gave: a value, or the `error` that it raised; `later`: after it was awaited."""

    value: Any = None
    error: Exception | None = None
    later: bool = False

    def again(self) -> Any:
        """The same once more, in the same way."""
        return self._later() if self.later else self._now()

    def _now(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.value

    async def _later(self) -> Any:
        return self._now()
