"""`jishi up` and `jishi serve`: the server, with or without a demo operator to try it on.

Knows the order in which things start and stop; must not know how any of them works.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from subprocess import Popen

import click
import uvloop

import api
from api import logs
from api.clock import utc_now
from api.commands.common import mendable, say, settings, stop
from api.database import located, opened
from api.listening import bound as listening_sockets
from api.memory import Memory, memory
from api.settings import MOST_WORKERS, Settings
from api.workers import Crew, preload

# All server processes together; the embedded server takes 100, and imports and training need some as well.
CONNECTIONS = 80
# Where a server process begins; only it imports that module.
WORK = "api.worker"

port_option = click.option("--port", type=click.IntRange(0, 65535), help="By default JISHI_PORT, or 8000. 端口。")
workers_option = click.option(
    "--workers",
    type=click.IntRange(1, MOST_WORKERS),
    help="Server processes; by default JISHI_WORKERS, or 1. 服务进程数。",
)


def listening(chosen: Settings) -> list[socket.socket]:
    """The server's sockets, bound before anything slow is started, so that a taken port is known at once."""
    try:
        return listening_sockets(chosen.host, chosen.port, chosen.workers)
    except OSError as error:
        stop(
            f"cannot listen on {chosen.host}:{chosen.port}: {error.strerror}; choose another with --port or JISHI_PORT "
            "端口不可用，请另选"
        )


def address(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/graphql"


async def serve_until_stopped(
    chosen: Settings, dsn: str, bound: list[socket.socket], greet: Callable[[], None]
) -> None:
    """Answer until Ctrl-C or SIGTERM; `greet` is called as soon as every server process answers."""
    connections = max(2, min(10, CONNECTIONS // chosen.workers))
    if chosen.workers == 1:
        # Not before it is known that this process is to serve.
        from api import app
        from api.server import Server

        async with opened(dsn, max_size=connections) as db:
            server = Server(app.build(chosen, db), greet)
            await server.serve(sockets=bound)
        if not server.started:
            raise SystemExit(1)
        return
    with tempfile.TemporaryDirectory(prefix="jishi-figures-") as figures:
        crew = Crew(chosen.workers, WORK, (chosen, bound, connections, Path(figures)))

        def all_ready() -> None:
            greet()
            if found := [one for pid in crew.processes if (one := memory(pid))]:
                say(held(found))

        has_started = await crew.run(all_ready)
    if not has_started:
        stop("a server process ended while it was starting; see above 服务进程启动失败，请看上面的信息")


def held(found: Sequence[Memory]) -> str:
    """What the server processes take, in MB, at least one."""
    own, shared = (max(sizes) / 1e6 for sizes in zip(*((one.private, one.shared) for one in found), strict=True))
    together = sum(one.proportional for one in found) / 1e6
    return (
        f"{len(found)} server processes: up to {own:.0f} MB of its own each, {shared:.0f} MB shared, "
        f"{together:.0f} MB together "
        f"{len(found)} 个服务进程：各自独占至多 {own:.0f} MB，共享 {shared:.0f} MB，合计 {together:.0f} MB"
    )


def ready(bound: socket.socket) -> None:
    sys.stdout.write(f"ready {address(bound)}\n")
    sys.stdout.flush()


def _chosen(port: int | None, workers: int | None) -> Settings:
    found = settings()
    return replace(found, port=found.port if port is None else port, workers=workers or found.workers)


@click.command()
@port_option
@workers_option
@click.option(
    "--customers",
    type=click.IntRange(100, 20_000_000),
    show_default="50000",
    help="How many customers the demo operator has. 演示客户数。",
)
@click.option("--no-demo", is_flag=True, help="Start without the demo operator. 不导入演示数据。")
@mendable
def up(port: int | None, workers: int | None, customers: int | None, no_demo: bool) -> None:
    """Start everything: database, demo operator, model, server. 一键启动。

    The first run imports a demo operator and trains a model; later runs keep the data and start at once. Ctrl-C stops.
    """
    from api.commands import first_start, insight, market_scoring

    chosen = _chosen(port, workers)
    count = customers or first_start.CUSTOMERS
    beside: list[Popen[bytes]] = []
    is_new = False

    def begin() -> None:
        # Nothing is there: the demo operator's files are written while the database is made.
        if not no_demo and first_start.is_fresh(chosen):
            beside.append(first_start.making(count))

    async def prepare(dsn: str) -> None:
        nonlocal is_new
        if no_demo:
            return
        if not beside:
            async with opened(dsn) as db:
                if not await first_start.is_wanted(db, chosen.home):
                    return
            beside.append(first_start.making(count))
        await first_start.made(beside[0])
        is_new = True

    def greet(bound: socket.socket) -> None:
        from api.commands.greeting import greeting

        say(greeting(chosen, address(bound), utc_now()))
        ready(bound)
        if is_new:
            # The first answer does not wait for it.
            beside.extend((insight.refresh_beside(), market_scoring.reckon_beside()))

    try:
        start(chosen, begin, prepare, greet)
    finally:
        for process in beside:
            insight.end(process)


@click.command()
@port_option
@workers_option
@mendable
def serve(port: int | None, workers: int | None) -> None:
    """Serve the API over what is there: no demo, no training. 仅启动服务。"""

    async def prepare(_: str) -> None:
        return None

    start(_chosen(port, workers), lambda: None, prepare, ready)


def start(
    chosen: Settings,
    begin: Callable[[], None],
    prepare: Callable[[str], Awaitable[None]],
    greet: Callable[[socket.socket], None],
) -> None:
    """Everything in its order, until stopped; then exit code 0.

    `begin` before there is a database, `prepare` with its address, `greet` once the server answers on the socket.
    """
    check_own_packages()
    bound = listening(chosen)
    logs.configure()

    async def work() -> None:
        say(f"starting; data in {chosen.home} 启动中")
        begin()
        # The database starts in another process; meanwhile this one has time to import.
        loading = asyncio.create_task(asyncio.to_thread(_load, chosen))
        async with located(chosen) as dsn:
            await prepare(dsn)
            await loading
            await serve_until_stopped(chosen, dsn, bound, lambda: greet(bound[0]))

    def terminated(*_: object) -> None:
        raise KeyboardInterrupt

    # Until the server takes it over; what was begun is then undone as by Ctrl-C.
    signal.signal(signal.SIGTERM, terminated)
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        uvloop.run(work())
    say("stopped 已停止")


def _load(chosen: Settings) -> None:
    if chosen.workers == 1:
        import_module("api.app")
    else:
        preload(WORK)


def check_own_packages() -> None:
    """Other distributions install a top-level `sql` or `api` too; serving theirs would be a riddle."""
    if strange := strange_package():
        stop(strange)


def strange_package() -> str | None:
    """What to do about a package of ours that another distribution has hidden, or None."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(api.__file__)))
    for name in ("catalog", "recommender", "sql"):
        found = os.path.dirname(os.path.dirname(os.path.abspath(import_module(name).__file__ or "")))
        if found != here:
            return (
                f"the package {name} is another distribution's ({found}); install Jishi into a virtual environment "
                "of its own 请使用独立的虚拟环境"
            )
    return None
