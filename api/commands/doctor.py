"""`jishi doctor`: everything that may be wrong here, a line each, with what to do.

Knows the order of the looks; must not know what is healthy.
"""

from __future__ import annotations

from dataclasses import asdict

import click

from api.clock import utc_now
from api.commands.common import json_option, mendable, report, run, say, settings
from api.commands.serving import strange_package
from api.doctor import database, machine
from api.doctor.finding import Finding, broken
from api.settings import Settings


@click.command()
@json_option
@mendable
def doctor(as_json: bool) -> None:
    """Look for what is wrong here, and say what to do. 体检并给出处理办法。

    Changes nothing. Exit code 1 when something is broken (FAIL); WARN is worth a glance.
    """
    found = _look(settings())
    worst = next(status for status in ("FAIL", "WARN", "OK") if any(one.status == status for one in found))
    report({"status": worst, "checks": [asdict(one) for one in found]}, as_json, "\n".join(one.text() for one in found))
    if worst == "FAIL":
        say("something is broken; see the lines that begin with FAIL 存在故障，请看以 FAIL 开头的行")
        raise SystemExit(1)


def _look(chosen: Settings) -> list[Finding]:
    now = utc_now()
    found = [machine.python(), *machine.packages(), *machine.settings()]
    if strange := strange_package():
        found.append(broken("packages", "another distribution's package hides ours", strange, strange))
    found += [
        machine.clock(now),
        machine.home(chosen),
        machine.disk(chosen),
        *machine.keys(chosen),
        machine.port(chosen),
    ]
    if any(one.check == "home" and one.status == "FAIL" for one in found) and not chosen.database_url:
        return found
    return [*found, *run(database.look(chosen, now))]
