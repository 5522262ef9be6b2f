"""`jishi train`, `jishi evaluate` and `jishi models`: a model is made, judged, promoted or taken back.

Knows options and tables for the terminal; must not know how a model works.
"""

from __future__ import annotations

import click

grid_option = click.option(
    "--grid",
    type=click.Choice(["quick", "full"]),
    default="quick",
    show_default=True,
    help="How many settings of each candidate are tried. 调参范围。",
)
