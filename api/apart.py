"""Work that would keep a processor busy, done in a process of its own so that no other request waits for it.

Knows how such a process begins and ends; must not know what it does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class DiedApart(Exception):
    """The process ended before its work did: most likely it was too large for the memory of this machine."""


async def apart(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` returns or raises; function, arguments and result go from process to process by pickle."""
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    try:
        asked = pool.submit(work, *args, **kwargs)
        return await asyncio.wrap_future(asked)
    except BrokenProcessPool as error:
        raise DiedApart(str(error)) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
