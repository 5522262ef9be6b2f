"""The settings, read once from the environment: every name begins with JISHI_.

Knows names and defaults; must not open, start or check anything.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo


class BadSetting(Exception):
    """A setting whose value cannot be used; the message names it and says what it takes."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`database_url` None means the embedded PostgreSQL in `home`."""

    home: Path
    database_url: str | None
    host: str
    port: int
    timezone: ZoneInfo
    jwks: Path | None
    issuer: str | None


def default_home(environment: Mapping[str, str], *, is_root: bool) -> Path:
    """/var/lib/jishi for root, whose database runs as another user; else the user's own data directory."""
    if is_root:
        return Path("/var/lib/jishi")
    data = environment.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "jishi"


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Raises BadSetting."""
    home = environment.get("JISHI_HOME")
    jwks = environment.get("JISHI_JWKS")
    issuer = environment.get("JISHI_ISSUER")
    if bool(jwks) != bool(issuer):
        raise BadSetting("JISHI_JWKS and JISHI_ISSUER go together: set both, or neither 二者须同时设置")
    return Settings(
        home=Path(home).expanduser().absolute() if home else default_home(environment, is_root=os.geteuid() == 0),
        database_url=environment.get("JISHI_DATABASE_URL") or None,
        host=environment.get("JISHI_HOST") or "127.0.0.1",
        port=port(environment.get("JISHI_PORT") or "8000"),
        timezone=_zone(environment.get("JISHI_TIMEZONE") or "Asia/Shanghai"),
        jwks=Path(jwks) if jwks else None,
        issuer=issuer or None,
    )


def port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 <= int(text) <= 65535:
        raise BadSetting(f"JISHI_PORT is {text!r}; it takes a number from 0 to 65535 端口应为 0 到 65535 的数字")
    return int(text)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise BadSetting(f"JISHI_TIMEZONE is {name!r}; it takes a name like Asia/Shanghai 时区名无效") from None
