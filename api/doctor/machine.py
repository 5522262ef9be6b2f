"""Looks at the machine: Python, packages, the data directory, keys, disk, port, clock.

Knows files and sockets; must not know the database.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import socket
import stat
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module, metadata
from pathlib import Path

from api.doctor.finding import Finding, broken, fine, glance
from api.settings import Settings, strangers

OLDEST_PYTHON = (3, 11)
LITTLE_DISK, NO_DISK = 5_000_000_000, 500_000_000
# Compiled packages may be installed and not fit the machine.
COMPILED = ("numpy", "scipy.sparse", "pyarrow", "asyncpg", "orjson", "implicit.cpu.als", "uvloop")
# Jishi did not exist before.
EARLIEST = datetime(2025, 1, 1, tzinfo=UTC)


def python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        return broken("python", version, "install Python 3.11 or later", "请安装 Python 3.11 或更高版本")
    return fine("python", version)


def packages() -> Iterator[Finding]:
    try:
        version = metadata.version("jishi")
        needed = [line for line in metadata.requires("jishi") or [] if "extra ==" not in line]
    except metadata.PackageNotFoundError:
        yield broken(
            "packages", "jishi is not installed", "run pip install . in its folder", "请在其目录运行 pip install ."
        )
        return
    missing = sorted(name for name in map(_name, needed) if not _is_installed(name))
    unfit = [problem for problem in map(_cannot_import, COMPILED) if problem] if not missing else []
    if any("libgomp" in problem for problem in unfit):
        yield broken(
            "packages",
            "the system's OpenMP library libgomp is not installed",
            "Debian: apt-get install libgomp1; Red Hat: dnf install libgomp",
            "请安装系统库 libgomp（Debian：apt-get install libgomp1；Red Hat：dnf install libgomp）",
        )
        return
    if missing or unfit:
        found = "; ".join([f"not installed: {', '.join(missing)}"] if missing else unfit)
        yield broken(
            "packages",
            found,
            "run pip install --force-reinstall . in a virtual environment of its own",
            "请在独立的虚拟环境中重新安装",
        )
        return
    yield fine("packages", f"jishi {version}, {len(needed)} packages it needs")


def _name(requirement: str) -> str:
    return re.split(r"[\s<>=!~;\[(]", requirement, maxsplit=1)[0]


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _cannot_import(name: str) -> str | None:
    try:
        import_module(name)
    except Exception as error:
        return f"{name} cannot be imported ({error})"
    return None


def settings() -> Iterator[Finding]:
    for name, meant in strangers().items():
        hint = (f"write {meant}", f"请写 {meant}") if meant else ("see jishi config", "请看 jishi config")
        yield glance("settings", f"{name} is no setting", *hint)


def home(chosen: Settings) -> Finding:
    place = chosen.home
    if not place.exists():
        return _not_yet(place)
    found = place.stat()
    if not os.access(place, os.R_OK | os.W_OK | os.X_OK):
        return broken(
            "home",
            f"{place} belongs to user {found.st_uid} and is closed to this one",
            "run as its owner, or choose another with JISHI_HOME",
            "请用其所有者运行，或另设 JISHI_HOME",
        )
    if stat.S_IMODE(found.st_mode) & 0o007:
        return glance("home", f"{place} is open to others", f"run chmod o= {place}", f"请运行 chmod o= {place}")
    return fine("home", str(place))


def _not_yet(place: Path) -> Finding:
    parent = next(folder for folder in place.parents if folder.exists())
    if not os.access(parent, os.W_OK | os.X_OK):
        return broken(
            "home",
            f"{place} does not exist and cannot be made in {parent}",
            "choose another with JISHI_HOME",
            "请另设 JISHI_HOME",
        )
    return fine("home", f"{place} (made at the first start)")


def disk(chosen: Settings) -> Finding:
    place = next(folder for folder in (chosen.home, *chosen.home.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    found = f"{free / 1e9:,.1f} GB free"
    remedy = ("make room, or choose another JISHI_HOME", "请清理磁盘，或另设 JISHI_HOME")
    if free < NO_DISK:
        return broken("disk", found, *remedy)
    return glance("disk", found, *remedy) if free < LITTLE_DISK else fine("disk", found)


def keys(chosen: Settings) -> Iterator[Finding]:
    """Keys that others can read are refused at start-up, so they are broken and not only bad manners."""
    try:
        found = sorted(chosen.home.glob("*.key"))
    except OSError:
        return
    for path in found:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            command = f"chmod 600 {path}"
            yield broken("keys", f"{path.name} can be read by others ({mode:o})", f"run {command}", f"请运行 {command}")
    if chosen.jwks and not os.access(chosen.jwks, os.R_OK):
        yield broken(
            "keys",
            f"{chosen.jwks} cannot be read",
            "correct JISHI_JWKS or the file's mode",
            "请更正 JISHI_JWKS 或文件权限",
        )
    if found and not any(stat.S_IMODE(path.stat().st_mode) & 0o077 for path in found):
        yield fine("keys", ", ".join(path.name for path in found))


def port(chosen: Settings) -> Finding:
    where = f"{chosen.host}:{chosen.port}"
    try:
        family = socket.AF_INET6 if ":" in chosen.host else socket.AF_INET
        socket.create_server((chosen.host, chosen.port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE and (state := _answer_of(chosen)):
            return fine("port", f"Jishi answers at {where}: {state}")
        return broken(
            "port",
            f"{where} cannot be used: {error.strerror or error}",
            "choose another with --port or JISHI_PORT, and see JISHI_HOST",
            "请用 --port 或 JISHI_PORT 另选，并检查 JISHI_HOST",
        )
    return fine("port", f"{where} is free")


def _answer_of(chosen: Settings) -> str | None:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(chosen.host, chosen.host)
    address = f"http://{f'[{host}]' if ':' in host else host}:{chosen.port}/readyz"
    # No proxy: this machine is meant.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=2.0) as answer:
            body: bytes = answer.read(1000)
    except urllib.error.HTTPError as error:
        body = error.read(1000)
    except OSError:
        return None
    text = body.decode(errors="replace")
    return text if '"status"' in text else None


def clock(now: datetime) -> Finding:
    found = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if now < EARLIEST:
        return broken("clock", found, "set the machine's clock; tokens depend on it", "请校准系统时间，令牌依赖它")
    return fine("clock", found)
