"""What every command shares: settings, errors that say what to do, JSON on stdout, progress on stderr.

Knows the terminal; must not know any single command, nor import the rooms before something went wrong in one.
"""

from __future__ import annotations

import asyncio
import getpass
import signal
import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar

import click
import orjson

from api.settings import BadSetting, Settings, read

if TYPE_CHECKING:
    from catalog.customer_store import Caller

P = ParamSpec("P")
T = TypeVar("T")


def is_mendable(error: Exception) -> bool:
    """Whether a person can mend it; anything else is a fault of ours and keeps its traceback."""
    from api.keys import KeyFileError
    from catalog.errors import CatalogError
    from recommender.errors import RecommenderError
    from sql.backup_file import BadBackup
    from sql.errors import DatabaseUnavailable
    from sql.migrate import MigrationError

    mendable = (BadSetting, KeyFileError, CatalogError, RecommenderError, DatabaseUnavailable, MigrationError)
    return isinstance(error, (*mendable, BadBackup))


def missing_library(problem: str) -> str:
    """What to do when a compiled package does not find a library of the system."""
    if "libgomp" in problem:
        remedy = "install the system's OpenMP library (Debian: apt-get install libgomp1; Red Hat: dnf install libgomp)"
        return f"{problem}: {remedy} 缺少系统库，请安装 libgomp"
    return f"{problem}: a package does not fit this machine; see jishi doctor 软件包与本机不符，请运行 jishi doctor"


def settings() -> Settings:
    try:
        return read()
    except BadSetting as error:
        stop(str(error))


def stop(message: str) -> NoReturn:
    click.echo(f"jishi: {message}", err=True)
    raise SystemExit(1)


def say(message: str) -> None:
    """A message for people, on stderr: stdout is for data."""
    click.echo(message, err=True)


def report(value: Any, as_json: bool, text: str) -> None:
    """The result on stdout: as JSON for programs, or as text for people."""
    if as_json:
        sys.stdout.write(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2).decode() + "\n")
    elif text:
        click.echo(text)


def mendable(command: Callable[P, T]) -> Callable[P, T]:
    """Shows what a person can mend as one message, and exits with 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except FileNotFoundError as error:
            stop(f"{error.filename} does not exist; check the path, and its folder 文件或目录不存在，请检查路径")
        except IsADirectoryError as error:
            stop(f"{error.filename} is a directory; name one file 是目录，请指定一个文件")
        except PermissionError as error:
            stop(f"no permission for {error.filename}; check its owner and mode 没有权限")
        except OSError as error:
            what = f"{error.strerror or error} {error.filename or ''}".strip()
            stop(f"the system says: {what}; mend that and try again 系统报错，请排除后重试")
        except Exception as error:
            if is_mendable(error):
                stop(str(error))
            if isinstance(error, ImportError) and ".so" in str(error):
                stop(missing_library(str(error)))
            raise

    return run


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def run_stoppable(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """As `run`; Ctrl-C and SIGTERM undo what was begun and exit as the shell expects, with 130 and 143."""
    received = signal.SIGINT

    def terminated(*_: object) -> None:
        nonlocal received
        received = signal.SIGTERM
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, terminated)
    try:
        return asyncio.run(work())
    except (KeyboardInterrupt, asyncio.CancelledError):
        say("stopped, nothing was changed 已停止，未作更改")
        raise SystemExit(128 + received) from None


def command_line_caller() -> Caller:
    """The operating system's user, for the audit."""
    from catalog.customer_store import Caller

    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return Caller(f"cli:{user}", "operator", None, "cli")


json_option = click.option("--json", "as_json", is_flag=True, help="Report as JSON on stdout. 以 JSON 输出。")
