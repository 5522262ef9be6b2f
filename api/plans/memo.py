"""The memo: encoded objects of the catalog, kept as long as the moment they were seen in.

Knows moments, and selections by number; must not know fields, or who asks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from operator import attrgetter
from typing import Any
from weakref import WeakKeyDictionary

import orjson

from api.plans.pure import FEWEST_FIELDS, KINDS, is_pure, is_situated
from api.plans.run import Run
from catalog.moment import Moment

Write = Callable[[Any, Run], Any]
Around = Callable[[Write], Write]
Remember = Callable[[str, set[str], set[str], int], Around | None]
Key = tuple[Any, ...]
Entry = tuple[object, orjson.Fragment, int]

# What an entry takes beside its bytes, measured.
ENTRY_BYTES = 300
LIMIT = 64 * 2**20


def forgetful(name: str, types: set[str], asked: set[str], fields: int) -> Around | None:
    """Keeps nothing."""
    return None


@dataclass(slots=True)
class Shelf:
    """The entries of one moment: those put or found since the last tidying, and those from before it."""

    young: dict[Key, Entry] = field(default_factory=dict)
    old: dict[Key, Entry] = field(default_factory=dict)
    young_bytes: int = 0
    old_bytes: int = 0

    def tidy(self) -> None:
        """Lets go of what was not used since the last time."""
        self.old, self.old_bytes = self.young, self.young_bytes
        self.young, self.young_bytes = {}, 0

    @property
    def size(self) -> int:
        return self.young_bytes + self.old_bytes


@dataclass(slots=True)
class Memo:
    """Shelves by moment: a revision or a boundary of validity brings a new moment, and the old shelf goes with the old.

    That is why nothing stale is found: a moment and all it refers to never change. `limit` bounds the bytes of all.
    """

    limit: int = LIMIT
    hits: int = 0
    misses: int = 0
    _shelves: WeakKeyDictionary[Moment, Shelf] = field(default_factory=WeakKeyDictionary)
    _sites: Any = field(default_factory=count)

    @property
    def size(self) -> int:
        return sum(shelf.size for shelf in self._shelves.values())

    def shelf(self, moment: Moment) -> Shelf:
        found = self._shelves.get(moment)
        if found is None:
            found = self._shelves[moment] = Shelf()
        return found

    def remember(self, name: str, types: set[str], asked: set[str], fields: int) -> Around | None:
        """What keeps objects of the type `name` as a selection writes them; None: they are not kept.

        `types` and `asked` are all types and fields of the selection.
        """
        kind = KINDS.get(name)
        if kind is None or fields < FEWEST_FIELDS or not is_pure(types, asked):
            return None
        core_of, is_apart = attrgetter(kind.core), attrgetter(kind.unless or "is_apart")
        may_be_apart = kind.unless is not None
        site, situated = next(self._sites), is_situated(asked)

        def around(write: Write) -> Write:
            def written(one: Any, run: Run) -> Any:
                if may_be_apart and is_apart(one):
                    return write(one, run)
                view = one.view
                core = core_of(one)
                key: Key = (site, id(core), view.language)
                if situated:
                    key = (*key, view.channel, view.place, view.market)
                if run.moment is not view.moment:
                    run.moment, run.shelf = view.moment, self.shelf(view.moment)
                shelf: Shelf = run.shelf
                found = shelf.young.get(key)
                # A number of an object is given again when it is gone: the entry holds its own.
                if found is not None and found[0] is core:
                    self.hits += 1
                    return found[1]
                return self._found(shelf, key, core, one, run, write)

            return written

        return around

    def _found(self, shelf: Shelf, key: Key, core: object, one: Any, run: Run, write: Write) -> Any:
        kept = shelf.old.pop(key, None)
        if kept is not None:
            shelf.old_bytes -= kept[2]
        if kept is None or kept[0] is not core:
            self.misses += 1
            text = orjson.dumps(write(one, run))
            kept = (core, orjson.Fragment(text), len(text) + ENTRY_BYTES)
        else:
            self.hits += 1
        if key not in shelf.young:
            shelf.young[key] = kept
            shelf.young_bytes += kept[2]
        if shelf.young_bytes > self.limit // 2 or self.size > self.limit:
            self._tidy(shelf)
        return kept[1]

    def _tidy(self, shelf: Shelf) -> None:
        shelf.tidy()
        if self.size > self.limit:
            self._shelves.clear()
