"""Documents that front-ends uploaded: what a manifest names, and what bringing it in changes.

It knows names, texts and hashes, and must not know GraphQL, files or the database.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

PREFIX = "sha256:"
_SHA256 = re.compile(r"(sha256:)?[0-9a-f]{64}")
# Letters, digits and -._~ (GraphQL over HTTP, appendix A); what has a colon is for prefixes that say how it was made.
_CUSTOM = re.compile(r"(x-[A-Za-z0-9._~-]+:)?[A-Za-z0-9._~-]{1,128}")
_TEXTS = ("body", "text", "query")


class BadManifest(ValueError):
    """A manifest that cannot be used; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Named:
    """A document under the id that an app gave to it; `digest` is the SHA-256 of its text, in hexadecimal."""

    app: str
    id: str
    digest: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What bringing a manifest in does: texts by id, and ids."""

    new: Mapping[str, str]
    changed: Mapping[str, str]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def is_one(self) -> bool:
        return bool(self.new or self.changed or self.removed)


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read_manifest(raw: bytes) -> dict[str, str]:
    """id → text, out of a map of both (Relay, graphql-codegen), or Apollo's manifest, or a list of such operations.

    Raises BadManifest.
    """
    try:
        value = orjson.loads(raw)
    except ValueError:
        raise BadManifest("the manifest is no JSON in UTF-8 清单不是 UTF-8 编码的 JSON") from None
    if isinstance(value, dict) and isinstance(value.get("operations"), list):
        value = value["operations"]
    pairs = _listed(value) if isinstance(value, list) else list(value.items()) if isinstance(value, dict) else None
    if pairs is None:
        raise BadManifest("the manifest holds neither a map of documents nor a list 清单应为文档映射或列表")
    found: dict[str, str] = {}
    for id_, text in pairs:
        if found.setdefault(_checked(id_, text), text) != text:
            raise BadManifest(f"the id {id_} stands for two documents 标识 {id_} 对应两份文档")
    return found


def _listed(operations: list[Any]) -> list[tuple[Any, Any]]:
    pairs = []
    for one in operations:
        node = one if isinstance(one, Mapping) else {}
        pairs.append((node.get("id"), next((node[name] for name in _TEXTS if name in node), None)))
    return pairs


def _checked(id_: Any, text: Any) -> str:
    """The id as requests will name it: a bare hash of the text gets its prefix."""
    if not isinstance(id_, str) or not isinstance(text, str) or not text.strip():
        raise BadManifest(f"{id_!r} names no document: each needs an id and a text 每份文档需要标识和文本")
    if _SHA256.fullmatch(id_):
        if id_.removeprefix(PREFIX) == digest_of(text):
            return PREFIX + digest_of(text)
        if id_.startswith(PREFIX):
            raise BadManifest(f"{id_} is not the SHA-256 of its document; build the manifest anew 哈希与文档不符")
    if not _CUSTOM.fullmatch(id_):
        raise BadManifest(
            f"{id_[:80]!r} is no id: letters, digits and -._~, or sha256: and 64 hexadecimal digits 标识格式有误"
        )
    return id_


def planned(app: str, wanted: Mapping[str, str], known: Iterable[Named], *, prune: bool) -> Change:
    """What makes the documents of `app` what `wanted` says, `known` being those of all apps.

    Without `prune` what is not in `wanted` stays. Raises BadManifest when another app's id stands for another text.
    """
    own: dict[str, str] = {}
    for one in known:
        if one.app == app:
            own[one.id] = one.text
        elif wanted.get(one.id, one.text) != one.text:
            raise BadManifest(
                f"{one.id} is another document of the app {one.app}; name documents by their SHA-256 "
                f"标识 {one.id} 已被应用 {one.app} 用于另一份文档"
            )
    return Change(
        new={id_: text for id_, text in wanted.items() if id_ not in own},
        changed={id_: text for id_, text in wanted.items() if id_ in own and own[id_] != text},
        unchanged=tuple(id_ for id_, text in wanted.items() if own.get(id_) == text),
        removed=tuple(sorted(own.keys() - wanted.keys())) if prune else (),
    )
