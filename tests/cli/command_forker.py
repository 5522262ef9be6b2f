"""Runs commands for the tests: it imports the program once, and forks for each command, which then need not.

A line of JSON on standard input says which; the exit code is a line on standard output. The child is a process like any
that a person starts: with its own arguments, surroundings, files and exit code.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import sys
import traceback
from typing import Any


def become(asked: dict[str, Any]) -> None:
    """Turns this process into the command, to its end."""
    from api.cli import main

    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir("/")
    new = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, file, mode in ((0, os.devnull, os.O_RDONLY), (1, asked["out"], new), (2, asked["err"], new)):
        descriptor = os.open(file, mode, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.argv = ["jishi", *asked["arguments"]]
    code = 1
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    # To take everything down that was imported takes longer than most commands.
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def serve() -> None:
    # What most commands need.
    import api.app
    import api.batch
    import api.commands.data
    import api.commands.demo_setup
    import api.commands.export
    import api.insight  # noqa: F401 -- for those that are forked

    gc.freeze()
    # Not `for line in sys.stdin`, which reads ahead, and a child would read it again.
    while line := sys.stdin.readline():
        child = os.fork()
        if not child:
            become(json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
