"""The routes a supervisor and a monitoring system ask: /livez, /readyz and /metrics.

They must not touch the database: an answer comes at once, from what the process knows of itself.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.metrics import Metrics

# None when the server can do its work, otherwise what is missing ("no catalog yet").
Ready = Callable[[], str | None]

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def routes(metrics: Metrics, ready: Ready) -> list[Route]:
    """`/livez` is 200 while the event loop turns; `/readyz` is 503 with the reason while `ready()` names one."""

    async def livez(_: Request) -> Response:
        return JSONResponse({"status": "live"}, headers=_HEADERS)

    async def readyz(_: Request) -> Response:
        reason = ready()
        if reason is None:
            return JSONResponse({"status": "ready"}, headers=_HEADERS)
        return JSONResponse({"status": "not ready", "reason": reason}, status_code=503, headers=_HEADERS)

    async def exposition(_: Request) -> Response:
        return Response(metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8", headers=_HEADERS)

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", exposition)]
