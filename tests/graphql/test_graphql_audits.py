"""The server speaks GraphQL over HTTP as the specification's own audits understand it: the real schema, a real wire."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn

from api.app import build
from api.auth import Issuer
from api.settings import Settings
from sql.pool import Database

AUDITS = Path(__file__).parent.parent / "audits"


@pytest.fixture
async def address(operator: Database, settings: Settings) -> AsyncIterator[str]:
    """A server on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(build(settings, operator), log_config=None))
        running = asyncio.create_task(server.serve([listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/graphql"
        server.should_exit = True
        await running


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(shutil.which("node") is None, reason="the audits need node")
async def test_all_61_audits_of_graphql_http_pass(address: str, settings: Settings, tmp_path: Path) -> None:
    developer = Issuer.at(settings.home).token(
        subject="developer", role="developer", lifetime=timedelta(hours=1), at=datetime.now(UTC)
    )
    for name in ("package.json", "run.mjs"):
        shutil.copy(AUDITS / name, tmp_path)
    flags = ("--no-package-lock", "--no-audit", "--no-fund", "--prefer-offline")
    installed = await asyncio.to_thread(run, "npm", "install", *flags, cwd=tmp_path)
    assert installed.returncode == 0, installed.stderr
    audited = await asyncio.to_thread(run, "node", "run.mjs", address, developer, cwd=tmp_path)
    assert (audited.stdout.strip(), audited.stderr) == ("61/61", "")
    assert audited.returncode == 0
