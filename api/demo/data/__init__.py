"""The demo operator's own words and numbers, written by hand in JSON.

Knows where the files lie; must not know what they mean.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load(name: str) -> Any:
    """The content of `name`.json. It is shared by its readers, who leave it as it is."""
    return json.loads(files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
