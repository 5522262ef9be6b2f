"""Uploaded documents in memory: found by their ids, prepared one after another beside the requests.

It knows ids, texts and prepared documents, and must not know where they are kept or who may send others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from api.graphql.document import Documents, Refused
from api.graphql.errors import Expected
from api.persisted import PREFIX, Named
from api.roles import ROLES

Revision = Callable[[], Awaitable[int]]
Load = Callable[[], Awaitable[Iterable[Named]]]

_log = logging.getLogger("jishi.documents")
# They try documents out; `persisted` is not for them.
_FREE = frozenset({"developer", "admin"})


def held_to_uploads(setting: str) -> frozenset[str]:
    """The roles that may send uploaded documents alone: `any` none, `persisted` nearly all, or those listed."""
    if setting == "any":
        return frozenset()
    return (
        frozenset(ROLES) - _FREE if setting == "persisted" else frozenset(name.strip() for name in setting.split(","))
    )


class DocumentNotFound(Expected):
    code = "PERSISTED_DOCUMENT_NOT_FOUND"


class OnlyPersisted(Expected):
    """A document that nobody uploaded, from a role that is held to those that were."""

    code = "PERSISTED_DOCUMENTS_ONLY"
    status = 403


@dataclass(slots=True)
class Persisted:
    """`only` are the roles that may send no other documents. Prepared ones stay, however many others are sent."""

    documents: Documents
    only: frozenset[str] = frozenset()
    on_change: Callable[[], None] = lambda: None
    _texts: dict[str, str] = field(default_factory=dict)
    _known: frozenset[str] = frozenset()
    _waiting: set[str] = field(default_factory=set)
    _revision: int = -1
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def count(self) -> int:
        return len(self._known)

    async def load(self, revision: Revision, documents: Load) -> None:
        """Take in what was uploaded, when there is something new."""
        async with self._lock:
            found = await revision()
            if found != self._revision:
                self.take(await documents())
                self._revision = found

    async def prepare(self) -> None:
        """Prepare what is not prepared yet, with requests in between."""
        for text in self._waiting.copy():
            self._waiting.discard(text)
            self._prepare(text)
            await asyncio.sleep(0)

    def take(self, named: Iterable[Named]) -> None:
        """These are the documents from now on; one that is not prepared yet is when it is first asked for."""
        texts: dict[str, str] = {}
        for one in named:
            texts[PREFIX + one.digest] = one.text
            texts[one.id] = one.text
        self._texts, self._known = texts, frozenset(texts.values())
        self._waiting = set(self._known)
        self.documents.pin(self._known)
        self.on_change()

    def text(self, id_: str) -> str:
        """The text of the document with this id. Raises DocumentNotFound."""
        found = self._texts.get(id_)
        if found is None:
            raise DocumentNotFound(
                en="no document was uploaded under this documentId; run `jishi documents sync` for the build",
                zh="没有以此 documentId 登记的文档，请为该版本运行 jishi documents sync",
            )
        return found

    def admit(self, text: str, role: str) -> None:
        """Raises OnlyPersisted for a text that this role may not send."""
        if role in self.only and text not in self._known:
            raise OnlyPersisted(
                en="your role may send uploaded documents alone; upload it with `jishi documents sync`, "
                "then send its documentId",
                zh="您的角色只能使用已登记的文档；请先用 jishi documents sync 登记，再发送 documentId",
            )

    def _prepare(self, text: str) -> None:
        """What has become invalid since it was uploaded is refused to who asks for it, and told to the operator."""
        try:
            if self.documents.known(text) is None:
                self.documents.prepare(text, role="developer")
        except (Refused, Expected) as error:
            reason = str(error.errors[0].message) if isinstance(error, Refused) and error.errors else str(error)
            _log.warning("an uploaded document is not valid any more", extra={"fields": {"reason": reason}})
