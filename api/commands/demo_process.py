"""What the first start runs beside the server: `python -m api.commands.demo_process CUSTOMERS`.

Knows that it ends with the process that started it; must not know how a demo operator is made.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading

from api import logs
from api.clock import utc_now
from api.commands import demo_setup
from api.commands.common import mendable, settings


def _end_with_starter() -> None:
    """Stops this process when its standard input ends: whoever held the other end is gone, however that came."""

    def watch() -> None:
        os.read(0, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


@mendable
def main() -> None:
    logs.configure()

    def terminated(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, terminated)
    _end_with_starter()
    try:
        asyncio.run(demo_setup.make(settings(), customers=int(sys.argv[1]), at=utc_now()))
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
