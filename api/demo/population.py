"""The demo operator's customers: what they need, who and where they are, and what changes for them.

Knows people and enterprises; must not know any offering. Days are counted from the beginning of the story.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from api.demo.data import load
from api.demo.lines import STORY
from api.demo.places import Districts, Markets

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]
NEVER = np.float32(np.inf)

EVERY = 50
"""Every fiftieth customer is an enterprise."""


@dataclass(slots=True)
class Population:
    """`n` customers of one kind, an array of length n for each trait.

    `needs` are latent, about N(0, 1). `market` is a position or -1. `joined`, `leaves`, `quiet` (nothing is used or
    taken from then on), `phone5g` (since when) and `contract_end` are days; never is +inf, no contract is NaN.
    """

    number: Array
    needs: dict[str, Array]
    traits: dict[str, Array]
    district: Array
    market: Array
    joined: Array
    leaves: Array
    quiet: Array
    phone5g: Array
    contract_end: Array
    features: dict[str, Array] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.number)

    def loading(self, weights: Mapping[str, float]) -> Array:
        """Σ weight × feature, float32 of length n."""
        total = np.zeros(self.size, dtype=np.float32)
        for name, weight in weights.items():
            total += np.float32(weight) * self.features[name]
        return total


def enterprises(rng: np.random.Generator, number: Array, where: Districts, markets: Markets) -> Population:
    """Traits: `size` and `industry` are positions in population.json."""
    words, n = load("population"), len(number)
    size = rng.choice(len(words["sizes"]), n, p=[one["share"] for one in words["sizes"]])
    industry = rng.choice(len(words["industries"]), n, p=[one["share"] for one in words["industries"]])
    needs = {
        name: _normal(rng, n, 0.7) + _per(words["industries"], industry, name) for name in words["enterprise_needs"]
    }
    district, market, _ = _places(rng, where, markets, np.tile(words["enterprise_markets"], (n, 1)))
    joined, leaves, quiet = _times(rng, n)
    never = np.full(n, NEVER)
    traits = {"size": size, "industry": industry}
    contract_end = np.where(rng.random(n) < 0.7, rng.uniform(0, STORY + 540, n), np.nan).astype(np.float32)
    found = Population(number, needs, traits, district, market, joined, leaves, quiet, never, contract_end)
    found.features = needs | {"size": _take([one["size"] for one in words["sizes"]], size)}
    found.features |= {one["code"]: (industry == at).astype(np.float32) for at, one in enumerate(words["industries"])}
    return found


def people(
    rng: np.random.Generator,
    number: Array,
    where: Districts,
    markets: Markets,
    employers: Population,
    stories: list[Any],
) -> Population:
    """Traits: `segment` and `age` are positions in population.json, `employer` one among `employers` or -1, `female` is
    boolean, `income` about N(0, 1). `stories` fix the traits of a few customers by number."""
    words, n = load("population"), len(number)
    traits = _traits(rng, words, n)
    traits["employer"] = _employers(rng, words, n, employers)
    segment, age = traits["segment"], traits["age"]
    needs = {
        name: _normal(rng, n, 0.6) + _per(words["segments"], segment, name) + _per(words["ages"], age, name)
        for name in words["needs"]
    }
    district, market, kind = _places(rng, where, markets, np.array([one["markets"] for one in words["ages"]])[age])
    # Most people live where their employer is, unless they live in a market of their own.
    near = (traits["employer"] >= 0) & (market < 0) & (rng.random(n) < 0.8)
    district[near] = employers.district[traits["employer"][near]]
    joined, leaves, quiet = _times(rng, n)
    contract_end = np.where(rng.random(n) < 0.6, rng.uniform(0, STORY + 360, n), np.nan).astype(np.float32)
    found = Population(
        number, needs, traits, district, market, joined, leaves, quiet, _phones(rng, traits, joined), contract_end
    )
    for story in stories:
        _tell(found, story, words, markets)
    _observe(found, words, where, markets, kind)
    return found


def _traits(rng: np.random.Generator, words: Mapping[str, Any], n: int) -> dict[str, Array]:
    segment = rng.choice(len(words["segments"]), n, p=[one["share"] for one in words["segments"]])
    ages = np.cumsum([one["age"] for one in words["segments"]], axis=1)[segment]
    age = np.minimum((rng.random(n)[:, None] >= ages).sum(axis=1), len(words["ages"]) - 1)
    income = _normal(rng, n, 0.8) + _take([one["income"] for one in words["segments"]], segment)
    income -= np.where(age == 0, np.float32(0.5), np.float32(0))
    return {"segment": segment, "age": age, "female": rng.random(n) < 0.49, "income": income}


def _employers(rng: np.random.Generator, words: Mapping[str, Any], n: int, employers: Population) -> Array:
    """Fill the employers' places with people in random order; a class D to G has at most five."""
    places = np.repeat(
        np.arange(employers.size),
        _take([one["members"] for one in words["sizes"]], employers.traits["size"]).astype(int),
    )
    who = rng.permutation(n)[: len(places)]
    employer = np.full(n, -1)
    employer[who] = places[: len(who)]
    return employer


def _phones(rng: np.random.Generator, traits: Mapping[str, Array], joined: Array) -> Array:
    """Since when each has a 5G phone: some always, about a third from a day in the story, the others not yet."""
    draw = rng.random(len(joined)) - 0.09 * traits["income"] + 0.07 * (traits["age"] - 2)
    changed = np.maximum(rng.uniform(0, STORY, len(joined)), joined + 1).astype(np.float32)
    return np.where(draw < 0.33, -NEVER, np.where((draw < 0.68) & (changed < STORY), changed, NEVER))


def _places(rng: np.random.Generator, where: Districts, markets: Markets, shares: Array) -> tuple[Array, Array, Array]:
    """(district, market or -1, kind of market or its count); `shares` has a row a customer and a column a kind."""
    n, kinds = len(shares), shares.shape[1]
    kind = (rng.random(n)[:, None] >= np.cumsum(shares, axis=1)).sum(axis=1)
    market = np.full(n, -1)
    for each in range(kinds):
        of_kind = np.flatnonzero(markets.kind == each)
        who = np.flatnonzero(kind == each)
        upto = np.cumsum(markets.size[of_kind]) / markets.size[of_kind].sum()
        market[who] = of_kind[np.minimum(np.searchsorted(upto, rng.random(len(who))), len(of_kind) - 1)]
    anywhere = np.minimum(np.searchsorted(np.cumsum(where.shares), rng.random(n)), len(where.paths) - 1)
    return np.where(market >= 0, markets.district[market], anywhere), market, kind


def _times(rng: np.random.Generator, n: int) -> tuple[Array, Array, Array]:
    """(joined, leaves, quiet): 3 in 100 leave in the last year, 4 in 100 fall silent in the last four months."""
    joined = np.maximum(STORY - 20 - rng.exponential(1400, n), -4000).astype(np.float32)
    draw = rng.random(n)
    leaves = np.where(draw < 0.03, np.maximum(rng.uniform(STORY - 365, STORY, n), joined + 5), NEVER)
    silent = np.where((draw > 0.96) & (joined < STORY - 200), rng.uniform(STORY - 120, STORY, n), NEVER)
    return joined, leaves.astype(np.float32), np.minimum(leaves, silent).astype(np.float32)


def _tell(found: Population, story: Mapping[str, Any], words: Mapping[str, Any], markets: Markets) -> None:
    who, traits = int(np.flatnonzero(found.number == story["customer"])[0]), story["traits"]
    found.traits["segment"][who] = [one["code"] for one in words["segments"]].index(traits["segment"])
    found.traits["age"][who] = [one["code"] for one in words["ages"]].index(traits["age"])
    found.traits["female"][who], found.traits["income"][who] = traits["female"], traits["income"]
    found.traits["employer"][who] = -1
    found.market[who] = traits["market"]
    found.district[who] = markets.district[traits["market"]]
    found.joined[who], found.leaves[who], found.quiet[who] = STORY - story["joined"], NEVER, NEVER
    found.phone5g[who], found.contract_end[who] = STORY - traits["phone5g"], STORY + traits["contract_left"]
    for name in words["needs"]:
        found.needs[name][who] = traits["needs"].get(name, 0.0)


def _observe(found: Population, words: Mapping[str, Any], where: Districts, markets: Markets, kind: Array) -> None:
    """Market kinds move the needs; then everything that an appetite may name becomes a feature."""
    kind = np.where(found.market >= 0, markets.kind[found.market], len(words["market_needs"]))
    inside = {name: (kind == at).astype(np.float32) for at, name in enumerate(words["market_needs"])}
    for name, moved in words["market_needs"].items():
        for need, by in moved.items():
            found.needs[need] += np.float32(by) * inside[name]
    over = [one["code"] for one in words["segments"]].index("OVER_SPENDER")
    flags = {
        "female": found.traits["female"],
        "over": found.traits["segment"] == over,
        "employee": found.traits["employer"] >= 0,
        "wlan": (found.market >= 0) & markets.wlan[found.market],
        "capital": where.cities[found.district] == 0,
        "phone5g": found.phone5g < STORY / 2,
    } | {one["code"]: found.traits["age"] == at for at, one in enumerate(words["ages"])}
    found.features = found.needs | {"income": found.traits["income"].astype(np.float32)} | inside
    found.features |= {name: flag.astype(np.float32) for name, flag in flags.items()}


def _normal(rng: np.random.Generator, n: int, deviation: float) -> Array:
    return rng.standard_normal(n, dtype=np.float32) * np.float32(deviation)


def _take(values: list[float], at: Array) -> Array:
    return np.array(values, dtype=np.float32)[at]


def _per(words: list[dict[str, Any]], at: Array, need: str) -> Array:
    return _take([one["needs"].get(need, 0.0) for one in words], at)
