"""The catalog as a file over HTTP: a download for product managers, and an upload whose changes become drafts.

Knows addresses, roles and status codes; must not know what stands in a file.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Any
from urllib.parse import parse_qs

import orjson
from starlette.types import Receive, Scope, Send

from api.apart import DiedApart, apart
from api.auth import Principal
from api.commands import landed as told
from api.graphql.access import EDITOR
from api.graphql.errors import BadRequest, Expected, Forbidden
from api.graphql.exchange import Exchange, Gone, Refusal
from api.graphql.http import GraphQLEndpoint
from api.services import Services
from catalog.customer_store import Caller
from catalog.desk.editing_desk import Editor
from catalog.documents import exporting
from catalog.documents.catalog_file import LandAs, land_opened
from catalog.documents.exporting import Selection
from catalog.documents.file_form import Form, open_bytes
from catalog.errors import CatalogError, InvalidCatalog, Problem

MAX_UPLOAD = 20 * 1024**2
FORMS = {"catalog.xlsx": Form.WORKBOOK, "catalog.json": Form.JSON, "catalog.tmf620.json": Form.TMF620}
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class CatalogFiles:
    """An ASGI application for GET /export/{name} and POST /import/catalog; one file at a time in this process."""

    endpoint: GraphQLEndpoint
    services: Callable[[], Services]
    zone: tzinfo
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange, started = Exchange.of(scope), time.perf_counter()
        try:
            principal = self._admitted(scope, exchange)
            if scope["method"] in ("GET", "HEAD"):
                content = await self._download(scope, exchange)
            else:
                content = orjson.dumps(await self._upload(scope, receive, exchange, principal), default=str)
        except Gone:
            return
        except InvalidCatalog as error:
            exchange.status = 422
            content = orjson.dumps({"problems": [_shown(problem) for problem in error.problems]})
        except Exception as error:
            shown = _expected(error)
            content = orjson.dumps(self.endpoint.failure(shown, exchange))
            # A file is no GraphQL document: what went wrong is in the status code.
            exchange.status = shown.status if isinstance(shown, Expected) else exchange.status
        await exchange.send(send, content)
        role, seconds = exchange.principal.role if exchange.principal else "none", time.perf_counter() - started
        self.endpoint.metrics.answered(operation="file", status=exchange.status, role=role, seconds=seconds)

    def _admitted(self, scope: Scope, exchange: Exchange) -> Principal:
        at = self.endpoint.clock()
        wanted = ("POST",) if scope["path"].startswith("/import/") else ("GET", "HEAD")
        if scope["method"] not in wanted:
            allow = ((b"allow", ", ".join(wanted).encode()),)
            raise Refusal(405, en=f"use {wanted[0]}", zh=f"请使用 {wanted[0]}", headers=allow)
        principal = exchange.principal = self.endpoint.authenticate(exchange, at)
        self.endpoint.admit(principal, exchange, at)
        if principal.role not in EDITOR:
            raise Forbidden(en="files of the catalog are for product managers", zh="目录文件仅供产品经理使用")
        return principal

    async def _download(self, scope: Scope, exchange: Exchange) -> bytes:
        name = scope["path_params"]["name"]
        if name not in FORMS:
            raise BadRequest(en=f"there is {', '.join(FORMS)}", zh=f"可下载 {'、'.join(FORMS)}", status=404)
        form, query = FORMS[name], _query(scope)
        selection = Selection(self.endpoint.clock(), category=query.get("category"))
        async with self.turn:
            snapshot = self.services().catalog.current
            node = await asyncio.to_thread(exporting.of_snapshot, snapshot, selection, etags=form is Form.WORKBOOK)
            raw = await apart(exporting.written, form, node, self.zone, language=exchange.language)
        exchange.response_headers.append((b"content-disposition", f'attachment; filename="{name}"'.encode()))
        if form is Form.WORKBOOK:
            exchange.media_type = EXCEL
        return raw

    async def _upload(self, scope: Scope, receive: Receive, exchange: Exchange, principal: Principal) -> dict[str, Any]:
        raw = await exchange.body(receive, replace(self.endpoint.limits, body_bytes=MAX_UPLOAD, body_seconds=60.0))
        categories = None if principal.role == "admin" else principal.categories
        caller = Caller(principal.subject, principal.role, principal.region, exchange.request_id)
        editor = Editor(caller, categories, self.endpoint.clock())
        is_dry = _query(scope).get("dryRun", "false") == "true"
        async with self.turn:
            opened = await apart(open_bytes, raw, "the file", self.zone)
            digest, db = hashlib.sha256(raw).hexdigest(), self.services().db
            done = await land_opened(db, opened, digest, editor, self.zone, LandAs.DRAFT, dry_run=is_dry)
        return {**told.as_values(done), "unplaced": done.unplaced}


def _query(scope: Scope) -> dict[str, str]:
    found = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=16)
    return {key: values[-1] for key, values in found.items()}


def _shown(problem: Problem) -> dict[str, Any]:
    return {"path": problem.place, "code": problem.code, **problem.message.to_json()}


def _expected(error: Exception) -> Exception:
    """What a person can mend, as an answer that says so."""
    if isinstance(error, DiedApart):
        return BadRequest(en="the file needs more memory than there is", zh="文件过大，内存不足")
    if isinstance(error, CatalogError):
        return BadRequest(en=str(error), zh=str(error))
    return error
