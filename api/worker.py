"""What each of several server processes runs: its own pool and snapshot, on the socket they share.

It knows how one is put together, and must not know how many there are.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from multiprocessing.connection import Connection
from pathlib import Path

import uvloop

from api import app, logs
from api.commands.common import is_mendable, say
from api.database import connected
from api.server import OneOfSeveral
from api.settings import Settings
from api.shared_metrics import SharedMetrics
from api.workers import ALIVE, READY


def work(
    pipe: Connection, number: int, chosen: Settings, bound: list[socket.socket], connections: int, figures: Path
) -> None:
    """Serve until told to stop; `connections` is the most this process opens to the database.

    `bound` are the sockets of all processes; where there are fewer than processes, some share one.
    `figures` is the folder where the processes, counted by `number`, share what they measure.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logs.configure()
    try:
        for one in bound:
            one.setblocking(False)
        own = bound.pop(number % len(bound))
        uvloop.run(_serve(pipe, chosen, own, bound, connections, SharedMetrics(figures, number)))
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise SystemExit(1) from None
    except Exception as error:
        if not is_mendable(error):
            raise
        say(f"jishi: {error}")
        raise SystemExit(1) from None


async def _serve(
    pipe: Connection,
    chosen: Settings,
    own: socket.socket,
    others: list[socket.socket],
    connections: int,
    metrics: SharedMetrics,
) -> None:
    async with connected(chosen, max_size=connections) as db:
        metrics.publish()
        application = app.build(chosen, db, metrics)
        server = OneOfSeveral(application, lambda: pipe.send_bytes(READY), lambda: _is_watched(pipe, metrics), others)
        await server.serve(sockets=[own])
    if not server.started:
        raise SystemExit(1)


def _is_watched(pipe: Connection, metrics: SharedMetrics) -> bool:
    try:
        pipe.send_bytes(ALIVE)
        metrics.publish()
    except OSError:
        # It was killed, and could not tidy up.
        metrics.forget()
        return False
    return True
