"""The server speaks GraphQL over HTTP as the specification's own audits understand it, over a real wire."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from http_standin import endpoint, token
from starlette.applications import Starlette
from starlette.routing import Route

AUDITS = Path(__file__).parent.parent / "audits"


@pytest_asyncio.fixture
async def address(tmp_path: Path) -> AsyncIterator[tuple[str, str]]:
    """A server on a free port of this machine, and a developer's token for it."""
    served, issuer = endpoint(tmp_path / "home")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(Starlette(routes=[Route("/graphql", served)]), log_config=None)
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve([listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/graphql", token(issuer)
        server.should_exit = True
        await running


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(shutil.which("node") is None, reason="the audits need node")
async def test_all_61_audits_of_graphql_http_pass(address: tuple[str, str], tmp_path: Path) -> None:
    for name in ("package.json", "run.mjs"):
        shutil.copy(AUDITS / name, tmp_path)
    flags = ("--no-package-lock", "--no-audit", "--no-fund", "--prefer-offline")
    installed = await asyncio.to_thread(run, "npm", "install", *flags, cwd=tmp_path)
    assert installed.returncode == 0, installed.stderr
    audited = await asyncio.to_thread(run, "node", "run.mjs", *address, cwd=tmp_path)
    assert (audited.stdout.strip(), audited.stderr) == ("61/61", "")
    assert audited.returncode == 0
