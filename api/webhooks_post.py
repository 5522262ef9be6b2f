"""One message on its way: the receiver's name is resolved, its addresses judged, and exactly the judged one is called.

Knows HTTP and names; must not know what a message says. No redirect is followed and no proxy asked, since either could
lead to where the name did not.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from catalog.feeds.webhook import UNREACHABLE, Reach

CONNECT, WHOLE = 5.0, 10.0
"""Seconds until a receiver is reached, and until it has answered."""
READ = 4096
"""Of an answer no more is read: what it says is of no interest."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` None: it never came to an answer, and `error` says why. 2xx is taken, everything else failed."""

    status: int | None
    error: str = ""

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


# Reading all certificates of the system takes 25 ms: once in a process.
system_trust = cache(ssl.create_default_context)


@dataclass(frozen=True, slots=True)
class Poster:
    """Sends messages within `reach`, to who can prove their name to `trust`; each has a connection of its own."""

    reach: Reach
    trust: ssl.SSLContext = field(default_factory=system_trust)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        wrong = self.reach.wrong_url(url)
        if wrong:
            return Answer(None, f"the address {wrong.said('en')}")
        try:
            async with asyncio.timeout(WHOLE):
                return await self._post(url, headers, body)
        except TimeoutError:
            return Answer(None, f"no answer within {WHOLE:.0f} seconds")
        except socket.gaierror:
            return Answer(None, "the host's name cannot be resolved")
        except (httpx.HTTPError, OSError, ssl.SSLError) as error:
            return Answer(None, f"{type(error).__name__}: {error}"[:300])

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        # One closed address among open ones is how a name is made to point inside on the second look.
        if not addresses or not all(self.reach.allows(one) for one in addresses):
            return Answer(None, f"the host {UNREACHABLE.said('en')}")
        target = httpx.URL(url).copy_with(host=_bracketed(addresses[0]), port=port)
        async with (
            httpx.AsyncClient(
                verify=self.trust if parts.scheme == "https" else False,
                follow_redirects=False,
                trust_env=False,
                timeout=httpx.Timeout(WHOLE, connect=CONNECT),
            ) as client,
            client.stream(
                "POST",
                target,
                content=body,
                headers={"content-type": "application/json", "user-agent": "jishi", **headers, "host": parts.netloc},
                extensions={"sni_hostname": host},
            ) as answer,
        ):
            read = 0
            async for piece in answer.aiter_raw():
                read += len(piece)
                if read >= READ:
                    break
            return Answer(answer.status_code, "" if answer.is_success else f"answered {answer.status_code}")


def _bracketed(address: str) -> str:
    return f"[{address}]" if ip_address(address.partition("%")[0]).version == 6 else address
