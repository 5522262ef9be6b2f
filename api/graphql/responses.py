"""Answers kept as bytes: whoever may see the same and asks the same again gets what was sent before.

It knows keys, sizes and instants, and must not know what an answer says or how it was made.

A new catalog, and every instant at which something of it begins or ends, empties the shelf. What is thrown out when it
is full follows S3-FIFO (Yang et al., SOSP 2023): an answer that nobody asks for twice leaves through a short queue and
pushes nothing else out, as most variables are seen once; what was asked for again goes to the long queue, which is
walked like a clock. A hit sets a flag and moves nothing.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from api.auth import Principal
from api.graphql.document import Document, Operation

# Whatever the answer depends on, apart from the catalog and the time; the first of an asked key is the method.
Key = tuple[str | bytes | None, ...]

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)
# Objects, queue entries and keys of one answer, measured.
_OVERHEAD = 700
# The same question may be written in so many ways before it has to be parsed again.
_SPELLINGS = 4
_SHORT_SHARE = 0.1


class Moment(Protocol):
    @property
    def at(self) -> datetime:
        """Since when it is as it is."""


class Catalog(Protocol):
    """What answers are made from. It never changes; another one takes its place."""

    def moment(self, at: datetime) -> Moment: ...

    def until(self, at: datetime) -> datetime | None:
        """When something of it begins or ends next, None: never."""


def audience(principal: Principal, language: str) -> Key:
    """What of its caller an answer out of the catalog can depend on: rules know roles, markets are seen by region."""
    return principal.role, principal.limit, language


@dataclass(slots=True, eq=False)
class Answer:
    """One body, with what the log says of it."""

    key: Key
    content: bytes
    document: Document
    operation: Operation
    until: datetime
    spellings: list[Key] = field(default_factory=list)
    is_wanted: bool = False
    size: int = 0
    _etag: bytes = b""

    @property
    def etag(self) -> bytes:
        """A strong validator: the same bytes have the same one, in every process (RFC 9110, 8.8.3)."""
        if not self._etag:
            self._etag = b'"%s"' % hashlib.sha256(self.content).hexdigest()[:32].encode()
        return self._etag


@dataclass(slots=True)
class Responses:
    """The shelf of one process. `fields`: those that are read from the catalog alone; any other keeps an answer out."""

    fields: frozenset[str]
    catalog: Callable[[], Catalog]
    most_bytes: int
    bytes: int = 0
    evictions: int = 0
    # Counts how often it was emptied.
    turn: int = 0
    until: datetime = EARLIEST
    _since: datetime = LATEST
    _of: Catalog | None = None
    _asked: dict[Key, Answer] = field(default_factory=dict)
    _short: OrderedDict[Key, Answer] = field(default_factory=OrderedDict)
    _long: OrderedDict[Key, Answer] = field(default_factory=OrderedDict)
    _short_bytes: int = 0
    # Hashes of keys that left the short queue not long ago.
    _gone: OrderedDict[int, None] = field(default_factory=OrderedDict)

    @property
    def count(self) -> int:
        return len(self._short) + len(self._long)

    def turn_to(self, at: datetime) -> bool:
        """Make ready for requests at `at`; False when that lies before what is kept, which then serves nobody else."""
        catalog = self.catalog()
        if catalog is self._of:
            if self._since <= at < self.until:
                return True
            if at < self._since:
                return False
        self.clear()
        self._of, self._since, self.until = catalog, catalog.moment(at).at, catalog.until(at) or LATEST
        return True

    def clear(self) -> None:
        self.turn += 1
        self._asked.clear()
        self._short.clear()
        self._long.clear()
        self.bytes = self._short_bytes = 0
        self._of = None

    def again(self, asked: Key) -> Answer | None:
        """The answer to a request that was written exactly so before."""
        found = self._asked.get(asked)
        if found is not None:
            found.is_wanted = True
        return found

    def find(self, key: Key, asked: Key) -> Answer | None:
        """The answer to the same question, however it was written."""
        found = self._short.get(key) or self._long.get(key)
        if found is not None:
            found.is_wanted = True
            self._spell(found, asked)
            self._make_room()
        return found

    def takes(self, operation: Operation) -> bool:
        """Whether answers to this operation are kept at all."""
        if operation.is_kept is None:
            operation.is_kept = operation.kind == "query" and operation.fields <= self.fields
        return operation.is_kept

    def keep(self, answer: Answer, asked: Key) -> None:
        """Put an answer on the shelf, unless it alone would fill a good part of it."""
        answer.size = len(answer.content) + _OVERHEAD + _weight(answer.key)
        if answer.size > self.most_bytes // 8 or answer.key in self._short or answer.key in self._long:
            return
        self.bytes += answer.size
        if hash(answer.key) in self._gone:
            del self._gone[hash(answer.key)]
            self._long[answer.key] = answer
        else:
            self._short[answer.key] = answer
            self._short_bytes += answer.size
        self._spell(answer, asked)
        self._make_room()

    def _make_room(self) -> None:
        while self.bytes > self.most_bytes:
            self._evict()

    def _spell(self, answer: Answer, asked: Key) -> None:
        if len(answer.spellings) >= _SPELLINGS or asked in self._asked:
            return
        weight = _weight(asked)
        answer.spellings.append(asked)
        answer.size += weight
        self.bytes += weight
        if answer.key in self._short:
            self._short_bytes += weight
        self._asked[asked] = answer

    def _evict(self) -> None:
        if self._short and (self._short_bytes > self.most_bytes * _SHORT_SHARE or not self._long):
            key, answer = self._short.popitem(last=False)
            self._short_bytes -= answer.size
            if answer.is_wanted:
                answer.is_wanted = False
                self._long[key] = answer
                return
            self._gone[hash(key)] = None
            while len(self._gone) > len(self._long) + len(self._short):
                self._gone.popitem(last=False)
        else:
            key, answer = self._long.popitem(last=False)
            if answer.is_wanted:
                answer.is_wanted = False
                self._long[key] = answer
                return
        for asked in answer.spellings:
            del self._asked[asked]
        self.bytes -= answer.size
        self.evictions += 1


def _weight(key: Key) -> int:
    return sum(len(part) for part in key if part is not None)
