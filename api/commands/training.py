"""`jishi train`, `jishi evaluate` and `jishi models`: a model is made, judged, promoted or taken back.

Knows options and tables for the terminal; must not know how a model works.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import click
from tqdm import tqdm

from api.commands.common import json_option, mendable, report, run, say, settings
from api.database import connected
from api.services import utc_now
from recommender import store, train as nightly

grid_option = click.option(
    "--grid",
    type=click.Choice(["quick", "full"]),
    default="quick",
    show_default=True,
    help="How many settings of each candidate are tried. 调参范围。",
)
