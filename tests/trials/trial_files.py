"""The files of a small operator for the trials: nine offerings, people with phone numbers, what they hold.

Knows contents and formats, and brings them in by the ordinary import; must not know what is tried on them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from catalog.customer_store import Caller
from catalog.documents.catalog_file import import_catalog
from catalog.importing import import_file
from recommender.train import train
from sql.pool import Database

REGIONS = ("shanxi/taiyuan", "shanxi/datong")
OFFERINGS = ("WLAN", "MUSIC", "VIDEO", "READING", "GAMES", "NEWS", "SAFE", "CALLS")


def msisdn(number: int) -> str:
    """The phone number of customer C{number}; every one begins with 1990."""
    return f"1990{number:07d}"


def catalog() -> dict[str, Any]:
    price = {
        "code": "monthly",
        "priceType": "RECURRING",
        "price": {"unit": "CNY", "value": "10"},
        "recurringChargePeriod": "month",
    }
    offerings: list[dict[str, Any]] = [
        {
            "code": code,
            "name": {"zh": f"{code}会员", "en": code.title()},
            "category": ["vas"],
            "margin": "0.4",
            "talkingPoint": {"zh": "很划算", "en": "A good deal"},
            "externalIdentifier": [{"owner": "BOSS", "id": f"77-{code}"}],
            "productOfferingPrice": [price],
        }
        for code in OFFERINGS
    ]
    offerings[3]["productOfferingRelationship"] = [{"relationshipType": "EXCLUDES", "target": "MUSIC"}]
    bundle = {
        "code": "STUDENT",
        "name": {"zh": "学生套餐", "en": "Student package"},
        "category": ["vas"],
        "bundledProductOffering": [
            {"code": "WLAN", "lower": 1, "default": 1, "upper": 1},
            {"code": "MUSIC", "group": "pick"},
            {"code": "VIDEO", "group": "pick"},
        ],
        "bundledGroup": [{"code": "pick", "name": {"zh": "二选一", "en": "Pick one"}, "lower": 1, "upper": 1}],
    }
    return {
        "attributes": [
            {"code": "age", "kind": "categorical", "name": {"zh": "年龄段", "en": "age band"}},
            {"code": "gender", "kind": "categorical", "sensitive": True, "name": {"zh": "性别", "en": "gender"}},
        ],
        "categories": [{"code": "vas", "name": {"zh": "增值业务", "en": "Value-added services"}}],
        "offerings": [*offerings, bundle],
    }


def customers(count: int) -> list[list[str]]:
    """Odd customers live in the first region and are young, even ones in the second."""
    head = ["id", "msisdn", "name", "place", "account_manager", "tags", "age:categorical", "gender:categorical!"]
    return [
        head,
        *(
            [
                f"C{number}",
                msisdn(number),
                f"王小{number}",
                REGIONS[(number + 1) % 2],
                f"manager {number % 7}",
                "vip",
                "18-24" if number % 2 else "35-44",
                "F" if number % 3 else "M",
            ]
            for number in range(1, count + 1)
        ),
    ]


def products(count: int) -> list[list[str]]:
    """Whoever has WLAN tends to have music; C1 holds WLAN alone."""
    rows = [["customer_id", "offering", "start_date", "origin"], ["C1", "WLAN", "2024-01-15", "VOLUNTARY"]]
    for number in range(2, count + 1):
        taken = ("WLAN", "MUSIC") if number % 3 == 0 else ("NEWS", "VIDEO")
        rows += [[f"C{number}", code, f"2024-{1 + number % 12:02d}-01", ""] for code in taken]
    return rows


def usage(rows: int, count: int) -> list[list[str]]:
    """Distinct rows over customers, offerings and months."""
    return [
        ["customer_id", "offering", "month", "active_days"],
        *(
            [
                f"C{1 + row % count}",
                OFFERINGS[row // count % len(OFFERINGS)],
                _month(row // (count * len(OFFERINGS))),
                # Two days more, as the second file has, still fit into a February.
                str(row % 27),
            ]
            for row in range(rows)
        ),
    ]


def _month(number: int) -> str:
    return f"{2000 + number // 12}-{number % 12 + 1:02d}"


MARKETS = [
    ["code", "kind", "name_zh", "place", "size", "potential", "fact.wlan"],
    ["CAMPUS", "CAMPUS", "师范学院", REGIONS[1], "9000", "350000", "true"],
    ["PARK", "PARK", "软件园", REGIONS[0], "500", "70000", "false"],
]


def members(count: int) -> list[list[str]]:
    pairs = ((number, "PARK" if number % 2 else "CAMPUS") for number in range(1, count + 1))
    return [["market", "customer_id"], *([market, f"C{number}"] for number, market in pairs)]


def write_csv(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def write_operator(folder: Path, count: int) -> list[tuple[str, Path]]:
    """(kind, file) in the order of import."""
    (folder / "catalog.json").write_text(json.dumps(catalog(), ensure_ascii=False), encoding="utf-8")
    tables = {
        "customer": customers(count),
        "market": MARKETS,
        "member": members(count),
        "product": products(count),
    }
    written = [(kind, write_csv(folder / f"{kind}.csv", rows)) for kind, rows in tables.items()]
    return [("catalog", folder / "catalog.json"), *written]


async def bring(dsn: str, folder: Path, count: int, *, model: bool = False) -> None:
    """The small operator lands in a migrated database, on request with a trained model."""
    at, zone = datetime.now(UTC), ZoneInfo("Asia/Shanghai")
    db = await Database.open(dsn, command_timeout=None)
    try:
        for kind, path in write_operator(folder, count):
            if kind == "catalog":
                await import_catalog(db, path, at, zone, Caller("trial", "operator", None, "trial"))
            else:
                done = await import_file(db, kind, path, mode="delta", at=at, zone=zone)
                assert done.rows_rejected == 0
        if model:
            await train(db, at=at)
    finally:
        await db.close()
