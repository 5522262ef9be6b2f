"""Whether a server can hold our data: its version, its encoding, and letters that are more than ASCII.

It knows PostgreSQL's settings, and must not know our tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from sql.errors import DatabaseUnavailable

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

_OLDEST = 16
# The name of the locale's column differs between versions, hence the detour over jsonb.
_SETTINGS = """
select current_setting('server_version_num')::int / 10000 as version, pg_encoding_to_char(encoding) as encoding,
       datlocprovider::text as provider,
       case datlocprovider when 'c' then datctype else to_jsonb(d) ->> 'datlocale' end as locale
from pg_database d where datname = current_database()
"""


async def check(connection: Connection, where: str) -> None:
    """Raise DatabaseUnavailable when the database at `where` cannot be used, with what to do about it."""
    row = await connection.fetchrow(_SETTINGS)
    assert row is not None
    if row["version"] < _OLDEST:
        raise DatabaseUnavailable(
            f"the server at {where} is PostgreSQL {row['version']}; Jishi needs {_OLDEST} or later and is made for 18: "
            f"upgrade it 需要 PostgreSQL {_OLDEST} 或更高版本"
        )
    # A C locale folds and classifies ASCII alone: Chinese text would not count as letters.
    if row["encoding"] != "UTF8" or (row["provider"] != "i" and row["locale"] in ("C", "POSIX")):
        raise DatabaseUnavailable(
            f"the database at {where} has encoding {row['encoding']} and locale {row['locale']}, which spoil Chinese "
            "text; create it with: createdb -T template0 -E UTF8 --locale-provider=builtin --builtin-locale=C.UTF-8 "
            "NAME (on PostgreSQL 16: --locale=C.UTF-8) 该数据库的编码或区域设置会破坏中文，请按上述命令重新创建"
        )
