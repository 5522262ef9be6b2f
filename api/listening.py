"""The sockets on which a server listens: one for each of its processes, on one port.

It knows the system's ways of spreading connections, and must not know who answers them.
"""

from __future__ import annotations

import socket
import sys

BACKLOG = 2048


def bound(host: str, port: int, processes: int) -> list[socket.socket]:
    """Listening sockets, not more than `processes`. Raises OSError where the port is taken.

    Where all processes wait at one socket, whoever is idle longest takes nearly all connections, and keeps those that
    stay open. Linux spreads them evenly over sockets that share a port.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    first = socket.create_server((host, port), family=family, backlog=BACKLOG)
    if processes == 1 or sys.platform != "linux":
        return [first]
    # One that shares its port never finds it taken by another server that shares its own; this one did.
    port = first.getsockname()[1]
    first.close()
    return [
        socket.create_server((host, port), family=family, backlog=BACKLOG, reuse_port=True) for _ in range(processes)
    ]
