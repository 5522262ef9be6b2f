"""`jishi up` and `jishi serve`: the server, with or without a demo operator to try it on.

Knows the order in which things start and stop; must not know how any of them works.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from dataclasses import dataclass, replace
from datetime import timedelta

import click
import uvicorn

from api import app, logs
from api.auth import EVERYWHERE, ROLES, Issuer
from api.commands import demo_setup
from api.commands.common import mendable, run, say, settings, stop
from api.database import connected, located, opened
from api.services import utc_now
from api.settings import Settings
from sql.pool import Database

QUERY = '{ productOfferingSearch(query: "wlan", first: 3) { hits { productOffering { code name } } } }'
TOKEN_DAYS = 30

port_option = click.option("--port", type=click.IntRange(0, 65535), help="By default JISHI_PORT, or 8000. 端口。")


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a person needs to begin, printed once the server answers."""

    address: str
    tokens: dict[str, str]

    def text(self) -> str:
        lines = [f"  {role:<16} {token}" for role, token in self.tokens.items()]
        body = json.dumps({"query": QUERY})
        ask = f"curl -s {self.address} -H 'Authorization: Bearer {self.tokens['storefront']}'"
        return "\n".join(
            (
                f"tokens, valid for {TOKEN_DAYS} days 令牌:",
                *lines,
                "",
                "a first query 第一个查询:",
                f"  {ask} -H 'Content-Type: application/json' -d '{body}'",
                "",
            )
        )


def listening(chosen: Settings) -> socket.socket:
    """The server's socket, bound before anything slow is started, so that a taken port is known at once."""
    try:
        return socket.create_server((chosen.host, chosen.port), family=_family(chosen.host), backlog=2048)
    except OSError as error:
        stop(
            f"cannot listen on {chosen.host}:{chosen.port}: {error.strerror}; choose another with --port or JISHI_PORT "
            "端口不可用，请另选"
        )


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


class Server(uvicorn.Server):
    """Says that it is ready once it answers, and stops on the first Ctrl-C or SIGTERM without losing a request."""

    def __init__(self, config: uvicorn.Config, greet: Greeting, quiet: bool) -> None:
        super().__init__(config)
        self._greet, self._quiet = greet, quiet

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.should_exit:
            return
        if not self._quiet:
            say(self._greet.text())
        sys.stdout.write(f"ready {self._greet.address}\n")
        sys.stdout.flush()


async def serve_until_stopped(chosen: Settings, db: Database, bound: socket.socket, *, quiet: bool) -> None:
    host, port = bound.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/graphql"
    greeting = Greeting(address, {} if quiet else tokens(chosen))
    config = uvicorn.Config(
        app.build(chosen, db),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
        server_header=False,
        lifespan="on",
    )
    server = Server(config, greeting, quiet)
    await server.serve(sockets=[bound])
    if not server.started:
        raise SystemExit(1)


def tokens(chosen: Settings) -> dict[str, str]:
    """A token per role. The demo's customer is the first one of the demo operator."""
    issuer, at = Issuer.at(chosen.home), utc_now()
    return {
        role: issuer.token(
            subject=f"demo-{role}",
            role=role,
            region=EVERYWHERE if role == "agent" else None,
            customer=demo_setup.FIRST_CUSTOMER if role == "customer" else None,
            lifetime=timedelta(days=TOKEN_DAYS),
            at=at,
        )
        for role in ROLES
    }


def _with_port(chosen: Settings, port: int | None) -> Settings:
    return chosen if port is None else replace(chosen, port=port)


@click.command()
@port_option
@click.option(
    "--customers",
    type=click.IntRange(100, 20_000_000),
    default=demo_setup.CUSTOMERS,
    show_default=True,
    help="How many customers the demo operator has. 演示客户数。",
)
@click.option("--no-demo", is_flag=True, help="Start without the demo operator. 不导入演示数据。")
@mendable
def up(port: int | None, customers: int, no_demo: bool) -> None:
    """Start everything: database, demo operator, model, server. 一键启动。

    The first run imports a demo operator and trains a model; later runs keep the data and start at once. Ctrl-C stops.
    """
    chosen = _with_port(settings(), port)
    check_own_packages()
    bound = listening(chosen)
    logs.configure()

    async def work() -> None:
        say(f"starting; data in {chosen.home} 启动中")
        async with located(chosen) as dsn:
            if not no_demo:
                async with opened(dsn, command_timeout=None) as patient:
                    await demo_setup.prepare(patient, chosen, customers=customers, at=utc_now())
            async with opened(dsn) as db:
                await serve_until_stopped(chosen, db, bound, quiet=False)

    run_stoppable(work)


@click.command()
@port_option
@mendable
def serve(port: int | None) -> None:
    """Serve the API over what is there: no demo, no training. 仅启动服务。"""
    chosen = _with_port(settings(), port)
    check_own_packages()
    bound = listening(chosen)
    logs.configure()

    async def work() -> None:
        async with connected(chosen) as db:
            await serve_until_stopped(chosen, db, bound, quiet=True)

    run_stoppable(work)


def run_stoppable(work) -> None:  # type: ignore[no-untyped-def]
    """Runs until done; Ctrl-C and SIGTERM before the server took them over stop as cleanly, with 130 and 143."""

    def terminated(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, terminated)
    try:
        run(work())
    except (KeyboardInterrupt, asyncio.CancelledError):
        say("stopped 已停止")


def check_own_packages() -> None:
    """Other distributions install a top-level `sql` or `api` too; serving theirs would be a riddle."""
    import catalog
    import recommender
    import sql

    here = os.path.dirname(os.path.dirname(os.path.abspath(app.__file__)))
    for package in (catalog, recommender, sql):
        found = os.path.dirname(os.path.dirname(os.path.abspath(package.__file__ or "")))
        if found != here:
            stop(
                f"the package {package.__name__} is another distribution's ({found}); install Jishi into a virtual "
                "environment of its own 请使用独立的虚拟环境"
            )
