"""Constant answers, the ceilings of Python: a bare ASGI application, or Starlette. The path names the answer.

Knows bytes; must not know what they say.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

ANSWERS = {f"/{name}": text.encode() for name, text in json.loads(Path(os.environ["PEER_ANSWERS"]).read_text()).items()}
HEADERS = {
    path: [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(answer)).encode()),
    ]
    for path, answer in ANSWERS.items()
}


async def raw(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the body, as any answer must, and sends what the path names."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body", False):
        pass
    path = scope["path"]
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS[path]})
    await send({"type": "http.response.body", "body": ANSWERS[path]})


async def _answer(request: Request) -> Response:
    await request.body()
    return Response(ANSWERS[request.url.path], media_type="application/json; charset=utf-8")


starlette = Starlette(routes=[Route(path, _answer, methods=["POST"]) for path in ANSWERS])
