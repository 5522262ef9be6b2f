"""A block of customers: the unit in which the demo operator is generated, whole and alone, from a seed and its number.

Knows the order in which chance is drawn; must not know files.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from api.demo import life, population
from api.demo.data import load
from api.demo.ledger import Life, Rows
from api.demo.lines import lines
from api.demo.places import Districts, Markets, districts, markets
from api.demo.population import EVERY, Population
from api.demo.stories import scripted

SIZE = 50_000


@dataclass(frozen=True, slots=True)
class Block:
    """The lives of a block's people and enterprises. `rng` stands where the stories end, for the tables to go on."""

    rng: np.random.Generator
    people: Life
    firms: Life
    people_rows: Rows
    firm_rows: Rows


@dataclass(frozen=True, slots=True)
class World:
    """What all blocks of one operator share."""

    seed: int
    until: date
    where: Districts
    markets: Markets


def world(seed: int, until: date) -> World:
    return World(seed, until, districts(), markets(seed))


def blocks(customers: int) -> range:
    """The numbers of the blocks that hold `customers`."""
    return range(-(-customers // SIZE))


def generate(around: World, number: int, customers: int) -> Block:
    """Block `number` of an operator with `customers`."""
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence([around.seed, 2, number])))
    numbers = np.arange(number * SIZE + 1, min((number + 1) * SIZE, customers) + 1)
    is_firm = numbers % EVERY == 0
    firms = population.enterprises(rng, numbers[is_firm], around.where, around.markets)
    stories: list[Any] = [one for one in load("stories") if numbers[0] <= one["customer"] <= numbers[-1]]
    people = population.people(rng, numbers[~is_firm], around.where, around.markets, firms, stories)
    people_life, firms_life = _live(rng, "people", people, around), _live(rng, "enterprise", firms, around)
    return Block(rng, people_life, firms_life, scripted(people_life.rows(), people, stories), firms_life.rows())


def _live(rng: np.random.Generator, side: str, customers: Population, around: World) -> Life:
    return life.live(rng, lines(side, around.until), customers)
