"""One block of the story as tables in the columns of the import files.

Knows the import formats; must not know why anything happened. Days become dates here.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from api.demo import catalog
from api.demo.data import load
from api.demo.ledger import BUNDLE, Rows
from api.demo.lines import STORY
from api.demo.places import KINDS, Districts, Markets
from api.demo.population import Population

Array = npt.NDArray[Any]
ORIGINS = ("VOLUNTARY", "BUNDLE", "GIFT", "TRIAL")
_BRANDS = ("YOUTH", "CITY", "CITY", "CLASSIC", "CLASSIC", "CLASSIC")


def customer_codes(number: Array) -> Any:
    """C0000001 and so on; numbers beyond seven digits simply grow longer."""
    return pc.binary_join_element_wise("C", pc.utf8_lpad(pa.array(number).cast(pa.string()), 7, "0"), "")


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
        "brand": pick(_BRANDS, people.traits["age"]),
        "enterprise": customer_codes(employers.number).take(pa.array(employer, mask=employer < 0)),
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
        "payment:categorical": pick(("PREPAID", "POSTPAID"), (rng.random(n) < chance_of(income)).astype(np.int64)),
        "arpu:numeric": _round(arpu, 2),
        "tenure:numeric": _round(np.maximum(STORY - people.joined, 0) / 30.4, 0),
        "data_use:numeric": _round(data, 2),
        "voice_minutes:numeric": _round(np.exp(4.6 + 0.7 * features["voice"] + 0.35 * _noise(rng, n)), 0),
        "messages:numeric": pa.array(rng.poisson(np.exp(1.0 + 0.6 * features["chat"]))),
        "over_package:numeric": _round(extra, 2),
        "service_calls:numeric": pa.array(calls),
        "contract_end:date": _days(people.contract_end, zero),
    }
    first = pa.table(common | {"known_from": pa.nulls(n, pa.date32())} | attributes)
    changed = np.flatnonzero(np.isfinite(people.phone5g) & (people.phone5g > 0))
    later = {
        "known_from": _days(people.phone5g, zero),
        "phone:categorical": pick(("5G",), np.zeros(n, dtype=np.int64)),
        "arpu:numeric": _round(arpu * 1.12, 2),
        "data_use:numeric": _round(data * 1.4, 2),
    }
    return pa.concat_tables([first, pa.table(common | attributes | later).select(first.column_names).take(changed)])


def enterprise_table(rng: np.random.Generator, firms: Population, where: Districts, zero: date) -> Any:
    words, n = load("population"), firms.size
    size, industry = firms.traits["size"], firms.traits["industry"]
    city = [load("places")["cities"][at]["name"][0] for at in where.cities.tolist()]
    trade = pick(words["trades"], rng.integers(0, len(words["trades"]), n))
    names = pc.binary_join_element_wise(
        pick(city, firms.district), trade, pick([one["name"] for one in words["industries"]], industry), "有限公司", ""
    )
    members = _take([one["members"] for one in words["sizes"]], size)
    manager = pc.binary_join_element_wise(
        "AM", pc.utf8_lpad(pa.array(firms.district * 3 + firms.number % 3).cast(pa.string()), 3, "0"), ""
    )
    return pa.table({
        "kind": pick(("ENTERPRISE",), np.zeros(n, dtype=np.int64)),
        "name": names,
        "industry": pick([one["code"] for one in words["industries"]], industry),
        "size_class": pick([one["class"] for one in words["sizes"]], size),
        "account_manager": pc.if_else(pa.array(size <= 2), manager, pa.scalar(None, pa.string())),
        "arpu:numeric": _round(members * 60 * np.exp(0.4 * _noise(rng, n)), 2),
        "tenure:numeric": _round(np.maximum(STORY - firms.joined, 0) / 30.4, 0),
        "branches:numeric": pa.array(1 + rng.poisson(np.maximum(members / 30, 0.05))),
        "contract_end:date": _days(firms.contract_end, zero),
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
        "joined_at": _days(people.joined, zero),
        "personalisation": pa.array(rng.random(people.size) > 0.02),
    }


def member_table(rng: np.random.Generator, people: Population, markets: Markets, zero: date) -> Any:
    who = np.flatnonzero(people.market >= 0)
    since = np.maximum(people.joined[who], rng.uniform(-700, STORY - 30, len(who)).astype(np.float32))
    known = rng.random(len(who)) > 0.3
    return pa.table({
        "market": pick(markets.codes, people.market[who]),
        "customer_id": customer_codes(people.number[who]),
        "member_from": _days(np.where(known, since, np.nan), zero),
    })  # fmt: skip


def product_table(rng: np.random.Generator, rows: Rows, people: Population, zero: date) -> Any:
    """`rows` as the product file has them; one in twenty-five starts from before the story is not known."""
    offers, n = _Offers(), len(rows.who)
    ended = rows.end < STORY
    unknown = (rows.start < 0) & (rng.random(n) < 0.04) & (people.number[rows.who] != 1)
    channel = (rng.random(n, dtype=np.float32) ** 1.5 * offers.channel_count[rows.offering]).astype(np.int64)
    return pa.table({
        "customer_id": customer_codes(people.number).take(rows.who),
        "offering": pick(offers.codes, rows.offering),
        "start_date": _days(np.where(unknown, np.nan, rows.start), zero),
        "status": pick(("active", "terminated"), ended.astype(np.int64)),
        "termination_date": _days(np.where(ended, np.maximum(rows.end, rows.start), np.nan), zero),
        "origin": pick(ORIGINS, rows.origin),
        "bundle": pa.array(offers.codes).take(pa.array(rows.bundle, mask=rows.bundle < 0)),
        "price": offers.monthly.take(pa.array(rows.offering, mask=(rows.origin == BUNDLE))),
        "channel": pick(offers.channel_names, offers.channels[rows.offering, channel]),
    })  # fmt: skip


class _Offers:
    """What the product file says of an offering, by its position in the catalog."""

    def __init__(self) -> None:
        found = [(step, catalog.channels(side, one)) for side, one in catalog.entries() for step in catalog.steps(one)]
        self.codes = [step["code"] for step, _ in found]
        self.monthly = pa.array([Decimal(step["price"].get("monthly", "0")) for step, _ in found], pa.decimal128(18, 4))
        self.channel_names = sorted({name for _, names in found for name in names})
        self.channel_count = np.array([len(names) for _, names in found])
        self.channels = np.zeros((len(found), max(self.channel_count)), dtype=np.int64)
        for at, (_, names) in enumerate(found):
            self.channels[at, : len(names)] = [self.channel_names.index(name) for name in names]


def usage_table(rng: np.random.Generator, rows: Rows, people: Population, until: date, months: int) -> Any:
    """One row a month for what is held in it, for the last `months` whole months before `until`."""
    codes, zero, tables = catalog.codes(), until - timedelta(days=STORY), []
    customers = customer_codes(people.number)
    for back in range(months, 0, -1):
        first, after = catalog.months_before(until, back), catalog.months_before(until, back - 1)
        low, high = (first - zero).days, (after - zero).days
        held = np.flatnonzero((rows.start < high) & (rows.end > low))
        same = (rows.who[held][1:] == rows.who[held][:-1]) & (rows.offering[held][1:] == rows.offering[held][:-1])
        held = held[np.r_[~same, True][: len(held)]]
        tables.append(
            _month(rng, rows, people, held, first, low, high).append_column(
                "month", pick((f"{first:%Y-%m}",), held * 0)
            )
        )
        tables[-1] = (
            tables[-1]
            .append_column("customer_id", customers.take(rows.who[held]))
            .append_column("offering", pick(codes, rows.offering[held]))
        )
    return pa.concat_tables(tables).select(["customer_id", "offering", "month", "active_days", "last_active", "volume"])


def _month(
    rng: np.random.Generator, rows: Rows, people: Population, held: Array, first: date, low: int, high: int
) -> Any:
    n, who = len(held), rows.who[held]
    end = np.minimum(np.minimum(rows.end[held], people.quiet[who]), high)
    days = np.maximum(end - np.maximum(rows.start[held], low), 0)
    keen = 0.15 + 0.75 * rng.random(n, dtype=np.float32)
    active = np.where(rows.used[held], np.ceil(days * keen), 0).astype(np.int64)
    start = (np.datetime64(first) - np.datetime64("1970-01-01")).astype(np.int64)
    last = start + np.maximum(active, np.ceil(end - low).astype(np.int64) - rng.integers(0, 3, n)) - 1
    last = np.minimum(last, start + high - low - 1)
    volume = active * np.exp(0.6 * rng.standard_normal(n, dtype=np.float32))
    return pa.table({
        "active_days": pa.array(active),
        "last_active": pa.array(last.astype("datetime64[D]"), mask=active == 0),
        "volume": pa.array(np.round(volume.astype(np.float64), 1), mask=active == 0),
    })  # fmt: skip


def pick(words: Any, at: Array) -> Any:
    """The words at the positions `at`."""
    return pa.array(words, pa.string()).take(pa.array(at))


def chance_of(values: Array) -> Array:
    return 1 / (1 + np.exp(-values))


def _days(day: Array, zero: date) -> Any:
    """Days of the story as dates; NaN and infinities are missing."""
    known = np.isfinite(day)
    start = (np.datetime64(zero) - np.datetime64("1970-01-01")).astype(np.int64)
    days = np.floor(np.where(known, day, 0)).astype(np.int64) + start
    return pa.array(days.astype("datetime64[D]"), mask=~known)


def _round(values: Array, decimals: int) -> Any:
    return pa.array(np.round(values.astype(np.float64), decimals))


def _take(values: list[float], at: Array) -> Array:
    return np.array(values)[at]


def _noise(rng: np.random.Generator, n: int) -> Array:
    return rng.standard_normal(n, dtype=np.float32)


def _person_names(rng: np.random.Generator, n: int, words: dict[str, Any]) -> Any:
    given = list(words["given"])
    second = pick(["", *given], rng.integers(0, len(given) + 1, n))
    surname = pick(list(words["surnames"]), (rng.random(n) ** 2 * len(words["surnames"])).astype(np.int64))
    return pc.binary_join_element_wise(surname, pick(given, rng.integers(0, len(given), n)), second, "")
