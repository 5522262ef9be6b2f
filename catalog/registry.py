"""The small dated registers of the catalog: specifications, places, channels, policies, solutions.

Knows how an entry of each is read from a document and written back; must not know where they are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from catalog import channel, place, solution, specification
from catalog.channel import Channel
from catalog.documents.values import Path, ValueReader
from catalog.documents.written import Json
from catalog.place import Place
from catalog.policies import policy
from catalog.policies.policy import Policy
from catalog.solution import Solution
from catalog.specification import Specification

Entry = Specification | Place | Channel | Policy | Solution


@dataclass(frozen=True, slots=True)
class Register:
    """`key` is the list's name in a catalog document."""

    key: str
    read: Callable[[ValueReader, object, Path], Entry | None]
    write: Callable[[Any], Json]


# By the kind that a row of catalog_entry has.
REGISTERS: dict[str, Register] = {
    "specification": Register("productSpecification", specification.read, specification.write),
    "place": Register("place", place.read, place.write),
    "channel": Register("channel", channel.read, channel.write),
    "policy": Register("policy", policy.read, policy.write),
    "solution": Register("solution", solution.read, solution.write),
}
