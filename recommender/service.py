"""Use cases about models: keep, promote, roll back, load.

It knows that only a model which passes every check may serve; it must not know how one is trained.
"""

from __future__ import annotations

from datetime import datetime

from recommender import store
from recommender.errors import NoSuchModel
from recommender.serve import Recommender
from recommender.store import ModelRow
from sql.pool import Database


async def load_serving(db: Database) -> Recommender | None:
    """The model that serves, checked; None before the first promotion. Raises BadModel."""
    found = await store.load_serving(db)
    return Recommender.load(found.artifact, found.manifest, found.version) if found else None


async def load_previous(db: Database) -> Recommender | None:
    """The model that served before the one that serves, checked; None when there is none. Raises BadModel."""
    async with db.connection() as connection:
        try:
            version = await store.previous_version(connection)
        except NoSuchModel:
            return None
    found = await store.load(db, version)
    return Recommender.load(found.artifact, found.manifest, found.version)


async def load_version(db: Database, version: int) -> Recommender:
    """A stored model, checked. Raises NoSuchModel or BadModel."""
    found = await store.load(db, version)
    return Recommender.load(found.artifact, found.manifest, version)


async def promote(db: Database, version: int, *, at: datetime) -> None:
    """Let a model serve, in one transaction, after every check. Raises NoSuchModel, or BadModel and changes nothing."""
    found = await store.load(db, version)
    Recommender.load(found.artifact, found.manifest, version)
    async with db.transaction() as connection:
        await store.serve(connection, version, at=at)


async def rollback(db: Database, *, at: datetime) -> int:
    """Let the model before serve again and return its version. Raises NoSuchModel or BadModel."""
    async with db.connection() as connection:
        version = await store.previous_version(connection)
    await promote(db, version, at=at)
    return version


async def models(db: Database) -> list[ModelRow]:
    """All models, newest first."""
    return await store.models(db)
