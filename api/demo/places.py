"""Where the demo operator works: districts of one province, and the cluster markets in them.

Knows places and markets; must not know customers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from api.demo.data import load

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

KINDS = tuple(kind["kind"] for kind in load("places")["markets"])


@dataclass(frozen=True, slots=True)
class Districts:
    """One entry a district: `paths` from the province down, `shares` of the people (in all one), `cities` from 0."""

    paths: tuple[str, ...]
    names: tuple[tuple[str, str], ...]
    shares: Floats
    cities: Ints


@dataclass(frozen=True, slots=True)
class Markets:
    """One entry a cluster market, kinds in the order of `KINDS`. `district` and `kind` are positions; `wlan` is false
    outside campuses."""

    codes: tuple[str, ...]
    names: tuple[tuple[str, str], ...]
    kind: Ints
    district: Ints
    size: Ints
    wlan: npt.NDArray[np.bool_]
    units: Ints


def districts() -> Districts:
    """All districts, city by city; the first of a city is its largest."""
    places = load("places")
    paths, names, shares, cities = [], [], [], []
    for number, city in enumerate(places["cities"]):
        weights = 1 / (1 + 0.4 * np.arange(len(city["districts"])))
        for (code, zh, en), share in zip(city["districts"], city["weight"] * weights / weights.sum(), strict=True):
            paths.append(f"{places['province']['code']}/{city['code']}/{code}")
            names.append((city["name"][0] + zh, f"{city['name'][1]} {en}"))
            shares.append(share)
            cities.append(number)
    return Districts(tuple(paths), tuple(names), np.array(shares) / sum(shares), np.array(cities))


def markets(seed: int) -> Markets:
    """All markets of the operator, however many customers it has. The first campus is the largest and has WLAN."""
    rng, where = np.random.default_rng([seed, 1]), districts()
    parts = [_of_kind(rng, where, position, kind) for position, kind in enumerate(load("places")["markets"])]
    codes, names, *columns = zip(*parts, strict=True)
    kind, district, size, wlan, units = (np.concatenate(column) for column in columns)
    return Markets(sum(codes, ()), sum(names, ()), kind, district, size, wlan, units)


def _of_kind(rng: np.random.Generator, where: Districts, position: int, kind: dict[str, Any]) -> tuple[Any, ...]:
    count = kind["count"]
    district = rng.choice(len(where.paths), count, p=where.shares)
    size = np.sort(kind["size"] * rng.lognormal(0, 0.6, count))[::-1].astype(np.int64)
    # The larger campuses were covered first, though not strictly.
    order = np.argsort(-np.log(size) + np.r_[-9.0, rng.normal(0, 0.7, count - 1)])
    wlan = np.zeros(count, dtype=np.bool_)
    wlan[order[: kind["wlan"]]] = True
    codes = tuple(f"{kind['code']}_{number:03}" for number in range(1, count + 1))
    units = (size * rng.uniform(0.05, 0.6, count)).astype(np.int64) + 1
    return codes, _names(where, district, kind["names"]), np.full(count, position), district, size, wlan, units


def _names(where: Districts, district: Ints, words: list[list[str]]) -> tuple[tuple[str, str], ...]:
    seen, names = Counter[int](), []
    for place in district.tolist():
        again, word = divmod(seen[place], len(words))
        seen[place] += 1
        zh, en = (a + b for a, b in zip(where.names[place], (words[word][0], f" {words[word][1]}"), strict=True))
        names.append((zh + (f"（{again + 1}）" if again else ""), en + (f" {again + 1}" if again else "")))
    return tuple(names)
