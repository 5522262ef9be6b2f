"""Use cases about models: keep, promote, roll back, load.

It knows that only a model which passes every check may serve; it must not know how one is trained.
"""

from __future__ import annotations

from datetime import datetime

from recommender import model_store
from recommender.errors import NoSuchModel
from recommender.model_store import ModelRow
from recommender.serve import Recommender
from sql.pool import Database

# Models beyond these are forgotten by the next training, unless they served.
KEPT = 10


async def load_serving(db: Database) -> Recommender | None:
    """The model that serves, checked; None before the first promotion. Raises BadModel."""
    found = await model_store.load_serving(db)
    return Recommender.load(found.artifact, found.manifest, found.version) if found else None


async def load_previous(db: Database) -> Recommender | None:
    """The model that served before the one that serves, checked; None when there is none. Raises BadModel."""
    async with db.connection() as connection:
        try:
            version = await model_store.previous_version(connection)
        except NoSuchModel:
            return None
    found = await model_store.load(db, version)
    return Recommender.load(found.artifact, found.manifest, found.version)


async def load_version(db: Database, version: int) -> Recommender:
    """A stored model, checked. Raises NoSuchModel or BadModel."""
    found = await model_store.load(db, version)
    return Recommender.load(found.artifact, found.manifest, version)


async def promote(db: Database, version: int, *, at: datetime) -> None:
    """Let a model serve, in one transaction, after every check. Raises NoSuchModel, or BadModel and changes nothing."""
    found = await model_store.load(db, version)
    Recommender.load(found.artifact, found.manifest, version)
    async with db.transaction() as connection:
        await model_store.serve(connection, version, at=at)


async def rollback(db: Database, *, at: datetime) -> int:
    """Let the model before serve again and return its version. Raises NoSuchModel or BadModel."""
    async with db.connection() as connection:
        version = await model_store.previous_version(connection)
    await promote(db, version, at=at)
    return version


async def models(db: Database) -> list[ModelRow]:
    """All models, newest first."""
    return await model_store.models(db)


async def prune(db: Database, *, keep: int = KEPT) -> list[int]:
    """Forget all but the last `keep` models and those that ever served, and return the versions that are gone.

    What served stays: outcomes name it, and it can be gone back to.
    """
    return await model_store.prune(db, keep)
