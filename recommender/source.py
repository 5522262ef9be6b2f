"""What a training or an evaluation finds in the database, and the customers that it reads to compare candidates.

It knows how much to read and which cutoffs matter; it must not know what is learned.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from recommender import copying, reading, store
from recommender.barred import Bits, is_barred
from recommender.errors import CannotJudge, NothingToLearn
from recommender.inputs import AttributeKind
from recommender.interactions import Matrix
from recommender.models.recipe import Grid
from recommender.prior import Kinship
from recommender.splits import Data
from sql.pool import Connection, Database

Progress = Callable[[str], None]
DAY = 86_400
# Customers read to compare candidates; the final fit sees everyone.
COMPARED: dict[Grid, int] = {"quick": 100_000, "full": 300_000}
# Of what was taken, steps up and all, this share must have been open, or the rules are not believed.
LEAST_KEPT = 0.25


class Rules(Protocol):
    """The catalog's side, which this room does not know: api introduces it."""

    async def __call__(
        self, connection: Connection, parts: Sequence[store.Range], items: Sequence[str], held: Matrix, at: datetime
    ) -> Bits:
        """What the customers of these ranges of ids (in the order of ids, range by range) could not buy at `at`.

        `held`: customers × items, what they held then. Of what the catalog did not know nobody could buy anything.
        """
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """What was found in the database, and the customers that were read to compare candidates."""

    words: store.Vocabulary
    kinds: Mapping[str, AttributeKind]
    size: store.Extent
    data: Data
    at: int
    window: int
    # What rules kept from these customers, by cutoff; empty: nobody asked.
    barred: Mapping[int, Bits] = field(default_factory=dict)

    @property
    def cutoffs(self) -> tuple[int, ...]:
        return self.data.history.cutoffs

    @property
    def kin(self) -> Kinship:
        """Items of a family are siblings, else those of a category."""
        return Kinship((self.words.family, self.words.category), self.words.step)

    def about(self, protocol: str, grid: Grid, at: datetime) -> dict[str, Any]:
        """What every report begins with."""
        return {
            "protocol": protocol,
            "at": at.isoformat(),
            "windowDays": self.window // DAY,
            "grid": grid,
            "customers": self.size.customers,
            "compared": self.data.history.customers,
            "items": len(self.words.items),
            "underRules": bool(self.barred),
        }

    @property
    def is_whole(self) -> bool:
        return self.data.history.customers == self.size.customers


async def read(
    db: Database, at: datetime, grid: Grid, window_days: int, progress: Progress, extra: Collection[str] = ()
) -> Source:
    """Raises NothingToLearn on an empty database, CannotJudge where an attribute of `extra` is not declared."""
    words, kinds, size = await store.vocabulary(db), await store.attributes(db), await store.extent(db)
    if not words.items:
        raise NothingToLearn("there are no offerings; run jishi import catalog FILE first 还没有商品，请先导入目录")
    if not size.customers:
        raise NothingToLearn("there are no customers; run jishi import customer FILE first 还没有客户，请先导入客户")
    unknown = sorted(set(extra) - set(kinds))
    if unknown:
        raise CannotJudge(
            f"there is no attribute {unknown[0]}; the declared ones are: {', '.join(kinds) or 'none'} 没有这个属性"
        )
    moment, window = int(at.timestamp()), window_days * DAY
    cutoffs = tuple(moment - back * window for back in (3, 2, 1, 0))
    limit = COMPARED[grid]
    progress(f"reading {min(size.customers, limit)} of {size.customers} customers 读取客户")
    async with db.connection() as connection:
        await copying.alone(connection)
        data = await reading.read(connection, store.spaced(size, limit), words, kinds, cutoffs)
    if not len(data.history.item):
        raise NothingToLearn("nobody holds a product; run jishi import product FILE first 还没有订购，请先导入")
    return Source(words, kinds, size, data, moment, window)


async def under_rules(db: Database, source: Source, grid: Grid, rules: Rules | None) -> Source:
    """The same with what `rules` kept from the customers at the cutoffs after which answers are foreseen.

    Without, where the rules known of then cannot have been those in force: a catalog that begins today bars everything.
    """
    if rules is None:
        return source
    items, parts, found = source.words.items, store.spaced(source.size, COMPARED[grid]), {}
    async with db.connection() as connection:
        for cutoff in (source.at - 2 * source.window, source.at - source.window):
            held = source.data.history.cells(cutoff).held(len(items))
            found[cutoff] = await rules(connection, parts, items, held, datetime.fromtimestamp(cutoff, UTC))
    return replace(source, barred=found) if all(_believable(source, *one) for one in found.items()) else source


def _believable(source: Source, cutoff: int, barred: Bits) -> bool:
    """Not when customers came or went while both were read, so that rows are not the same people, nor when hardly
    anything that was taken could have been."""
    history = source.data.history
    if len(barred) != history.customers:
        return False
    row, item = history.acquired(cutoff, cutoff + source.window).nonzero()
    return bool((~is_barred(barred, row, item)).sum() >= LEAST_KEPT * len(row))
