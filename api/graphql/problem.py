"""What is wrong with a version, as GraphQL shows it.

Knows problems; must not know the rules that find them.
"""

from __future__ import annotations

import strawberry

from api.graphql.common import View
from catalog.errors import Problem


@strawberry.type(description="What stands against the launch of a version, or should be minded. 问题。")
class OfferingProblem:
    path: list[str] = strawberry.field(description="Leads to the place in the offering. 位置。")
    code: str = strawberry.field(description="The rule, for programs. 代码。")
    message: str = strawberry.field(description="What is wrong and what to do, for people. 说明。")
    is_advice: bool = strawberry.field(description="False: it keeps the version from its launch. 仅为建议。")

    @classmethod
    def of(cls, problem: Problem, is_advice: bool, view: View) -> OfferingProblem:
        path = [str(step) for step in problem.path]
        return cls(path=path, code=problem.code, message=view.say(problem.message), is_advice=is_advice)
