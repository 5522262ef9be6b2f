"""`jishi schema` and `jishi migrate`: the shape of the API, and of the database.

Knows how to print and apply them; must not know what is in them.
"""

from __future__ import annotations

import asyncio

import click

from api.commands.common import mendable, run, say, settings
from sql import embedded
from sql import migrate as migrations


@click.command()
def schema() -> None:
    """Print the GraphQL schema. 打印 GraphQL 模式。"""
    from api.graphql.schema import schema as graphql_schema

    click.echo(graphql_schema.as_str())


@click.command()
@click.option("--check", is_flag=True, help="Say what is pending, change nothing; exit 1 if anything is. 仅检查。")
@mendable
def migrate(check: bool) -> None:
    """Bring the database to this version's shape. 升级数据库结构。

    `up`, `serve`, `import` and `train` do so by themselves.
    """
    chosen = settings()

    async def work() -> list[str]:
        act = migrations.pending if check else migrations.migrate
        if chosen.database_url:
            return await act(chosen.database_url)
        server = await asyncio.to_thread(embedded.start, chosen.home)
        try:
            return await act(server.dsn)
        finally:
            await asyncio.to_thread(server.close)

    names = run(work())
    for name in names:
        click.echo(name)
    say(("pending 待执行" if check else "applied 已执行") + f": {len(names)}")
    if check and names:
        raise SystemExit(1)
