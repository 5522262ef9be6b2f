"""Markets, customers and who belongs where, as tables in the columns of the import files.

Knows what an operator would know of its customers; must not know what they hold.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from api.demo.chance import logistic
from api.demo.columns import customer_codes, dates, join, padded, pick, rounded, spell
from api.demo.data import load
from api.demo.lines import STORY
from api.demo.places import KINDS, Districts, Markets
from api.demo.population import Population

Array = npt.NDArray[Any]

BRANDS, BRAND_OF_AGE = ("YOUTH", "CITY", "CLASSIC"), np.array([0, 1, 1, 2, 2, 2])


def phone_numbers(number: Array) -> Any:
    """Eleven digits from 100, which no subscriber can have: 100 introduces the operators' own short codes."""
    scattered = 10_000_000_000 + (number * 48_271 + 31_337_331) % 100_000_000
    return pa.array(scattered).cast(pa.string())


def market_table(markets: Markets, where: Districts) -> Any:
    kinds = load("places")["markets"]
    columns = {
        "code": pa.array(markets.codes),
        "kind": pick(KINDS, markets.kind),
        "name_zh": pa.array([zh for zh, _ in markets.names]),
        "name_en": pa.array([en for _, en in markets.names]),
        "place": pick(where.paths, markets.district),
        "size": pa.array(markets.size),
        "potential": pa.array([Decimal(size * 45) for size in markets.size.tolist()], pa.decimal128(18, 4)),
        "fact.wlan": pa.array(markets.wlan, mask=markets.kind != KINDS.index("CAMPUS")),
    }
    for at, kind in enumerate(kinds):
        columns[f"fact.{kind['fact']}"] = pa.array(markets.units, mask=markets.kind != at)
    return pa.table(columns)


def people_table(
    rng: np.random.Generator, people: Population, employers: Population, where: Districts, zero: date
) -> Any:
    """Everybody as first known, and once more those who changed their phone, as known from then on."""
    words, n, features = load("population"), people.size, people.features
    old, income = people.phone5g <= 0, features["income"]
    data = np.exp(1.6 + 0.7 * features["data"] + 0.3 * old + 0.35 * _noise(rng, n))
    arpu = np.exp(3.7 + 0.4 * income + 0.2 * features["data"] + 0.12 * features["voice"] + 0.2 * _noise(rng, n))
    over = features["over"] > 0
    segment = people.traits["segment"]
    calls = rng.poisson(np.where(segment == 1, 2.2, 0.4))
    extra = np.exp(np.where(over, 2.6, 0.2) + 0.5 * _noise(rng, n)) * (over | (rng.random(n) < 0.2))
    employer = people.traits["employer"]
    common = {
        "kind": pick(("PERSON",), np.zeros(n, dtype=np.int64)),
        "name": _person_names(rng, n, words),
        "brand": pick(BRANDS, BRAND_OF_AGE[people.traits["age"]]),
        "enterprise": pick(customer_codes(employers.number), employer, employer < 0),
        "tags": pick(
            ("", "student", "farmer", "vip"),
            np.where(features["campus"] > 0, 1, np.where(features["village"] > 0, 2, 3 * (arpu > 120))),
        ),
        **_core(rng, people, where, zero),
    }
    attributes = {
        "age_band:categorical": pick([one["band"] for one in words["ages"]], people.traits["age"]),
        "gender:categorical!": pick(("M", "F"), people.traits["female"].astype(np.int64)),
        "phone:categorical": pick(("4G", "5G"), old.astype(np.int64)),
        "payment:categorical": pick(("PREPAID", "POSTPAID"), (rng.random(n) < logistic(income)).astype(np.int64)),
        "arpu:numeric": rounded(arpu, 2),
        "tenure:numeric": rounded(np.maximum(STORY - people.joined, 0) / 30.4, 0),
        "data_use:numeric": rounded(data, 2),
        "voice_minutes:numeric": rounded(np.exp(4.6 + 0.7 * features["voice"] + 0.35 * _noise(rng, n)), 0),
        "messages:numeric": pa.array(rng.poisson(np.exp(1.0 + 0.6 * features["chat"]))),
        "over_package:numeric": rounded(extra, 2),
        "service_calls:numeric": pa.array(calls),
        "contract_end:date": dates(people.contract_end, zero),
    }
    first = pa.table(common | {"known_from": pa.nulls(n, pa.date32())} | attributes)
    changed = np.flatnonzero(np.isfinite(people.phone5g) & (people.phone5g > 0))
    later = {
        "known_from": dates(people.phone5g, zero),
        "phone:categorical": pick(("5G",), np.zeros(n, dtype=np.int64)),
        "arpu:numeric": rounded(arpu * 1.12, 2),
        "data_use:numeric": rounded(data * 1.4, 2),
    }
    return pa.concat_tables([first, pa.table(common | attributes | later).select(first.column_names).take(changed)])


def enterprise_table(rng: np.random.Generator, firms: Population, where: Districts, zero: date) -> Any:
    words, n = load("population"), firms.size
    size, industry = firms.traits["size"], firms.traits["industry"]
    city = [load("places")["cities"][at]["name"][0] for at in where.cities.tolist()]
    trade = spell(words["trades"], rng.integers(0, len(words["trades"]), n))
    branch = spell([one["name"] for one in words["industries"]], industry)
    members = np.array([one["members"] for one in words["sizes"]])[size]
    manager = join("AM", padded(firms.district * 3 + firms.number % 3, 3))
    return pa.table({
        "kind": pick(("ENTERPRISE",), np.zeros(n, dtype=np.int64)),
        "name": join(spell(city, firms.district), trade, branch, "有限公司"),
        "industry": pick([one["code"] for one in words["industries"]], industry),
        "size_class": pick([one["class"] for one in words["sizes"]], size),
        "account_manager": pc.if_else(pa.array(size <= 2), manager, pa.scalar(None, pa.string())),
        "arpu:numeric": rounded(members * 60 * np.exp(0.4 * _noise(rng, n)), 2),
        "tenure:numeric": rounded(np.maximum(STORY - firms.joined, 0) / 30.4, 0),
        "branches:numeric": pa.array(1 + rng.poisson(np.maximum(members / 30, 0.05))),
        "contract_end:date": dates(firms.contract_end, zero),
        **_core(rng, firms, where, zero),
    })  # fmt: skip


def _core(rng: np.random.Generator, people: Population, where: Districts, zero: date) -> dict[str, Any]:
    suspended = np.isfinite(people.quiet) & np.isinf(people.leaves) & (rng.random(people.size) < 0.3)
    return {
        "id": customer_codes(people.number),
        "status": pick(
            ("active", "suspended", "closed"), np.where(people.leaves < STORY, 2, suspended.astype(np.int64))
        ),
        "msisdn": phone_numbers(people.number),
        "place": pick(where.paths, people.district),
        "joined_at": dates(people.joined, zero),
        "personalisation": pa.array(rng.random(people.size) > 0.02),
    }


def member_table(rng: np.random.Generator, people: Population, markets: Markets, zero: date) -> Any:
    who = np.flatnonzero(people.market >= 0)
    since = np.maximum(people.joined[who], rng.uniform(-700, STORY - 30, len(who)).astype(np.float32))
    known = rng.random(len(who)) > 0.3
    return pa.table({
        "market": pick(markets.codes, people.market[who]),
        "customer_id": customer_codes(people.number[who]),
        "member_from": dates(np.where(known, since, np.nan), zero),
    })  # fmt: skip


def _noise(rng: np.random.Generator, n: int) -> Array:
    return rng.standard_normal(n, dtype=np.float32)


def _person_names(rng: np.random.Generator, n: int, words: dict[str, Any]) -> Any:
    given = list(words["given"])
    second = spell(["", *given], rng.integers(0, len(given) + 1, n))
    surname = spell(list(words["surnames"]), (rng.random(n) ** 2 * len(words["surnames"])).astype(np.int64))
    return join(surname, spell(given, rng.integers(0, len(given), n)), second)
