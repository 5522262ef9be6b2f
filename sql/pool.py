"""A pool of connections with a limit on every wait, one retry for reads, and one error for whatever is not to be had.

It knows how PostgreSQL fails, and must not know what is asked of it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

import asyncpg
import orjson

from sql.errors import DatabaseUnavailable
from sql.listen import Callback, Listener
from sql.server import check
from sql.unavailable import abrupt, location, retriable, translate

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

__all__ = ["Connection", "Database", "DatabaseUnavailable", "Listener"]

Answer = TypeVar("Answer")
_RETRY_PAUSE = 0.1


class Database:
    """One server's database. Each read takes a connection of its own, so sibling reads run at the same time.

    Times are seconds; `command_timeout` None means no limit. Every method raises DatabaseUnavailable where the server
    is gone, slow, full or refuses us; other errors of PostgreSQL (a violated constraint, bad SQL) pass as asyncpg's.
    """

    def __init__(
        self,
        pool: asyncpg.Pool[asyncpg.Record],
        dsn: str,
        *,
        connect_timeout: float,
        command_timeout: float | None,
        acquire_timeout: float,
        application_name: str,
    ) -> None:
        self._pool, self._dsn, self._where = pool, dsn, location(dsn)
        self._connect_timeout, self._command_timeout = connect_timeout, command_timeout
        self._acquire_timeout, self._application_name = acquire_timeout, application_name
        self._tidying: set[asyncio.Task[None]] = set()
        # What the pool lent and nobody uses: a read takes one from here without the tasks and timers of the pool, a
        # third of the cost of a small one. While somebody waits for the pool it gets back whatever comes free.
        self._at_hand: list[Connection] = []
        self._waiting = 0

    @classmethod
    async def open(
        cls,
        dsn: str,
        *,
        min_size: int = 1,
        max_size: int = 10,
        connect_timeout: float = 2.0,
        command_timeout: float | None = 2.0,
        acquire_timeout: float = 2.0,
        statement_cache_size: int = 1024,
        application_name: str = "jishi",
    ) -> Database:
        """Connect and check the server: version 16 or later, UTF-8, and letters that are more than ASCII.

        `min_size` connections are made at once, later ones up to `max_size` on demand.
        `statement_cache_size=0` is for a server behind pgbouncer.
        """
        try:
            pool = await asyncpg.create_pool(
                dsn,
                # asyncpg would keep a floor up itself, and log a traceback for each attempt while the server is down.
                min_size=0,
                max_size=max_size,
                timeout=connect_timeout,
                command_timeout=command_timeout,
                statement_cache_size=statement_cache_size,
                server_settings={"application_name": application_name},
                init=_prepare_connection,
                reset=_keep,
            )
        except (Exception, asyncio.CancelledError) as error:
            raise translate(error, location(dsn)) or error from error
        database = cls(
            pool,
            dsn,
            connect_timeout=connect_timeout,
            command_timeout=command_timeout,
            acquire_timeout=acquire_timeout,
            application_name=application_name,
        )
        try:
            await database._warm_up(min_size)
        except BaseException:
            pool.terminate()
            raise
        return database

    async def fetch(self, query: str, *args: object) -> list[asyncpg.Record]:
        """All rows of a read."""
        return await self._read(lambda connection, limit: connection.fetch(query, *args, timeout=limit))

    async def fetchrow(self, query: str, *args: object) -> asyncpg.Record | None:
        """The first row of a read, or None."""
        return await self._read(lambda connection, limit: connection.fetchrow(query, *args, timeout=limit))

    async def fetchval(self, query: str, *args: object) -> Any:
        """The first column of the first row of a read, or None."""
        return await self._read(lambda connection, limit: connection.fetchval(query, *args, timeout=limit))

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement once, in a transaction of its own; the answer is PostgreSQL's command tag."""
        return await self._once(lambda connection, limit: connection.execute(query, *args, timeout=limit))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection inside a transaction: committed at the end of the block, rolled back by an exception."""
        async with self._borrowed() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                yield connection
            except BaseException as error:
                # A busy or dead connection is rolled back when it is put back, out of the caller's time.
                if not abrupt(error) and _alive(connection):
                    await transaction.rollback()
                raise
            await transaction.commit()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for itself (COPY, session settings); its session is reset afterwards."""
        async with self._borrowed() as connection:
            yield connection
            await connection.reset()

    def listen(self, channel: str, callback: Callback, *, poll: float, dsn: str | None = None) -> Listener:
        """Call `callback` for what is notified on `channel`, and with "" on each (re)connect and every `poll` seconds.

        Behind pgbouncer `dsn` names the server directly, because a pooled connection cannot listen.
        """
        direct = dsn or self._dsn
        return Listener(
            direct,
            channel,
            callback,
            poll=poll,
            timeout=self._connect_timeout,
            name=f"{self._application_name} listen",
            where=location(direct),
        )

    async def close(self) -> None:
        """Close all connections, waiting for borrowed ones as long as a command may take and no longer."""
        try:
            async with asyncio.timeout(self._command_timeout or 10.0):
                while self._at_hand:
                    await self._release(self._at_hand.pop())
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()
        if self._tidying:
            await asyncio.wait(self._tidying, timeout=1.0)

    async def _warm_up(self, size: int) -> None:
        async with AsyncExitStack() as borrowed:
            for _ in range(max(1, size)):
                connection = await borrowed.enter_async_context(self._borrowed())
            await check(connection, self._where)

    async def _read(self, ask: Callable[[Connection, float | None], Awaitable[Answer]]) -> Answer:
        try:
            return await self._once(ask)
        except DatabaseUnavailable as error:
            if error.__cause__ is None or not retriable(error.__cause__):
                raise
        await asyncio.sleep(_RETRY_PAUSE)
        return await self._once(ask)

    async def _once(self, ask: Callable[[Connection, float | None], Awaitable[Answer]]) -> Answer:
        loop = asyncio.get_running_loop()
        started = loop.time()
        async with self._borrowed() as connection:
            # The wait for a connection counts against the command's time: a caller waits once, not twice.
            limit = self._command_timeout and max(0.05, self._command_timeout - (loop.time() - started))
            return await ask(connection, limit)

    @asynccontextmanager
    async def _borrowed(self) -> AsyncIterator[Connection]:
        try:
            connection = cast("Connection", await self._acquire())
            try:
                yield connection
            finally:
                await self._put_back(connection, sys.exc_info()[1])
        except Exception as error:
            raise translate(error, self._where) or error from error

    async def _acquire(self) -> object:
        while self._at_hand:
            connection = self._at_hand.pop()
            if _alive(connection):
                return connection
            await self._release(connection)
        self._waiting += 1
        try:
            return await self._pool.acquire(timeout=self._acquire_timeout)
        except TimeoutError as error:
            raise DatabaseUnavailable(
                f"no connection to the database at {self._where} within {self._acquire_timeout:g} s; all are busy or "
                "it hangs: try again, and raise the pool's size or look at the database if this goes on "
                "数据库连接繁忙或无响应，请稍后重试"
            ) from error
        finally:
            self._waiting -= 1

    async def _put_back(self, connection: Connection, error: BaseException | None) -> None:
        if error is None and not self._waiting and not self._pool.is_closing() and _alive(connection):
            self._at_hand.append(connection)
            return
        if error is None or not abrupt(error):
            await self._release(connection)
            return
        # Cancelling the statement on a hung server takes as long as it hangs; nobody waits for that.
        task = asyncio.get_running_loop().create_task(self._tidy(connection))
        self._tidying.add(task)
        task.add_done_callback(self._tidying.discard)

    async def _tidy(self, connection: Connection) -> None:
        try:
            async with asyncio.timeout(self._acquire_timeout):
                if _alive(connection) and connection.is_in_transaction():
                    await connection.execute("rollback")
            await self._release(connection)
        except Exception:
            if _alive(connection):
                connection.terminate()

    async def _release(self, connection: Connection) -> None:
        await self._pool.release(cast("Any", connection), timeout=self._acquire_timeout)


def _alive(connection: Connection) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        # The pool takes a connection that was lost from its borrower.
        return False


async def _prepare_connection(connection: Connection) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=_encode, decoder=_decode, format="binary")


async def _keep(connection: Connection) -> None:
    """Reads and transactions leave nothing behind in a session, so no round trip is spent to reset it."""


def _encode(value: object) -> bytes:
    # Binary jsonb begins with its version, 1.
    return b"\x01" + orjson.dumps(value)


def _decode(data: bytes) -> Any:
    return orjson.loads(memoryview(data)[1:])
