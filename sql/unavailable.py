"""Which failures mean that the database is not to be had now, and what to say then.

It knows PostgreSQL's and asyncpg's errors, and must not know who asked or for what.
"""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg

from sql.errors import DatabaseUnavailable

_CONFIGURATION = {
    "28P01": "the password for the database is wrong; correct JISHI_DATABASE_URL 数据库密码错误",
    "28000": "the database refuses this user; correct JISHI_DATABASE_URL or pg_hba.conf 数据库拒绝该用户登录",
    "3D000": "the database does not exist; create it (createdb -T template0 -E UTF8 --locale-provider=builtin "
    "--builtin-locale=C.UTF-8 NAME) or correct JISHI_DATABASE_URL 数据库不存在，请先创建",
}
_RESOURCES = {
    "53100": "the disk of the database is full; make room and try again 数据库磁盘已满，请清理后重试",
    "53200": "the database is out of memory; try again, or give it more 数据库内存不足",
    "53300": "the database has no free connections; raise max_connections or lower the pool's size 数据库连接数已满",
}
_LOST = "08003"
_STOPPED = {"57P01", "57P02", "57P03", "57P05"}


def retriable(error: BaseException) -> bool:
    """Whether a read that failed so may be sent once more: the server went away or is coming up."""
    if isinstance(error, asyncpg.PostgresError):
        return _state(error) in {"57P01", "57P03"} or _state(error).startswith("08")
    return isinstance(error, ConnectionError | FileNotFoundError | asyncpg.InternalClientError) or _closed(error)


def abrupt(error: BaseException) -> bool:
    """Whether the connection may still be busy or dead, so that nobody should wait for it to be tidied."""
    return isinstance(error, TimeoutError | asyncio.CancelledError | OSError | asyncpg.InternalClientError) or (
        isinstance(error, asyncpg.PostgresError) and _state(error).startswith("08")
    )


def translate(error: BaseException, where: str) -> DatabaseUnavailable | None:
    """What to tell of `error` at the server `where`; None when it is not about availability."""
    if isinstance(error, asyncpg.PostgresError):
        return _from_server(error, where)
    if isinstance(error, asyncpg.ClientConfigurationError):
        return DatabaseUnavailable(f"JISHI_DATABASE_URL cannot be used: {error}; correct it 数据库地址有误，请更正")
    if isinstance(error, TimeoutError):
        return DatabaseUnavailable(
            f"the database at {where} did not answer in time; try again, and look at its load if this goes on "
            "数据库响应超时，请稍后重试",
            outcome_unknown=True,
        )
    if isinstance(error, PermissionError):
        return DatabaseUnavailable(
            f"no permission to open the database's socket at {where}; run as the user who started it "
            "没有权限访问数据库套接字"
        )
    if isinstance(error, OSError):
        return DatabaseUnavailable(_unreachable(where))
    if isinstance(error, asyncpg.InternalClientError) or _closed(error):
        return _lost(where)
    return None


def location(dsn: str) -> str:
    """Host, port and database of a DSN, without user and password, for messages."""
    try:
        parts = urlsplit(dsn)
        asked = parse_qs(parts.query)
        host = unquote(parts.hostname or "") or asked.get("host", ["localhost"])[0]
        port = parts.port or asked.get("port", ["5432"])[0]
        return f"{host}:{port}{unquote(parts.path)}"
    except ValueError:
        return "the address in JISHI_DATABASE_URL"


def _from_server(error: asyncpg.PostgresError, where: str) -> DatabaseUnavailable | None:
    state = _state(error)
    if remedy := _CONFIGURATION.get(state):
        return DatabaseUnavailable(f"{where}: {remedy}")
    if state.startswith("53"):
        return DatabaseUnavailable(
            f"{where}: {_RESOURCES.get(state, 'the database is short of resources 数据库资源不足')}"
        )
    if state in _STOPPED:
        message = (
            f"the database at {where} is stopping or starting; try again in a moment 数据库正在停止或启动，请稍后重试"
        )
        return DatabaseUnavailable(message, outcome_unknown=state != "57P03")
    if state.startswith("08"):
        return _lost(where) if state == _LOST else DatabaseUnavailable(_unreachable(where), outcome_unknown=True)
    return None


def _lost(where: str) -> DatabaseUnavailable:
    message = f"the connection to the database at {where} was lost; try again 数据库连接中断，请重试"
    return DatabaseUnavailable(message, outcome_unknown=True)


def _unreachable(where: str) -> str:
    return (
        f"the database at {where} cannot be reached; check that it runs and that JISHI_DATABASE_URL is right "
        "无法连接数据库，请检查其是否运行以及 JISHI_DATABASE_URL 是否正确"
    )


def _state(error: asyncpg.PostgresError) -> str:
    return str(getattr(error, "sqlstate", None) or "")


def _closed(error: BaseException) -> bool:
    # asyncpg gives one type for a closed connection and for misuse; only its words tell them apart. The pool takes a
    # connection that was lost from its borrower.
    words = ("closed", "closing", "released back to the pool")
    return isinstance(error, asyncpg.InterfaceError) and any(word in str(error) for word in words)
