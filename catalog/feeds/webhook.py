"""A webhook: who is told of what, how a message is signed, and when one that failed is sent again.

Knows signatures (the conventions of Standard Webhooks), addresses and waiting times; must not know how a message
travels or where endpoints are kept.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from catalog.text import Text

Network = IPv4Network | IPv6Network
PREFIX = "whsec_"
# The translation prefix of NAT64 and 6to4 carry an IPv4 address inside, which is the one that is reached.
_NAT64, _6TO4 = ip_network("64:ff9b::/96"), ip_network("2002::/16")
LONGEST_URL = 2000


class Topic(StrEnum):
    CATALOG_CHANGED = "CATALOG_CHANGED"
    HAND_OVER_CHANGED = "HAND_OVER_CHANGED"


class StreamStatus(StrEnum):
    """DEAD: given up after too many failures; nothing is lost, and it goes on where it stopped when it is resumed."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    DEAD = "DEAD"


@dataclass(frozen=True, slots=True)
class Stream:
    """How far an endpoint was told of a topic: everything up to `cursor`. `attempts` failed since the last success."""

    topic: Topic
    status: StreamStatus
    cursor: int
    behind: int
    attempts: int
    next_at: datetime
    last_at: datetime | None
    last_status: int | None
    last_error: str | None
    delivered: int
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Until `previous_until` messages are signed with the secret of the generation before as well."""

    id: int
    code: str
    url: str
    personal_data: bool
    secret_generation: int
    previous_until: datetime | None
    created_at: datetime
    created_by: str
    etag: int
    streams: tuple[Stream, ...] = ()

    def generations(self, at: datetime) -> tuple[int, ...]:
        """The generations of secrets that sign at `at`, the newest first."""
        if self.previous_until and at < self.previous_until:
            return (self.secret_generation, self.secret_generation - 1)
        return (self.secret_generation,)


@dataclass(frozen=True, slots=True)
class Retry:
    """Waits `first`, then twice as long each time up to `longest`, each stretched by up to half; then gives up.

    By default a receiver that is down for a day loses nothing and needs nobody's hand.
    """

    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(hours=6)
    attempts: int = 18

    def wait(self, failures: int, chance: float) -> timedelta:
        """How long to wait after so many failures; `chance` in [0, 1) spreads those that failed together."""
        doubled: timedelta = self.first * float(1 << min(failures - 1, 32))
        return min(doubled, self.longest) * (1 + chance / 2)


def secret(key: bytes, endpoint_id: int, generation: int) -> bytes:
    """The 32 bytes that an endpoint's messages are signed with; they stand nowhere but in this reckoning."""
    return hmac.new(key, f"jishi.webhook.{endpoint_id}.{generation}".encode(), hashlib.sha256).digest()


def written_secret(raw: bytes) -> str:
    """A secret as its receiver gets it."""
    return PREFIX + base64.b64encode(raw).decode()


def signed(secrets: Iterable[bytes], message_id: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """The headers of a message: its id, its time, and one signature with each secret."""
    moment = str(int(at.timestamp()))
    content = f"{message_id}.{moment}.".encode() + body
    seals = (base64.b64encode(hmac.new(one, content, hashlib.sha256).digest()).decode() for one in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(f"v1,{seal}" for seal in seals),
    }


@dataclass(frozen=True, slots=True)
class Reach:
    """Where messages may go: to public addresses by https, and to `networks` that the operator named.

    `insecure` is for tests on one's own machine: http, and any address.
    """

    networks: tuple[Network, ...] = ()
    insecure: bool = False

    def wrong_url(self, url: str) -> Text | None:
        """Why messages cannot go there, as far as the text tells."""
        try:
            parts = urlsplit(url)
            port_is_right = parts.port != 0
        except ValueError:
            return Text("不是有效的网址", "is no address of the web")
        if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or not port_is_right:
            return Text("不是有效的网址", "is no address of the web")
        if parts.scheme != "https" and not (self.insecure and parts.scheme == "http"):
            return Text("须为 https 地址", "must begin with https://")
        if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
            return Text("须含主机名，且不得含用户名、密码或锚点", "must name a host, and no user, password or fragment")
        literal = _literal(parts.hostname)
        return None if literal is None or self.allows(literal) else UNREACHABLE

    def allows(self, address: str) -> bool:
        """Whether messages may go to this address; inside networks are closed unless they were named."""
        found = _inner(ip_address(address.partition("%")[0]))
        if self.insecure or any(found in network for network in self.networks):
            return True
        return found.is_global and not found.is_multicast


UNREACHABLE = Text(
    "指向内网或保留地址；如确需使用，请由运维在 JISHI_WEBHOOK_NETWORKS 中列出该网段",
    "points into a private or reserved network; the operator may name it in JISHI_WEBHOOK_NETWORKS",
)


def _literal(host: str) -> str | None:
    try:
        return str(ip_address(host.partition("%")[0]))
    except ValueError:
        return None


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _6TO4:
        return IPv4Address((int(address) >> 80) & 0xFFFFFFFF)
    return address
