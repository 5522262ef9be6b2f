"""The models that PostgreSQL keeps: which there are, which serves, and the bytes of each.

It knows statements and their columns; it must not know what makes a model good, nor whether its bytes are sound.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sql
from recommender.errors import NoSuchModel
from sql.pool import Connection, Database

QUERIES = sql.queries("recommender")


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One kept model: `warm` and `cold` name what serves customers with history and without."""

    version: int
    created_at: datetime
    promoted_at: datetime | None
    sha256: str
    is_serving: bool
    warm: str
    cold: str


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model as bytes; `Recommender.load` checks it."""

    version: int
    manifest: dict[str, Any]
    artifact: bytes


async def save(db: Database, artifact: bytes, manifest: Mapping[str, Any], *, at: datetime) -> int:
    """Keep a model and return its version; it does not serve yet."""
    async with db.transaction() as connection:
        return cast(
            int,
            await connection.fetchval(
                QUERIES.save_model, at, dict(manifest), artifact, manifest["sha256"], manifest.get("drift") or {}
            ),
        )


async def load(db: Database, version: int) -> StoredModel:
    """Raises NoSuchModel."""
    row = await db.fetchrow(QUERIES.model, version)
    if row is None:
        raise NoSuchModel(
            f"there is no model {version}; see jishi models list 没有该版本的模型，请用 jishi models list 查看"
        )
    return StoredModel(row["version"], row["manifest"], row["artifact"])


async def load_serving(db: Database) -> StoredModel | None:
    """The model that serves, None before the first promotion."""
    row = await db.fetchrow(QUERIES.serving)
    return StoredModel(row["version"], row["manifest"], row["artifact"]) if row else None


async def serving_version(db: Database) -> int | None:
    row = await db.fetchrow(QUERIES.serving_version)
    return row["version"] if row else None


async def models(db: Database) -> list[ModelRow]:
    """All models, newest first."""
    return [ModelRow(**row) for row in await db.fetch(QUERIES.models)]


async def prune(db: Database, keep: int) -> list[int]:
    """Forget models that never served and are not among the last `keep`."""
    return [row["version"] for row in await db.fetch(QUERIES.prune, keep)]


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest model, whether it serves or not, and how its data differ from those before."""

    version: int
    created_at: datetime
    drift: dict[str, Any]


async def newest(db: Database) -> Newest | None:
    """None before the first training."""
    row = await db.fetchrow(QUERIES.newest)
    return Newest(**row) if row else None


async def serve(connection: Connection, version: int, *, at: datetime) -> None:
    """Inside a transaction: from its commit on this model serves, and every server process hears of it."""
    await connection.execute(QUERIES.mark_promoted, version, at)
    await connection.execute(QUERIES.serve_model, version, at)
    await connection.execute(QUERIES.announce_model, version)


async def previous_version(connection: Connection) -> int:
    """The model that served before the one that serves. Raises NoSuchModel."""
    row = await connection.fetchrow(QUERIES.serving_version)
    if row is None or row["previous"] is None:
        raise NoSuchModel("no model served before this one; see jishi models list 之前没有其他模型服务过")
    return cast(int, row["previous"])


async def health(db: Database) -> dict[int, float]:
    """Offering id → how healthy the product is, from 0 to 1, of those for which it was reckoned."""
    return {row["offering_id"]: row["health"] for row in await db.fetch(QUERIES.health)}
