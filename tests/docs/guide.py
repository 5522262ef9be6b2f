"""A page of the docs as a story: its queries asked in order, its answers compared, or written anew.

Knows pages and JSON; must not know what the queries mean. A string "…" in an answer stands for what differs every time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

STEP = re.compile(
    r"^```graphql +role=(?P<role>\w+)\n(?P<query>.*?)^```\n+```json\n(?P<answer>.*?)^```", re.MULTILINE | re.DOTALL
)
WIDTH = 118
ANYTHING = "…"


@dataclass(frozen=True, slots=True)
class Step:
    """A query as a role asks it, and the answer that the page shows; `span` is where the answer stands."""

    role: str
    query: str
    answer: Any
    span: tuple[int, int]
    line: int


def steps(page: str) -> Iterator[Step]:
    for found in STEP.finditer(page):
        line = page[: found.start()].count("\n") + 1
        yield Step(found["role"], found["query"], json.loads(found["answer"]), found.span("answer"), line)


def fits(shown: Any, told: Any) -> bool:
    """Whether an answer is the one that the page shows."""
    if shown == ANYTHING:
        return True
    if isinstance(shown, dict) and isinstance(told, dict):
        return shown.keys() == told.keys() and all(fits(shown[key], told[key]) for key in shown)
    if isinstance(shown, list) and isinstance(told, list):
        return len(shown) == len(told) and all(fits(*pair) for pair in zip(shown, told, strict=True))
    return bool(shown == told)


def rewritten(page: str, answers: list[tuple[Step, Any]]) -> str:
    """The page with the answers in the places of those that it shows; what stood for anything still does."""
    for step, told in reversed(answers):
        page = page[: step.span[0]] + laid_out(_masked(step.answer, told)) + "\n" + page[step.span[1] :]
    return page


def _masked(shown: Any, told: Any) -> Any:
    if shown == ANYTHING:
        return ANYTHING
    if isinstance(shown, dict) and isinstance(told, dict):
        return {key: _masked(shown.get(key), value) for key, value in told.items()}
    if isinstance(shown, list) and isinstance(told, list) and len(shown) == len(told):
        return [_masked(*pair) for pair in zip(shown, told, strict=True)]
    return told


def laid_out(value: Any, indent: int = 0) -> str:
    """JSON in lines of at most WIDTH: what fits stands on one line."""
    flat = json.dumps(value, ensure_ascii=False)
    if (indent and indent + len(flat) <= WIDTH) or not isinstance(value, dict | list) or not value:
        return flat
    pad, inner = " " * indent, " " * (indent + 2)
    if isinstance(value, dict):
        lines = [
            f"{inner}{json.dumps(key, ensure_ascii=False)}: {laid_out(one, indent + 2)}" for key, one in value.items()
        ]
        return "{\n" + ",\n".join(lines) + f"\n{pad}}}"
    return "[\n" + ",\n".join(inner + laid_out(one, indent + 2) for one in value) + f"\n{pad}]"
