"""What one request costs the server beyond a constant answer: CPU microseconds, all protections on.

    python benchmarks/bench_request.py [--requests 20000] [--rounds 5] [--connections 16]

It starts a server over a catalog of its own (2,000 offerings, embedded PostgreSQL) and, under the same uvicorn, an
application that reads the body and sends a constant answer of the same size. Both are asked in turns over kept
connections; what counts is the CPU time of the server's process. The data directory is removed afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import cast

import orjson
import psutil
import uvloop
from bench_catalog_scale import fill

from api.auth import Issuer
from sql import embedded
from sql.migrate import migrate

OFFERINGS = 2_000
# Each may send 2,000 requests a second.
SHOPS = 40
OFFERING = (
    "fragment Told on ProductOffering "
    "{ code name isBundle productOfferingPrice { code priceType price { unit value } recurringChargePeriod } }"
)
# A channel that nobody named before makes variables that were never seen; the answer is as large.
QUERIES = {
    "one offering": (
        "query One($code: String!, $channel: String) "
        "{ productOffering(code: $code, context: {channel: $channel}) { ...Told } } " + OFFERING,
        lambda n: {"code": f"OFFER_{1 + n % OFFERINGS:06d}", "channel": f"C{n}"},
    ),
    "20 offerings": (
        "query Twenty($after: String, $channel: String) { productOfferings(first: 20, after: $after, "
        "context: {channel: $channel}) { nodes { ...Told category { code name } } } } " + OFFERING,
        lambda n: {"after": cursor(f"OFFER_{1 + n % (OFFERINGS - 25):06d}"), "channel": f"C{n}"},
    ),
    "a bundle and 50": (
        "query Bundle($code: String!, $after: String, $channel: String) { productOffering(code: $code, "
        "context: {channel: $channel}) { ...Told bundledProductOffering { productOffering { ...Told } } } "
        "productOfferings(first: 50, after: $after, context: {channel: $channel}) { nodes { code name isSellable "
        "productOfferingPrice { code price { unit value } } } } } " + OFFERING,
        lambda n: {
            "code": f"OFFER_{10 * (1 + n % (OFFERINGS // 10 - 1)):06d}",
            "after": cursor(f"OFFER_{1 + n % (OFFERINGS - 55):06d}"),
            "channel": f"C{n}",
        },
    ),
}
CONSTANT = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = (await receive())["type"]
            await send({{"type": event + ".complete"}})
            if event == "lifespan.shutdown":
                return
    while (await receive()).get("more_body"):
        pass
    await send({{"type": "http.response.start", "status": 200, "headers": HEADERS}})
    await send({{"type": "http.response.body", "body": BODY}})

BODY = b"x" * {size}
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"{size}")]
"""


def cursor(code: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([code])).decode().rstrip("=")


class Connection(asyncio.Protocol):
    """Asks over and over on one kept connection, as often as `more` gives it a request."""

    def __init__(self, more: Callable[[], bytes | None], done: asyncio.Future[None]) -> None:
        self.more, self.done, self.waiting, self.sizes = more, done, 0, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.next()

    def next(self) -> None:
        request = self.more()
        if request is not None:
            self.transport.write(request)
            return
        self.transport.close()
        if not self.done.done():
            self.done.set_result(None)

    def data_received(self, data: bytes) -> None:
        self.sizes += data
        head = self.sizes.find(b"\r\n\r\n")
        if head < 0:
            return
        begin = self.sizes.lower().index(b"content-length: ") + 16
        length = int(self.sizes[begin : self.sizes.index(b"\r", begin)])
        if len(self.sizes) < head + 4 + length:
            return
        if not self.sizes.startswith(b"HTTP/1.1 200") or b'"errors"' in self.sizes:
            self.done.set_exception(RuntimeError(repr(self.sizes[:2000])))
            return
        self.sizes = b""
        self.next()


async def load(port: int, requests: Iterator[bytes], connections: int) -> None:
    loop = asyncio.get_running_loop()
    done = [loop.create_future() for _ in range(connections)]
    for one in done:
        await loop.create_connection(lambda one=one: Connection(lambda: next(requests, None), one), "127.0.0.1", port)
    await asyncio.gather(*done)


def cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def request(token: str, query: str, variables: dict[str, str]) -> bytes:
    body = orjson.dumps({"query": query, "variables": variables})
    head = (
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: application/json\r\n"
        f"authorization: Bearer {token}\r\naccept-language: zh-CN,zh;q=0.9\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@contextmanager
def running(command: list[str], port: int, folder: Path, **environment: str) -> Iterator[psutil.Process]:
    with (folder / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(command, env=os.environ | environment, stdout=log, stderr=log, cwd=folder)
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0 and _answers(port):
                    break
            process.poll()
            if process.returncode is not None:
                raise SystemExit((folder / f"{port}.log").read_text())
            signal.sigtimedwait([], 0.1)
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=5).status == 200
    except OSError:
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def measure(arguments: argparse.Namespace, folder: Path) -> list[dict[str, object]]:
    home = folder / "home"
    with embedded.start(home, durable=False) as server:
        asyncio.run(migrate(server.dsn))
        asyncio.run(fill(server.dsn, OFFERINGS))
        now = datetime.now(UTC)
        tokens = [
            Issuer.at(home).token(subject=f"shop {n}", role="storefront", lifetime=timedelta(hours=2), at=now)
            for n in range(SHOPS)
        ]
        rows = []
        with ExitStack() as open_:
            port = free_port()
            command = ["jishi", "serve", "--port", str(port)]
            ours = open_.enter_context(running(command, port, folder, JISHI_HOME=str(home), JISHI_WORKERS="1"))
            for name, (query, variables) in QUERIES.items():
                rows.append(compare(arguments, folder, name, (ours, port), (query, variables, tokens)))
                print(json.dumps(rows[-1]), flush=True)
        return rows


Server = tuple[psutil.Process, int]
Asked = tuple[str, Callable[[int], dict[str, str]], list[str]]


def compare(arguments: argparse.Namespace, folder: Path, name: str, server: Server, asked: Asked) -> dict[str, object]:
    """CPU microseconds of one request to each of three: a constant, what was asked before, what never was."""
    (ours, port), (query, variables, tokens) = server, asked
    size = answer_size(port, request(tokens[0], query, variables(0)))
    (folder / "constant.py").write_text(CONSTANT.format(size=size))
    other = free_port()
    command = [sys.executable, "-m", "uvicorn", "constant:app", "--port", str(other), "--no-access-log"]
    command += ["--no-server-header", "--no-proxy-headers", "--log-level", "warning"]
    taken: dict[str, list[float]] = {"constant": [], "repeated": [], "unseen": []}
    numbers = count(1)
    kinds: dict[str, Callable[[int], bytes]] = {
        "repeated": lambda n: same[n % SHOPS],
        "unseen": lambda n: request(tokens[n % SHOPS], query, variables(n)),
    }
    same = [request(token, query, variables(0)) for token in tokens]
    with running(command, other, folder) as constant:
        for turn in range(arguments.rounds + 1):
            for kind in taken:
                process, where = (constant, other) if kind == "constant" else (ours, port)
                make = kinds.get(kind, kinds["repeated"])
                requests = [make(next(numbers)) for _ in range(arguments.requests)]
                before = cpu(process)
                uvloop.run(load(where, iter(requests), arguments.connections))
                if turn:  # the first warms up
                    taken[kind].append((cpu(process) - before) / arguments.requests * 1e6)
    medians = {kind: round(statistics.median(values), 1) for kind, values in taken.items()}
    beyond = {f"{kind} - constant": round(medians[kind] - medians["constant"], 1) for kind in ("repeated", "unseen")}
    return {"query": name, "bytes": size, **medians, **beyond}


def answer_size(port: int, request: bytes) -> int:
    with socket.create_connection(("127.0.0.1", port)) as wire:
        wire.sendall(request.replace(b"\r\nhost", b"\r\nconnection: close\r\nhost"))
        answer = b""
        while piece := wire.recv(65536):
            answer += piece
    assert b" 200 " in answer.splitlines()[0], answer
    assert b'"errors"' not in answer, answer
    return len(answer.partition(b"\r\n\r\n")[2])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--requests", type=int, default=20_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--connections", type=int, default=16)
    with tempfile.TemporaryDirectory(prefix="jishi-bench-") as folder:
        measure(options.parse_args(), Path(folder))


if __name__ == "__main__":
    main()
