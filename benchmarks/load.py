"""A load of HTTP requests over kept-alive connections, from one process: raw sockets and one epoll loop.

Knows bytes, sockets and latencies; must not know what is asked, nor of whom.
"""

from __future__ import annotations

import math
import select
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

RECEIVE = 1 << 18
END = b"\r\n\r\n"
LENGTH = b"content-length:"
LAST_CHUNK = b"0\r\n\r\n"
# Waiting longer than this for any answer at all means that the server hangs.
PATIENCE = 30.0


class BadAnswer(Exception):
    """An answer that is no 200, or that holds errors: a measurement of it would mean nothing."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one stretch of load came to; the latencies in seconds, rising."""

    answers: int
    seconds: float
    latencies: tuple[float, ...]
    body_bytes: int

    @property
    def rate(self) -> float:
        return self.answers / self.seconds

    def quantile(self, share: float) -> float:
        """Seconds below which this share of the answers came; nan without answers."""
        if not self.latencies:
            return math.nan
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


def request(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """The bytes of one POST of JSON."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n{lines}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def drive(
    port: int,
    requests: Iterator[bytes],
    *,
    connections: int,
    seconds: float,
    warm: float,
    at_least: int,
    at_most: float,
    begin: Callable[[], None] = lambda: None,
    end: Callable[[], None] = lambda: None,
) -> Load:
    """As many requests as the server takes, one on the way for each connection.

    After `warm` seconds `begin` is called and counting starts; it goes on for `seconds`, and until `at_least` answers
    came, but not beyond `at_most`; then `end` is called. What is still on the way is awaited, so that the next load
    finds an idle server. Raises BadAnswer.
    """
    poll = select.epoll()
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
    by_number: dict[int, socket.socket] = {}
    asked: dict[int, float] = {}
    partial: dict[int, bytes] = {}
    clock = time.perf_counter
    try:
        for one in sockets:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number = one.fileno()
            by_number[number] = one
            poll.register(number, select.EPOLLIN)
            asked[number] = clock()
            one.sendall(next(requests))
        latencies: list[float] = []
        start, counting, size, heard = clock() + warm, False, 0, clock()
        while True:
            now = clock()
            if not counting and now >= start:
                begin()
                counting, start, latencies, size = True, clock(), [], 0
            elif counting and now - start >= seconds and (len(latencies) >= at_least or now - start >= at_most):
                end()
                _drain(poll, by_number, set(by_number), partial)
                return Load(len(latencies), now - start, tuple(sorted(latencies)), size // max(1, len(latencies)))
            ready = poll.poll(0.05)
            if ready:
                heard = now
            elif now - heard > PATIENCE:
                raise BadAnswer(f"port {port} has been silent for {PATIENCE:.0f} s")
            for number, _ in ready:
                one = by_number[number]
                data = partial.pop(number, b"") + one.recv(RECEIVE)
                length = _whole(data)
                if length is None:
                    partial[number] = data
                    continue
                latencies.append(clock() - asked[number])
                size += length
                asked[number] = clock()
                one.sendall(next(requests))
    finally:
        poll.close()
        for one in sockets:
            one.close()


def _drain(poll: select.epoll, by_number: dict[int, socket.socket], left: set[int], partial: dict[int, bytes]) -> None:
    deadline = time.perf_counter() + PATIENCE
    while left and time.perf_counter() < deadline:
        for number, _ in poll.poll(0.2):
            partial[number] = partial.get(number, b"") + by_number[number].recv(RECEIVE)
            if _whole(partial[number]) is not None:
                left.discard(number)
                poll.unregister(number)


def ask(port: int, request: bytes) -> bytes:
    """One request on a connection of its own, and the body of its answer. Raises BadAnswer."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as one:
        one.sendall(request)
        data = b""
        while _whole(data) is None:
            more = one.recv(RECEIVE)
            if not more:
                raise BadAnswer(f"port {port} hung up after {data[:300]!r}")
            data += more
    head, _, body = data.partition(END)
    return body if LENGTH in head.lower() else _unchunked(body)


def _whole(data: bytes) -> int | None:
    """The length of the body once all of the answer is there, None before."""
    end = data.find(END)
    if end < 0:
        return None
    if not data.startswith(b"HTTP/1.1 200"):
        raise BadAnswer(data[:600].decode("utf-8", "replace"))
    head = data[:end].lower()
    found = head.find(LENGTH)
    have = len(data) - end - len(END)
    if found >= 0:
        line_end = head.find(b"\r\n", found)
        length = int(head[found + len(LENGTH) : line_end if line_end >= 0 else None])
        done = have >= length
    else:
        length, done = have, data.endswith(LAST_CHUNK)
    if done and data.find(b'"errors":', end, end + 200) >= 0:
        raise BadAnswer(data[end : end + 600].decode("utf-8", "replace"))
    return length if done else None


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        whole, body = whole + rest[:length], rest[length + 2 :]
    return whole


def median(values: list[float]) -> float:
    return statistics.median(values)
