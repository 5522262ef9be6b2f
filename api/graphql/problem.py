"""What is wrong with a version, as GraphQL shows it.

Knows problems; must not know the rules that find them.
"""

from __future__ import annotations

import strawberry

from api.graphql.common import View
from catalog.errors import Problem
from catalog.linting import RULES, Severity

SeverityEnum = strawberry.enum(
    Severity,
    name="LintSeverity",
    description="ERROR keeps a version from its launch, WARNING is most likely a mistake, ADVICE is advice. 级别。",
)


@strawberry.type(description="What stands against the launch of a version, or should be minded. 问题。")
class OfferingProblem:
    path: list[str] = strawberry.field(description="Leads to the place in the offering. 位置。")
    code: str = strawberry.field(description="The rule, for programs. 代码。")
    message: str = strawberry.field(description="What is wrong, for people. 说明。")
    is_advice: bool = strawberry.field(description="False: it keeps the version from its launch. 仅为建议。")
    severity: SeverityEnum = strawberry.field(description="How bad it is. 级别。")  # type: ignore[valid-type]
    remedy: str = strawberry.field(description="What to do about it. 处理办法。")

    @classmethod
    def of(cls, problem: Problem, view: View) -> OfferingProblem:
        rule = RULES[problem.code]
        return cls(
            path=[str(step) for step in problem.path],
            code=problem.code,
            message=view.say(problem.message),
            is_advice=rule.severity is not Severity.ERROR,
            severity=rule.severity,
            remedy=view.say(rule.remedy),
        )
