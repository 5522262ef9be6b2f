"""`jishi token`: a token of the local issuer, alone on stdout.

Knows roles and claims; must not know what a role may do.
"""

from __future__ import annotations

from datetime import timedelta

import click

from api.auth import EVERYWHERE, ROLES, Issuer
from api.clock import utc_now
from api.commands.common import mendable, settings, stop


@click.command()
@click.option("--role", required=True, type=click.Choice(ROLES), help="What the bearer may do. 角色。")
@click.option("--sub", "subject", help="Who the bearer is; by default the role's name. 主体。")
@click.option("--region", help="An agent sees this place and below, like shanxi/taiyuan; absent: all. 区域。")
@click.option("--category", "categories", multiple=True, help="For product managers: a category they edit. 类目。")
@click.option("--customer", help="For the role customer: whose data; by default --sub. 客户编号。")
@click.option(
    "--days", type=click.IntRange(1, 366), default=30, show_default=True, help="How long it is valid. 有效天数。"
)
@mendable
def token(
    role: str, subject: str | None, region: str | None, categories: tuple[str, ...], customer: str | None, days: int
) -> None:
    """Print a token for ROLE, signed with the key in JISHI_HOME. 签发访问令牌。"""
    try:
        signed = Issuer.at(settings().home).token(
            subject=subject or role,
            role=role,
            region=region or (EVERYWHERE if role == "agent" else None),
            categories=categories,
            customer=customer or (subject if role == "customer" else None),
            lifetime=timedelta(days=days),
            at=utc_now(),
        )
    except ValueError as error:
        stop(str(error))
    click.echo(signed)
