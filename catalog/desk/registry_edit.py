"""Edits of an entry of a register, the tree of categories among them: made, changed in the fields given, ended.

Knows how a given field lies over what is there, and what the change would break of what is launched; must not know
where entries are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from catalog.desk.editing import refused
from catalog.desk.patch import too_long
from catalog.documents import whole as document_whole
from catalog.documents.document import Reader
from catalog.documents.values import Path, ValueReader
from catalog.documents.written import Json
from catalog.errors import EditRefused, Problem
from catalog.lifecycle import LifecycleStatus
from catalog.linting import policies, registers
from catalog.linting.codes import RULES
from catalog.linting.cycles import circular
from catalog.linting.finding import Severity
from catalog.linting.timed import first_found
from catalog.linting.world import World, is_alive
from catalog.offering import Category, Offering
from catalog.period import Period
from catalog.registry import REGISTERS, Entry
from catalog.snapshot import Snapshot
from catalog.text import Text

Given = Mapping[str, Any]
Item = Entry | Category
T = TypeVar("T", bound=Item)
# Texts and periods are changed a language and an edge at a time.
MERGED = ("name", "message", "validFor")


@dataclass(frozen=True, slots=True)
class Kind:
    """`field` is the register in a snapshot, `named` the codes of its entries that a version names."""

    name: str
    field: str
    read: Callable[[Given, Path], tuple[Item | None, tuple[Problem, ...]]]
    write: Callable[[Any], Json]
    named: Callable[[Offering], Iterable[str]]
    zh: str


def _read_entry(kind: str, node: Given, path: Path) -> tuple[Item | None, tuple[Problem, ...]]:
    reader = ValueReader(UTC)
    found = REGISTERS[kind].read(reader, node, path)
    return found, tuple(reader.problems)


def _read_category(node: Given, path: Path) -> tuple[Item | None, tuple[Problem, ...]]:
    reader = Reader(UTC)
    found = reader.category(node, path)
    return found, tuple(reader.problems)


def _kind(name: str, field: str, named: Callable[[Offering], Iterable[str]], zh: str) -> Kind:
    return Kind(name, field, partial(_read_entry, name), REGISTERS[name].write, named, zh)


KINDS: Mapping[str, Kind] = {
    one.name: one
    for one in (
        Kind("category", "categories", _read_category, document_whole.category, lambda one: one.category, "类目"),
        _kind("specification", "specifications", lambda one: [one.specification] if one.specification else [], "规格"),
        _kind("channel", "channels", lambda one: [use.channel for use in one.channel], "渠道"),
        _kind("place", "places", lambda one: one.place, "地点"),
        _kind("policy", "policies", lambda one: one.policy, "受理规则"),
    )
}


def new(kind: Kind, given: Given) -> Item:
    """An entry that a document could have. Raises EditRefused with every problem."""
    return _read(kind, given, given)


def patched(kind: Kind, one: Item, given: Given) -> Item:
    """`one` with the fields of `given`: absent stays, null empties. Raises EditRefused with every problem."""
    known = kind.write(one)
    merged = {key: {**known.get(key, {}), **value} for key, value in given.items() if key in MERGED and value}
    return replace(_read(kind, {**known, **given, **merged}, given), etag=one.etag)


def ended(one: T, when: datetime) -> T:
    """`one` up to `when`. Raises EditRefused when it had not begun by then, or was over before."""
    if one.valid.start and one.valid.start >= when:
        zh, en = "届时尚未生效，请修改其有效期", "it has not begun by then; change its validFor instead"
        raise refused(("at",), "NOT_BEGUN", zh, en)
    if one.valid.end and one.valid.end <= when:
        raise refused(("at",), "ENDED", "届时早已失效", "it is over before that already")
    return replace(one, valid=Period(one.valid.start, when))


def _read(kind: Kind, node: Given, given: Given) -> Item:
    found, problems = kind.read(node, ())
    problems = (*problems, *too_long(given, ()))
    if found is None or problems:
        raise EditRefused(*problems)
    return found


def with_entry(snapshot: Snapshot, kind: Kind, one: Item) -> Snapshot:
    """The catalog as it would be with this entry."""
    changes: dict[str, Any] = {kind.field: {**getattr(snapshot, kind.field), one.code: one}}
    return replace(snapshot, _moments={}, **changes)


def check(before: Snapshot, kind: Kind, wanted: Item, at: datetime) -> None:
    """Refuses what `wanted` would contradict, or break of what is launched. Raises EditRefused."""
    after = with_entry(before, kind, wanted)
    problems = [*_own(after, kind, wanted)]
    if not problems:
        problems += _broken(before, after, kind, wanted, at)
    if problems:
        raise EditRefused(*problems)


def check_unused(snapshot: Snapshot, kind: Kind, one: Item, at: datetime) -> None:
    """Refuses the end of what something launched names at `at`. Raises EditRefused."""
    users = [version.code for version in _launched(snapshot, kind, one.code, at)]
    if users:
        shown = ", ".join(users[:10])
        zh, en = (
            f"仍被使用：{shown}；请指定以后的时间",
            f"is in use by {shown}; end it later, or take it out there first",
        )
        raise refused(("at",), "IN_USE", zh, en)


def _own(after: Snapshot, kind: Kind, wanted: Item) -> Iterator[Problem]:
    if isinstance(wanted, Category):
        tree = {code: [one.parent] if one.parent else [] for code, one in after.categories.items()}
        if wanted.parent and wanted.parent not in after.categories:
            yield _unknown(("parent",), wanted.parent, kind)
        elif wanted.code in circular(tree):
            yield Problem(("parent",), "CYCLE", Text("类目不能位于自身之下", "the category would stand below itself"))
    if kind.name == "specification":
        relations = getattr(wanted, "relationships", ())
        for position, relation in enumerate(relations):
            if relation.target not in after.specifications:
                path = ("productSpecificationRelationship", position, "target")
                yield _unknown(path, relation.target, kind)


def _unknown(path: Path, code: str, kind: Kind) -> Problem:
    return Problem(path, "UNKNOWN_CODE", Text(f"没有代码为 {code} 的{kind.zh}", f"there is no {kind.name} {code}"))


def _broken(before: Snapshot, after: Snapshot, kind: Kind, wanted: Item, at: datetime) -> Iterator[Problem]:
    """What is launched and was right, and would be wrong."""
    old, fresh = _world(before), _world(after)
    for one in _launched(after, kind, wanted.code, at):
        known = {(problem.code, problem.path) for problem in _wrong(one, old, at)}
        for problem in _wrong(one, fresh, at):
            if (problem.code, problem.path) not in known:
                zh, en = problem.message.said("zh"), problem.message.said("en")
                yield Problem((), problem.code, Text(f"{one.code} 已上线：{zh}", f"{one.code} is launched: {en}"))


def _wrong(one: Offering, world: World, at: datetime) -> Iterator[Problem]:
    start = max(at, one.valid.start or at)
    timed = (*registers.checks(one, world), *policies.checks(one, world))
    for problem in (*registers.own(one, world), *(found for found, _ in first_found(timed, start, one.valid))):
        if RULES[problem.code].severity is Severity.ERROR or problem.code == "OUT_OF_DATE":
            yield problem


def _launched(snapshot: Snapshot, kind: Kind, code: str, at: datetime) -> Iterator[Offering]:
    for versions in snapshot.versions.values():
        for one in versions:
            if one.lifecycle_status is LifecycleStatus.LAUNCHED and code in kind.named(one) and is_alive(one, at):
                yield one


def _world(snapshot: Snapshot) -> World:
    return World(
        snapshot.versions,
        snapshot.categories,
        snapshot.specifications,
        snapshot.places,
        snapshot.channels,
        snapshot.policies,
        snapshot.markets,
    )
