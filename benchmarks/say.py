"""Progress of a measurement, on stderr: stdout is for figures.

Knows the terminal; must not know what is measured.
"""

from __future__ import annotations

import sys


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
