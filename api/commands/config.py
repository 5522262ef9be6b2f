"""`jishi config`: the settings in force, where each comes from, and names that look like a slip.

Knows how to print them; must not know what any of them does.
"""

from __future__ import annotations

from dataclasses import asdict

import click

from api.commands.common import json_option, mendable, report, say
from api.settings import effective, strangers


@click.command()
@json_option
@mendable
def config(as_json: bool) -> None:
    """Show the settings in force and where each comes from. 查看生效的设置。

    All are read from the environment. Passwords are never shown.
    """
    found = effective()
    width = max(len(one.value or "-") for one in found)
    lines = [f"{one.name:<18}  {one.value or '-':<{width}}  {one.source:<11}  {one.meaning}" for one in found]
    report([asdict(one) for one in found], as_json, "\n".join(lines))
    for name, meant in strangers().items():
        hint = f"; did you mean {meant}? 是否想写 {meant}？" if meant else " 不是有效的设置名"
        say(f"{name} is set, and is no setting of Jishi{hint}")
