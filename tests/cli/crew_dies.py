"""A server process that ends before it is ready."""

from __future__ import annotations

from multiprocessing.connection import Connection


def work(pipe: Connection, number: int) -> None:
    raise SystemExit(3)
