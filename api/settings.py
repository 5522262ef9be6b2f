"""The settings, read once from the environment: every name begins with JISHI_.

Knows names, meanings and defaults; must not open, start or check anything.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from api.roles import ROLES

Network = IPv4Network | IPv6Network
MASK = "***"
MOST_WORKERS = 64
# In doubt they hide too much: a password may hold any sign, and the last @ ends it.
_PASSWORDS = (re.compile(r"(://[^@?#:]*:).*(?=@)"), re.compile(r"(?i)(password\s*=\s*)('[^']*'|[^&#\s]*)"))


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
    workers: int = 1
    explore: float = 0.0
    control: float = 0.0
    quiet_days: int = 90
    shown_cap: int = 0
    shown_days: int = 30
    import_ending: float = 0.1
    webhook_networks: tuple[Network, ...] = ()
    webhook_insecure: bool = False
    approval: str = "off"
    per_category: int = 3
    answers_mb: int = 64
    fresh_seconds: int = 30
    documents: str = "any"


# What each is for, in both languages, in the order of `jishi config`.
MEANINGS = {
    "JISHI_HOME": "data directory: keys, and the embedded database 数据目录",
    "JISHI_DATABASE_URL": "PostgreSQL server; without it the embedded one 外部数据库地址",
    "JISHI_HOST": "address to listen on 监听地址",
    "JISHI_PORT": "port to listen on, 0 for any free one 端口",
    "JISHI_WORKERS": "server processes 服务进程数",
    "JISHI_EXPLORE": "share of answers that shuffle eligible slots, 0 to 1 探索比例",
    "JISHI_CONTROL": "share of customers who get the general list, for comparison, 0 to 1 对照组比例",
    "JISHI_QUIET_DAYS": "days for which what was refused is not offered again 拒绝后的静默天数",
    "JISHI_SHOWN_CAP": "how often an offering is shown to a customer within the days below, 0: any 展示次数上限",
    "JISHI_SHOWN_DAYS": "days over which that is counted 展示次数的统计天数",
    "JISHI_PER_CATEGORY": "how many offerings of one category a list holds at most, 0: any 每类推荐上限",
    "JISHI_APPROVAL": "launch: a second person approves launches and retirements; off 上线和下线需他人审批",
    "JISHI_IMPORT_ENDING": "share of what is there that a full file may end, 0 to 1 全量导入可终止的比例上限",
    "JISHI_WEBHOOK_NETWORKS": "private networks that webhooks may call, like 10.1.0.0/16,10.2.0.9 允许回调的内网网段",
    "JISHI_WEBHOOK_INSECURE": "1: webhooks over http and to any address, for tests alone 仅供测试：允许不安全的回调",
    "JISHI_ANSWERS_MB": "memory for answers out of the catalog, of each server process, 0: none 目录应答缓存大小",
    "JISHI_FRESH_SECONDS": "how long a browser may keep an answer to a GET without asking again 浏览器缓存秒数",
    "JISHI_DOCUMENTS": "any; persisted: uploaded documents alone, but for developer and admin; or roles that are held "
    "to them, like storefront,customer 是否仅允许已登记的文档",
    "JISHI_TIMEZONE": "time zone of bare dates and of --at 时区",
    "JISHI_JWKS": "public keys of the identity provider, a file 身份提供方公钥文件",
    "JISHI_ISSUER": "issuer of the identity provider's tokens 令牌签发者",
}


@dataclass(frozen=True, slots=True)
class Effective:
    """One setting as it holds now; `value` None means that it is off, and no value shows a password."""

    name: str
    value: str | None
    source: str
    meaning: str


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
        database_url=_address(environment.get("JISHI_DATABASE_URL")),
        host=environment.get("JISHI_HOST") or "127.0.0.1",
        port=_number(environment, "JISHI_PORT", "8000", 0, 65535),
        timezone=_zone(environment.get("JISHI_TIMEZONE") or "Asia/Shanghai"),
        jwks=Path(jwks) if jwks else None,
        issuer=issuer or None,
        workers=_number(environment, "JISHI_WORKERS", "1", 1, MOST_WORKERS),
        explore=_share(environment, "JISHI_EXPLORE"),
        control=_share(environment, "JISHI_CONTROL"),
        quiet_days=_number(environment, "JISHI_QUIET_DAYS", "90", 0, 3650),
        shown_cap=_number(environment, "JISHI_SHOWN_CAP", "0", 0, 1000),
        shown_days=_number(environment, "JISHI_SHOWN_DAYS", "30", 1, 3650),
        import_ending=_share(environment, "JISHI_IMPORT_ENDING", "0.1"),
        webhook_networks=_networks(environment.get("JISHI_WEBHOOK_NETWORKS") or ""),
        webhook_insecure=_number(environment, "JISHI_WEBHOOK_INSECURE", "0", 0, 1) == 1,
        approval=_one_of(environment, "JISHI_APPROVAL", ("off", "launch")),
        per_category=_number(environment, "JISHI_PER_CATEGORY", "3", 0, 100),
        answers_mb=_number(environment, "JISHI_ANSWERS_MB", "64", 0, 65536),
        fresh_seconds=_number(environment, "JISHI_FRESH_SECONDS", "30", 0, 86400),
        documents=_documents(environment),
    )


def effective(environment: Mapping[str, str] = os.environ) -> list[Effective]:
    """Every setting as it holds, and whether the environment or a default says so. Raises BadSetting."""
    found = read(environment)
    values = {name: getattr(found, name.removeprefix("JISHI_").lower()) for name in MEANINGS}
    return [
        Effective(
            name,
            None if value is None else masked(_shown(value)),
            "environment" if environment.get(name) else "default",
            MEANINGS[name],
        )
        for name, value in values.items()
    ]


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    return str(int(value)) if isinstance(value, bool) else str(value)


def strangers(environment: Mapping[str, str] = os.environ) -> dict[str, str | None]:
    """Names that begin with JISHI_ and are no settings, each with the setting that was probably meant."""
    unknown = sorted(name for name in environment if name.startswith("JISHI_") and name not in MEANINGS)
    return {name: next(iter(get_close_matches(name, MEANINGS, n=1)), None) for name in unknown}


def masked(text: str) -> str:
    """The text with the passwords of addresses in it hidden."""
    for pattern in _PASSWORDS:
        text = pattern.sub(rf"\g<1>{MASK}", text)
    return text


def _number(environment: Mapping[str, str], name: str, default: str, least: int, most: int) -> int:
    text = environment.get(name) or default
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise BadSetting(
            f"{name} is {text!r}; it takes a number from {least} to {most} {name} 应为 {least} 到 {most} 的数字"
        )
    return int(text)


def _one_of(environment: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    text = environment.get(name) or known[0]
    if text not in known:
        raise BadSetting(f"{name} is {text!r}; it takes {' or '.join(known)} {name} 应为 {' 或 '.join(known)}")
    return text


def _documents(environment: Mapping[str, str]) -> str:
    text = environment.get("JISHI_DOCUMENTS") or "any"
    if text in ("any", "persisted") or all(name.strip() in ROLES for name in text.split(",")):
        return text
    raise BadSetting(
        f"JISHI_DOCUMENTS is {text!r}; it takes any, persisted, or roles like storefront,customer "
        "JISHI_DOCUMENTS 应为 any、persisted 或角色列表"
    )


def _address(text: str | None) -> str | None:
    if not text:
        return None
    try:
        parts = urlsplit(text)
        # Of several hosts each has a port of its own, which urlsplit cannot read.
        if parts.scheme in ("postgresql", "postgres") and ("," in parts.netloc or parts.port != 0):
            return text
    except ValueError:
        pass
    raise BadSetting(
        "JISHI_DATABASE_URL is no address of a PostgreSQL server; it takes postgresql://USER:PASSWORD@HOST:5432/NAME, "
        "with special signs in the password written as %40 and so on 数据库地址格式有误"
    )


def _share(environment: Mapping[str, str], name: str, default: str = "0") -> float:
    text = environment.get(name) or default
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise BadSetting(f"{name} is {text!r}; it takes a share from 0 to 1, like 0.05 {name} 应为 0 到 1 的比例")
    return share


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())
    except ValueError:
        raise BadSetting(
            f"JISHI_WEBHOOK_NETWORKS is {text!r}; it takes networks like 10.1.0.0/16, separated by commas 网段格式有误"
        ) from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise BadSetting(f"JISHI_TIMEZONE is {name!r}; it takes a name like Asia/Shanghai 时区名无效") from None
