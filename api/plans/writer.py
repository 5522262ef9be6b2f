"""The source of a plan: for every kind of object at every place of the selection one function that writes it.

Knows types, selections and askings; must not know a request. Source is made of attribute names of our own classes and
of names that this module numbers; response keys, arguments and whatever else a user wrote stand in tables only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.pyutils import gather_with_cancel
from strawberry.types.base import StrawberryObjectDefinition

from api.plans.fields import Asking, NotPlanned, Resolvers
from api.plans.leaves import Unplanned, absent, form, strict
from api.plans.memo import Remember
from api.plans.run import Run
from api.plans.selection import Details, Expression, Late, Selection, Traits

Write = Callable[[Any, Run], Any]
# A cast object says by this attribute which type it is taken for.
_CAST = "__as_strawberry_type__"


@dataclass(slots=True)
class Writer:
    """Collects functions and the table of what they refer to; `write` turns them into a function."""

    selection: Selection
    resolvers: Resolvers
    remember: Remember
    lines: list[str] = field(default_factory=list)
    table: dict[str, Any] = field(default_factory=dict)
    traits: dict[str, Traits] = field(default_factory=dict)

    def bound(self, value: Any) -> str:
        """A name for `value` in source."""
        name = f"t{len(self.table)}"
        self.table[name] = value
        return name

    def value(self, type_: GraphQLOutputType, details: Details) -> tuple[Write, bool]:
        """(What writes a value of this type, whether it is to be awaited)."""
        found = self._expression(type_, details, Traits(), 0)
        head = "async def" if found.is_async else "def"
        name = f"w{len(self.table)}"
        self.table[name] = None
        self.lines.append(f"{head} {name}(v, r):\n    return {found.of('v')}")
        return Late(self.table, name), found.is_async

    def write(self) -> None:
        """Makes the functions that the source defines; it reaches nothing but the table, not even what is built in."""
        self.table["__builtins__"] = {}
        exec(compile("\n".join(self.lines), "<plan>", "exec"), self.table)

    def _expression(self, type_: GraphQLOutputType, details: Details, traits: Traits, depth: int) -> Expression:
        nullable = not is_non_null_type(type_)
        inner: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if is_leaf_type(inner):
            template, quick = form(inner)
            names = (self.bound(quick), self.bound(strict(inner, nullable)), self.bound(inner.coerce_output_value))
            return Expression(template.format("{name}", "{bound}", *names), f"v{depth}")
        if is_list_type(inner):
            return self._list(inner, nullable, details, traits, depth)
        if is_abstract_type(inner):
            return self._abstract(inner, nullable, details, traits, depth)
        if is_object_type(inner):
            return self._one(inner, nullable, details, traits, depth)
        raise NotPlanned(str(inner))

    def _list(
        self, type_: GraphQLList[Any], nullable: bool, details: Details, traits: Traits, depth: int
    ) -> Expression:
        item = self._expression(type_.of_type, details, traits, depth + 1)
        items, listed = f"y{depth}", self.bound(_listed(nullable))
        if item.is_async:
            name = f"i{len(self.table)}"
            self.table[name] = None
            self.lines.append(f"async def {name}(v, r):\n    return {item.of('v')}")
            every = f"await {self.bound(gather_with_cancel)}(*[{name}(x{depth}, r) for x{depth} in {items}])"
        else:
            every = f"[{item.of(f'x{depth}')} for x{depth} in {items}]"
        taken = f"({items} := {{name}} if {{bound}}.__class__ is {self.bound(list)} else {listed}({{name}}))"
        return Expression(f"None if {taken} is None else {every}", f"v{depth}", item.is_async)

    def _one(
        self, type_: GraphQLObjectType, nullable: bool, details: Details, traits: Traits, depth: int
    ) -> Expression:
        name, own = self._function(type_, details)
        traits.add(own)
        quick, other = self.bound(origin(type_)), self.bound(_other_object(type_, nullable))
        write = f"{'await ' if own.is_async else ''}{name}({{name}}, r)"
        template = f"{write} if {{bound}}.__class__ is {quick} else None if {other}({{name}}) else {write}"
        return Expression(template, f"v{depth}", own.is_async)

    def _abstract(
        self, type_: GraphQLAbstractType, nullable: bool, details: Details, traits: Traits, depth: int
    ) -> Expression:
        """A table by class; an answer of another class goes to the stock executor."""
        functions: dict[type, str] = {}
        every = Traits()
        for possible in self.selection.schema.get_possible_types(type_):
            functions[origin(possible)], own = self._function(possible, details)
            every.add(own)
        traits.add(every)
        late = {made: Late(self.table, name) for made, name in functions.items()}
        waits = {made for made, name in functions.items() if self.traits[name].is_async}

        def written(value: Any, run: Run) -> Any:
            if absent(value, nullable):
                return None
            write = late.get(value.__class__)
            if write is None or hasattr(value, _CAST):
                raise Unplanned
            return write(value, run)

        async def awaited(value: Any, run: Run) -> Any:
            found = written(value, run)
            return await found if value.__class__ in waits else found

        name = self.bound(awaited if waits else written)
        return Expression(f"{'await ' if waits else ''}{name}({{bound}}, r)", f"v{depth}", bool(waits))

    def _function(self, type_: GraphQLObjectType, details: Details) -> tuple[str, Traits]:
        """The name of the function that writes objects of this type at this place."""
        own = Traits(types={type_.name})
        heads: dict[str, str] = {}
        entries, waits = [], []
        for key, merged in self.selection.of(type_, details).items():
            source, is_async = self._field(type_, key, merged, own, heads)
            entries.append((self.bound(key), source, is_async))
            own.is_async |= is_async
            own.fields += 1
            if is_async:
                waits.append(source)
        name = f"o{len(self.table)}"
        self.table[name] = None
        self.traits[name] = own
        body = [f"    {local} = s.{attribute}" for attribute, local in heads.items()]
        if waits:
            body += [f"    {', '.join(f'a{place}' for place in range(len(waits)))}, = {self._gathered(waits)}"]
        places = iter(range(len(waits)))
        shown = [f"{key}: {f'a{next(places)}' if is_async else source}" for key, source, is_async in entries]
        body.append(f"    return {{{', '.join(shown)}}}")
        self.lines.append("\n".join([f"{'async def' if waits else 'def'} {name}(s, r):", *body]))
        return self._remembered(type_, name, own), own

    def _gathered(self, waits: Sequence[str]) -> str:
        if len(waits) == 1:
            return f"(await {waits[0]},)"
        return f"await {self.bound(gather_with_cancel)}({', '.join(waits)})"

    def _remembered(self, type_: GraphQLObjectType, name: str, own: Traits) -> str:
        """The function itself, or one around it that asks the memo first."""
        around = None if own.is_async or own.varies else self.remember(type_.name, own.types, own.asked, own.fields)
        if around is None:
            return name
        known = self.bound(around(Late(self.table, name)))
        self.traits[known] = own
        return known

    def _field(
        self, parent: GraphQLObjectType, key: str, details: Details, traits: Traits, heads: dict[str, str]
    ) -> tuple[str, bool]:
        """(The source of a field's value, whether it is to be awaited): a call of a coroutine function then."""
        nodes: list[FieldNode] = [one.node for one in details]
        name = nodes[0].name.value
        if name == "__typename":
            return self.bound(parent.name), False
        definition = self.selection.schema.get_field(parent, name)
        if definition is None:
            raise NotPlanned(name)
        asking = self.resolvers.below(parent, definition, nodes, key)
        traits.varies |= asking.varies
        traits.asked.add(f"{parent.name}.{name}")
        found = self._expression(definition.type, details, traits, 0)
        if not asking.is_async and not found.is_async:
            return f"({found.of(self._asked(asking, heads))})", False
        waits = "await " if asking.is_async else ""
        local = f"f{len(self.table)}"
        self.table[local] = None
        value = f"({waits}{self._asked(asking, None)})"
        self.lines.append(f"async def {local}(s, r):\n    return {found.of(value)}")
        return f"{local}(s, r)", True

    def _asked(self, asking: Asking, heads: dict[str, str] | None) -> str:
        if asking.attributes:
            first, *others = asking.attributes
            if not others or heads is None:
                return ".".join(("s", first, *others))
            return ".".join((heads.setdefault(first, f"h{len(heads)}"), *others))
        if asking.call is not None:
            return f"{self.bound(asking.call)}(s, r)"
        given = [f"{name}={self.bound(value)}" for name, value in asking.constants.items()]
        return f"{self.bound(asking.function)}({', '.join(('s', *given))})"


def origin(type_: GraphQLObjectType) -> type:
    """The class of which objects of this type are instances."""
    found = type_.extensions.get("strawberry-definition")
    if not isinstance(found, StrawberryObjectDefinition):
        raise NotPlanned(type_.name)
    # A generic type is an instance of what it is generic from.
    return found.concrete_of.origin if found.concrete_of else found.origin


def _listed(nullable: bool) -> Callable[[Any], Any]:
    def listed(value: Any) -> Any:
        if absent(value, nullable):
            return None
        if not isinstance(value, list | tuple):
            # An iterator can be read once only, and the stock executor may have to read it again.
            raise Unplanned
        return value

    return listed


def _other_object(type_: GraphQLObjectType, nullable: bool) -> Callable[[Any], bool]:
    """Whether a value that is no instance of the type's own class is absent; raises when it is not taken as one."""

    def is_absent(value: Any) -> bool:
        if absent(value, nullable):
            return True
        if type_.is_type_of is not None:
            raise Unplanned
        return False

    return is_absent
