"""What another model would have brought, asked of answers whose slots were shuffled.

Knows how to put the customers of then before the model of now; must not know how an estimate comes about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import numpy as np

from api import recommending
from catalog import customer_store
from catalog import store as catalog_store
from catalog.customer_store import Caller
from catalog.moment import Moment
from recommender import outcome_store, service
from recommender.errors import RecommenderError
from recommender.offpolicy import Estimate, Logs, doubly_robust, ips, snips
from recommender.outcome_store import Drawn
from recommender.serve import Recommender
from sql.pool import Database

# What was reported on an answer must not be known when it is asked again.
BEFORE = timedelta(microseconds=1)


class NothingDrawn(RecommenderError):
    """No answer with logged chances was reported on."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """Accepted items an answer: what the logged answers brought, and what the other model would have.

    `doubly_robust` is None for a model without probabilities. `trained_within` says that the model has learned from
    what it is judged on, which flatters it.
    """

    version: int
    answers: int
    slots: int
    logged: float
    ips: Estimate
    snips: Estimate
    doubly_robust: Estimate | None
    trained_within: bool


@dataclass(frozen=True, slots=True)
class _Slot:
    target: float
    guess_shown: float | None
    guess_target: float | None


async def challenge(
    db: Database, version: int, caller: Caller, *, start: datetime, end: datetime, most: int, quiet: timedelta
) -> Challenge:
    """Judges the model `version` on at most `most` answers first reported within [start, end).

    Every customer is looked up as known just before the report, and the look-up is audited. Raises NothingDrawn,
    NoSuchModel or BadModel.
    """
    model = await service.load_version(db, version)
    rows = await outcome_store.drawn(db, start, end, most)
    if not rows:
        raise NothingDrawn(
            "no shuffled answer was reported on; serve with JISHI_EXPLORE above 0 for a while, report what is shown "
            "没有可用的探索记录，请先设置 JISHI_EXPLORE 并上报展示结果"
        )
    snapshot = await catalog_store.load(db, start)
    kept: list[Drawn] = []
    slots: list[_Slot] = []
    for _, group in groupby(rows, lambda row: row.answer):
        answer = list(group)
        at = answer[0].at - BEFORE
        customer = await customer_store.look_up(db, answer[0].customer, caller, "model.challenge", at, quiet)
        if customer is not None:
            moment = snapshot.moment(at)
            found = recommending.for_customer(
                customer, moment, model, here=recommending.Situation(answer[0].channel), at=at, n=len(moment.offerings)
            )
            kept += answer
            slots += _slots(answer, found.items, moment)
    return _judged(model, kept, slots, start)


def _slots(answer: Sequence[Drawn], items: Sequence[recommending.Item], moment: Moment) -> Iterator[_Slot]:
    """What the model says of each slot that was shown: whether it would show the same there, and how sure it is."""
    place = {one.scored.item: index for index, one in enumerate(items)}
    for row in answer:
        shown = moment.snapshot.latest(row.offering)
        of_shown = place.get(shown.item if shown else row.offering)
        of_target = row.priority - 1 if row.priority <= len(items) else None
        yield _Slot(
            float(of_shown is not None and of_shown == of_target), _guess(items, of_shown), _guess(items, of_target)
        )


def _guess(items: Sequence[recommending.Item], place: int | None) -> float | None:
    """What the model does not rank it does not expect to be taken."""
    return 0.0 if place is None else items[place].scored.probability


def _judged(model: Recommender, rows: Sequence[Drawn], slots: Sequence[_Slot], start: datetime) -> Challenge:
    unit = np.unique([row.answer.int % 2**62 for row in rows], return_inverse=True)[1].astype(np.int64)
    accepted = np.array([row.accepted for row in rows], dtype=np.float64)
    # Kept as a 32-bit number: one may come back a little above 1.
    propensity = np.minimum(np.array([row.propensity for row in rows], dtype=np.float64), 1.0)
    logs = Logs(unit, accepted, propensity, np.array([slot.target for slot in slots]))
    guesses = [(slot.guess_shown, slot.guess_target) for slot in slots]
    sure = [(shown, target) for shown, target in guesses if shown is not None and target is not None]
    robust = doubly_robust(logs, *np.array(sure).T) if len(sure) == len(guesses) else None
    answers = int(unit.max()) + 1
    return Challenge(
        version=model.version,
        answers=answers,
        slots=len(rows),
        logged=float(accepted.sum()) / answers,
        ips=ips(logs),
        snips=snips(logs),
        doubly_robust=robust,
        trained_within=datetime.fromisoformat(model.manifest["createdAt"]) > start,
    )
