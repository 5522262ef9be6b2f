"""PostgreSQL's own pg_dump, pg_restore and psql at work on a database, of the version that is embedded.

It knows processes and their pipes, and must not know what a backup's file looks like.
"""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import IO, Any, TypeVar
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from sql.backup_file import PIECE, BadBackup, Writer
from sql.embedded_account import Account, binaries

Answer = TypeVar("Answer")
Tell = Callable[[int], None]
# So much of what a program said is repeated.
_SAID = 4000


async def beside(other: Coroutine[Any, Any, None], wanted: Coroutine[Any, Any, Answer]) -> Answer:
    """Run both at once; when one fails, the other is given up."""
    tasks = asyncio.create_task(other), asyncio.create_task(wanted)
    try:
        return (await asyncio.gather(*tasks))[1]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def dump(dsn: str, snapshot: str, file: Writer, dumped: Tell) -> None:
    # Partitions are chosen anew when rows come back: a hash may differ on another machine.
    options = ["--format=custom", "--compress=gzip:1", "--no-owner", "--no-privileges", "--load-via-partition-root"]
    options += [f"--snapshot={snapshot}", "--exclude-table=staging.*"]
    async with _client("pg_dump", options, dsn) as process:
        assert process.stdout is not None
        while piece := await process.stdout.read(PIECE):
            file.write(piece)
            dumped(len(piece))


async def load(dsn: str, source: IO[bytes], restored: Tell, *, first: str) -> None:
    """Give a dump to the database in one transaction, after the statements `first`."""
    quiet = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", "--file=-"]
    async with _client("psql", quiet, dsn) as session:
        await _give(session, f"begin;\n{first};\n".encode())
        # As a script, because pg_restore's own way to clean a database fails on partitioned tables.
        async with _client("pg_restore", ["--file=-", "--no-owner", "--no-privileges"]) as script:
            await beside(_feed(script, source, restored), _pass_on(script, session))
        await _give(session, b"commit;\n")
        _close(session)


async def _feed(script: Process, source: IO[bytes], restored: Tell) -> None:
    while piece := await asyncio.to_thread(source.read, PIECE):
        await _give(script, piece)
        restored(len(piece))
    _close(script)


async def _pass_on(script: Process, session: Process) -> None:
    assert script.stdout is not None
    while piece := await script.stdout.read(PIECE):
        await _give(session, piece)


async def _give(process: Process, piece: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(piece)
    await process.stdin.drain()


def _close(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.close()


@asynccontextmanager
async def _client(name: str, options: list[str], dsn: str | None = None) -> AsyncIterator[Process]:
    """One of PostgreSQL's programs at work; raises BadBackup with its words when it fails, and never outlives us."""
    address, password = _without_password(dsn) if dsn else (None, None)
    program = binaries(Account(os.geteuid(), os.getegid())) / name
    process = await asyncio.create_subprocess_exec(
        program, *options, *([f"--dbname={address}"] if address else []),
        stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=PIECE,
        env=os.environ | {"LC_ALL": "C"} | ({"PGPASSWORD": password} if password else {}),
    )  # fmt: skip
    assert process.stderr is not None
    words = asyncio.create_task(process.stderr.read())
    try:
        try:
            yield process
        except ConnectionError:
            # Either this one ended early, and says why, or the one that it writes to did.
            if await _is_running(process):
                raise
        code = await process.wait()
        said = (await words).decode(errors="replace").strip()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await asyncio.wait([words])
    if code:
        raise BadBackup(f"{name} failed, and nothing was changed 操作失败，未作更改:\n{said[-_SAID:]}")


async def _is_running(process: Process) -> bool:
    try:
        await asyncio.wait_for(process.wait(), 1.0)
    except TimeoutError:
        return True
    return False


def _without_password(dsn: str) -> tuple[str, str | None]:
    """The address without its password, which every user of the machine could read among the processes."""
    parts = urlsplit(dsn)
    asked = dict(parse_qsl(parts.query))
    password = asked.pop("password", None) or (unquote(parts.password) if parts.password else None)
    user, _, host = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}@{host}" if user else host
    return urlunsplit(parts._replace(netloc=netloc, query=urlencode(asked, quote_via=quote))), password
