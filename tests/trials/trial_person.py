"""A person at the command line: the real commands, in this process where that is enough, and what was said.

Knows how a command is called; must not know what it does.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

from trial_home import Home, Said

from api.cli import main

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_MANY_LINES = 16


def inside(home: Home, *arguments: str, **environment: str) -> Said:
    """As `home.run`, without the second that a new interpreter takes."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with _environment(home.environment(**environment)), redirect_stdout(out), redirect_stderr(err):
        try:
            main.main(args=list(arguments), prog_name="jishi")
        except SystemExit as end:
            code = end.code
    return Said(code if isinstance(code, int) else 0 if code is None else 1, out.getvalue(), err.getvalue())


@contextmanager
def _environment(wanted: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    try:
        os.environ.clear()
        os.environ.update(wanted)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def complaint(said: Said) -> str:
    """What the command said when it refused, after a look at its manners."""
    assert said.code not in (0, None), said
    assert "Traceback" not in said.err, said.err
    assert _CHINESE.search(said.err), f"not in Chinese: {said.err}"
    assert re.search(r"[a-z]{3}", said.err), f"not in English: {said.err}"
    assert len(said.err.strip().splitlines()) <= _MANY_LINES, said.err
    return said.err
