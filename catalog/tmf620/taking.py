"""Taking fields out of a resource so that what nobody took is known: nothing of a foreign catalog is lost unsaid.

Knows JSON and where a field stood; must not know what any field means.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from catalog.errors import Problem
from catalog.text import Text
from catalog.tmf620.words import OURS

Path = tuple[str | int, ...]
# How resources of the standard hang together; their own names and addresses say nothing of the catalog.
STRUCTURE = frozenset({"@type", "@baseType", "@schemaLocation", "@referredType", "href", OURS})


@dataclass
class Ledger:
    """What was left of every resource (kind and id → place in it → value), and what is wrong."""

    unplaced: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, path: Path, code: str, en: str, zh: str) -> None:
        self.problems.append(Problem(path, code, Text(zh, en)))

    def left(self, kind: str, known_as: str, place: Path, value: Any) -> None:
        written = ".".join(str(step) for step in place)
        self.unplaced.setdefault(kind, {}).setdefault(known_as, {})[written] = value


class Taker:
    """A JSON object whose fields are taken one by one; `close` enters what is left into the ledger."""

    def __init__(self, value: Any, ledger: Ledger, kind: str, known_as: str, path: Path, place: Path = ()) -> None:
        self.fields: dict[str, Any] = dict(value) if isinstance(value, dict) else {}
        self.ours: dict[str, Any] = self.fields.get(OURS) or {} if isinstance(self.fields.get(OURS, {}), dict) else {}
        self.is_ours = OURS in self.fields
        self.ledger, self.kind, self.known_as, self.path, self.place = ledger, kind, known_as, path, place

    def take(self, key: str) -> Any:
        return self.fields.pop(key, None)

    def string(self, key: str) -> str | None:
        """A text on one line; when that changed it, what it was is kept beside."""
        value = self.take(key)
        if value is None or isinstance(value, dict | list):
            self._back(key, value)
            return None
        written = str(value)
        said = clean(written)
        if said != written:
            self.ledger.left(self.kind, self.known_as, (*self.place, key), value)
        return said or None

    def inner(self, key: str) -> Taker | None:
        """The object in a field."""
        value = self.take(key)
        if not isinstance(value, dict):
            self._back(key, value)
            return None
        return self._below(value, key)

    def each(self, key: str) -> Iterator[Taker]:
        """The objects in a list; each is closed when the next is asked for."""
        value = self.take(key)
        if not isinstance(value, list):
            self._back(key, value)
            return
        for position, one in enumerate(value):
            if not isinstance(one, dict):
                self.ledger.left(self.kind, self.known_as, (*self.place, key, position), one)
                continue
            below = self._below(one, key, position)
            yield below
            below.close()

    def keep(self, key: str, value: Any) -> None:
        """A field that was taken and has no place after all."""
        self._back(key, value)

    def wrong(self, key: str, code: str, en: str, zh: str) -> None:
        self.ledger.wrong((*self.path, key), code, en, zh)

    def close(self) -> None:
        for key, value in self.fields.items():
            if key not in STRUCTURE and value not in (None, [], {}, ""):
                self.ledger.left(self.kind, self.known_as, (*self.place, key), value)
        self.fields = {}

    def _back(self, key: str, value: Any) -> None:
        if value not in (None, [], {}, ""):
            self.fields[key] = value

    def _below(self, value: Any, *steps: str | int) -> Taker:
        return Taker(value, self.ledger, self.kind, self.known_as, (*self.path, *steps), (*self.place, *steps))


def clean(text: str) -> str:
    """One line of printable characters without outer blanks, as our texts are; one that is so stays as it is."""
    if text.isprintable() and text == text.strip():
        return text
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
