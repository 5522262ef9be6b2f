"""Named queries, read from the .sql files that lie beside this module.

It knows the dialect of those files, and must not know what any query means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import NewType

_NAME = re.compile(r"^--\s*name:\s*(?P<value>.*?)\s*$")
_RETURNS = re.compile(r"^--\s*returns:\s*(?P<value>\S+)\s*$")
_COMMENT = re.compile(r"^--\s?(?P<value>.*?)\s*$")


class QueryError(Exception):
    """A .sql file that breaks the dialect, or a file that does not exist."""


# A plain string at run time, because asyncpg takes no subclass of str.
Query = NewType("Query", str)


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """One statement with `$1` parameters, and what its file says of it.

    `returns` is the path of the dataclass that takes its rows, such as `catalog.customer.Customer`, if it is declared.
    """

    name: str
    text: Query
    doc: str
    returns: str | None = None


class Queries:
    """The queries of one noun: `queries("customer").by_code` is the text; iterating gives all that is known of each."""

    def __init__(self, noun: str, found: dict[str, NamedQuery]) -> None:
        self._noun = noun
        self._found = found

    def __getattr__(self, name: str) -> Query:
        # Asked by copy and pickle before __init__ has run.
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._found:
            return self._found[name].text
        nearest = get_close_matches(name, self._found, n=1)
        hint = f" (did you mean {nearest[0]}?)" if nearest else ""
        raise AttributeError(f"sql/{self._noun}.sql has no query {name!r}{hint}; it has: {', '.join(self._found)}")

    def __iter__(self) -> Iterator[NamedQuery]:
        return iter(self._found.values())

    def __len__(self) -> int:
        return len(self._found)


@cache
def queries(noun: str) -> Queries:
    """The queries of sql/<noun>.sql, read once; QueryError when the file is missing or breaks the dialect."""
    if noun not in nouns():
        raise QueryError(f"there is no sql/{noun}.sql; the files are: {', '.join(nouns())}")
    text = resources.files(__name__).joinpath(f"{noun}.sql").read_text(encoding="utf-8")
    return Queries(noun, parse(text, source=f"sql/{noun}.sql"))


def nouns() -> list[str]:
    """The nouns that have a file, sorted."""
    names = (entry.name for entry in resources.files(__name__).iterdir())
    return sorted(name.removesuffix(".sql") for name in names if name.endswith(".sql"))


def parse(text: str, *, source: str) -> dict[str, NamedQuery]:
    """The queries of a file's text by name, in order; `source` is what errors call the file."""
    found: dict[str, NamedQuery] = {}
    for name, lines in _blocks(text, source):
        if not name.isidentifier() or name.startswith("_"):
            raise QueryError(f"{source}: {name!r} cannot be the name of a query; use letters, digits and _")
        if name in found:
            raise QueryError(f"{source}: two queries are named {name!r}; rename one")
        found[name] = _query(name, lines, source)
    return found


def _blocks(text: str, source: str) -> Iterator[tuple[str, list[str]]]:
    name: str | None = None
    lines: list[str] = []
    for line in text.splitlines():
        if opening := _NAME.match(line):
            if name is not None:
                yield name, lines
            name, lines = opening["value"], []
        elif name is None and line.strip() and not line.startswith("--"):
            raise QueryError(f"{source}: {line.strip()!r} stands before the first '-- name:' line")
        else:
            lines.append(line)
    if name is not None:
        yield name, lines


def _query(name: str, lines: list[str], source: str) -> NamedQuery:
    doc: list[str] = []
    returns: str | None = None
    body = 0
    for body, line in enumerate(lines):  # noqa: B007 -- where the comments end is used below
        comment = _COMMENT.match(line)
        if comment is None:
            break
        if declared := _RETURNS.match(line):
            returns = declared["value"]
        else:
            doc.append(comment["value"])
    statement = "\n".join(lines[body:]).strip().removesuffix(";").rstrip()
    if not doc or not doc[0]:
        raise QueryError(
            f"{source}: query {name!r} needs a sentence that says what it does, on the line below its name"
        )
    if not statement or all(_COMMENT.match(line) for line in statement.splitlines()):
        raise QueryError(f"{source}: query {name!r} has no statement")
    return NamedQuery(name, Query(statement), " ".join(doc).strip(), returns)
