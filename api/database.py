"""The database that the settings name: a real server, or the embedded one in the data directory.

Knows which it is; must not know what is in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.settings import Settings
from sql import embedded
from sql.migrate import migrate
from sql.pool import Database


@asynccontextmanager
async def located(settings: Settings) -> AsyncIterator[str]:
    """The DSN of the migrated database; the embedded server runs until the block ends when no real one is named."""
    if settings.database_url:
        await migrate(settings.database_url)
        yield settings.database_url
        return
    server = await asyncio.to_thread(embedded.start, settings.home)
    try:
        await migrate(server.dsn)
        yield server.dsn
    finally:
        await asyncio.to_thread(server.close)


@asynccontextmanager
async def opened(dsn: str, *, command_timeout: float | None = 2.0, max_size: int = 10) -> AsyncIterator[Database]:
    """A pool on `dsn`. `command_timeout` None is for imports and training, which take their time."""
    db = await Database.open(dsn, command_timeout=command_timeout, max_size=max_size)
    try:
        yield db
    finally:
        await db.close()


@asynccontextmanager
async def connected(
    settings: Settings, *, command_timeout: float | None = 2.0, max_size: int = 10
) -> AsyncIterator[Database]:
    """`located` and `opened` in one."""
    async with located(settings) as dsn, opened(dsn, command_timeout=command_timeout, max_size=max_size) as db:
        yield db
