"""What training makes of the demo operator comes near the truth that made it up."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from scipy.stats import spearmanr

from api import demo
from api.commands.demo_setup import import_files
from api.eligible_then import RulesThen
from api.settings import Settings
from recommender import scoring, service
from recommender.barred import unpack
from recommender.source import read
from recommender.splits import inputs_at
from recommender.store import spaced
from recommender.train import train
from sql.pool import Database

UNTIL = date(2026, 3, 15)
AT = datetime(2026, 3, 16, tzinfo=UTC)
CUSTOMERS, SEED = 6_000, 3


@pytest.mark.slow
async def test_planted_needs_are_recovered_and_probabilities_are_true(dsn: str, tmp_path: Path) -> None:
    db = await Database.open(dsn, command_timeout=None)
    settings = Settings(tmp_path, None, "127.0.0.1", 0, ZoneInfo("Asia/Shanghai"), None, None)
    await import_files(db, settings, customers=CUSTOMERS, seed=SEED, until=UNTIL, at=AT)
    rules = RulesThen(db, settings.timezone)
    report = (await train(db, at=AT, rules=rules)).report
    serving = await service.load_serving(db)
    assert serving is not None
    source = await read(db, AT, "quick", 90, lambda message: None)
    held = source.data.history.cells(source.at).held(len(serving.items))
    async with db.connection() as connection:
        bits = await rules(connection, spaced(source.size, CUSTOMERS), serving.items, held, AT)
    codes = [row["code"] for row in await db.fetch("select code from customer order by id")]
    await db.close()
    (known,) = demo.truth(customers=CUSTOMERS, seed=SEED, until=UNTIL, at=UNTIL)
    people = [place for place, segment in enumerate(known.segments) if segment]
    place = {code: number for number, code in enumerate(codes)}
    rows = np.array([place[known.customers[one]] for one in people])
    columns = np.array([serving.space.index[item] for item in known.items])
    served = scoring.by_role(serving.contents, inputs_at(source.data, serving.space, source.at)[rows])
    assert served.chances is not None
    scores, chances = served.scores[:, columns], served.chances[:, columns]
    popular = serving.contents.roles["popularity"].model.bias[columns] + np.zeros_like(scores)
    truth = np.nan_to_num(known.probability[people])
    # What may be offered is what is ranked, and what probabilities speak of.
    open_ = ~(unpack(bits, len(serving.items)) | (held.toarray() > 0))[rows][:, columns]
    offered = np.where(open_, truth, 0)
    assert rank(scores, offered) > rank(popular, offered) + 0.02
    assert ndcg(scores, offered) > ndcg(popular, offered) + 0.1
    against = tenths(chances[open_], truth[open_])
    reported = [(one["expected"], one["taken"], 2 * one["expected"]) for one in report["reliability"]["warm"]]
    assert sum(true for _, true, _ in against) == pytest.approx(sum(said for said, _, _ in against), rel=0.1)
    assert sum(map(holds, reported)) >= 8
    assert sum(map(holds, against)) >= 8


Tenth = tuple[float, float, float]


def tenths(chances: Any, truth: Any) -> list[Tenth]:
    """Expected, true, and the variance of their difference, in tenths of the expected takers."""
    order = np.argsort(chances, kind="stable")
    said, true = chances[order], truth[order]
    number = np.minimum(np.cumsum(said) / said.sum() * 10, 9).astype(int)
    return [
        (float(said[own].sum()), float(true[own].sum()), float(said[own].sum()))
        for own in (number == one for one in range(10))
    ]


def holds(tenth: Tenth) -> bool:
    """Within a tenth, or two standard errors."""
    expected, found, variance = tenth
    return abs(found - expected) <= max(0.1 * expected, 2 * variance**0.5)


def rank(scores: Any, truth: Any) -> float:
    """Spearman's correlation per customer over what is possible, the mean."""
    found = [
        spearmanr(one[true > 0], true[true > 0]).statistic
        for one, true in zip(np.nan_to_num(scores, neginf=-1e9), truth, strict=True)
        if (true > 0).sum() > 4
    ]
    return float(np.nanmean(found))


def ndcg(scores: Any, truth: Any) -> float:
    """Of ten places among what is possible, the gain being the true chance."""
    asked = truth.any(axis=1)
    open_, true = np.where(truth > 0, scores, -np.inf)[asked], truth[asked]
    discount = 1 / np.log2(np.arange(10) + 2.0)
    first = np.argsort(-open_, axis=1, kind="stable")[:, :10]
    gain = np.take_along_axis(true, first, axis=1) @ discount
    return float((gain / (-np.sort(-true, axis=1)[:, :10] @ discount)).mean())
