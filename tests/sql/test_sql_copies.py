from __future__ import annotations

from cluster_support import Administrator
from server_support import run

from sql.pool import Database


async def executed(dsn: str, statement: str) -> None:
    database = await Database.open(dsn)
    await database.execute(statement)
    await database.close()


def used(administrator: Administrator, template: str, statement: str) -> str:
    """The address of a copy in which one statement was run."""
    with administrator.copy(template) as dsn:
        run(executed(dsn, statement))
    return dsn


def test_a_copy_that_was_only_read_is_used_again(administrator: Administrator, template_database: str) -> None:
    first = used(administrator, template_database, "select count(*) from offering")
    assert used(administrator, template_database, "select 1") == first


def test_a_copy_in_which_something_was_written_is_not(administrator: Administrator, template_database: str) -> None:
    first = used(administrator, template_database, "insert into category (code, name) values ('A', '{}')")
    assert used(administrator, template_database, "select 1") != first


def test_neither_is_one_in_which_it_was_rolled_back(administrator: Administrator, template_database: str) -> None:
    undone = "do $$ begin create table strange (id int); raise 'no'; exception when others then null; end $$"
    first = used(administrator, template_database, undone)
    assert used(administrator, template_database, "select 1") != first
