"""A small operator with a trained model behind the real application; every test file asks it over HTTP."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest
from starlette.applications import Starlette

from api.app import build
from api.auth import EVERYWHERE, Issuer
from api.settings import Settings
from catalog.customer_store import Caller
from catalog.documents.catalog_file import import_catalog
from catalog.importing import import_file
from recommender.train import train
from sql.pool import Database

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime.now(UTC)

CATALOG: dict[str, Any] = {
    "attributes": [
        {"code": "age", "kind": "categorical", "name": {"zh": "年龄段", "en": "age band"}},
        {"code": "gender", "kind": "categorical", "sensitive": True, "name": {"zh": "性别", "en": "gender"}},
    ],
    "categories": [
        {"code": "vas", "name": {"zh": "增值业务", "en": "Value-added services"}},
        {"code": "wlan", "name": {"zh": "无线上网", "en": "WLAN"}, "parent": "vas"},
    ],
    "offerings": [
        {
            "code": "WLAN",
            "name": {"zh": "校园无线", "en": "Campus WLAN"},
            "talkingPoint": {"zh": "宿舍里也能上网", "en": "Online in the dormitory too"},
            "category": ["wlan"],
            "margin": "0.4",
            "externalIdentifier": [{"owner": "BOSS", "id": "77"}],
            "productOfferingPrice": [
                {
                    "code": "monthly",
                    "name": {"zh": "月费", "en": "Monthly fee"},
                    "priceType": "RECURRING",
                    "price": {"unit": "CNY", "value": "10"},
                    "recurringChargePeriod": "month",
                }
            ],
        },
        {
            "code": "WLAN_NIGHT",
            "name": {"zh": "无线夜间包", "en": "WLAN by night"},
            "category": ["wlan"],
            "productOfferingRelationship": [{"relationshipType": "REQUIRES", "target": "WLAN"}],
        },
        {"code": "SCHOOL_MSG", "name": {"zh": "校讯通", "en": "School-home messaging"}, "category": ["vas"]},
        {"code": "MUSIC", "name": {"zh": "音乐会员", "en": "Music"}, "category": ["vas"]},
        {
            "code": "VIDEO",
            "name": {"zh": "视频会员", "en": "Video"},
            "category": ["vas"],
            "channel": ["HALL", "ONLINE"],
        },
        {
            "code": "READING",
            "name": {"zh": "阅读会员", "en": "Reading"},
            "category": ["vas"],
            "productOfferingRelationship": [{"relationshipType": "EXCLUDES", "target": "MUSIC"}],
        },
        {"code": "PAGER", "name": {"zh": "传呼", "en": "Pager"}, "lifecycleStatus": "RETIRED"},
        {"code": "SECRET", "name": {"zh": "新品", "en": "Secret"}, "lifecycleStatus": "IN_DESIGN"},
        {
            "code": "STUDENT",
            "name": {"zh": "学生套餐", "en": "Student package"},
            "category": ["vas"],
            "bundledProductOffering": [
                {"code": "WLAN", "lower": 1, "default": 1, "upper": 1},
                {"code": "MUSIC", "group": "pick"},
                {"code": "VIDEO", "group": "pick"},
            ],
            "bundledGroup": [{"code": "pick", "name": {"zh": "二选一", "en": "Pick one"}, "lower": 1, "upper": 1}],
        },
    ],
}


def rows_of_customers() -> list[list[str]]:
    """900 people; every third and C1 are young; C1 lives in the north, the others in the south."""
    head = ["id", "msisdn", "name", "place", "age:categorical", "gender:categorical!"]
    return [
        head,
        *(
            [
                f"C{number}",
                f"1000000{number:04d}",
                f"王小{number}",
                "shanxi/taiyuan" if number == 1 else "shanxi/datong",
                "18-24" if number % 3 == 0 or number == 1 else "35-44",
                "F" if number % 2 else "M",
            ]
            for number in range(1, 901)
        ),
    ]


def rows_of_products() -> list[list[str]]:
    """Whoever has WLAN tends to have music; one in ten has nothing; C1 holds WLAN alone."""
    rows = [["customer_id", "offering", "start_date", "origin"]]
    start = (NOW - timedelta(days=400)).date().isoformat()
    for number in range(2, 901):
        if number % 10 == 0:
            continue
        taken = ["WLAN", "MUSIC"] if number % 3 == 0 else ["SCHOOL_MSG", "VIDEO"]
        if number % 7 == 0:
            taken = [*taken, "WLAN_NIGHT"] if "WLAN" in taken else taken
        rows += [[f"C{number}", code, start, ""] for code in taken]
    return [*rows, ["C1", "WLAN", start, "VOLUNTARY"]]


def write_csv(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


async def import_operator(db: Database, folder: Path) -> None:
    catalog = folder / "catalog.json"
    catalog.write_text(json.dumps(CATALOG, ensure_ascii=False), encoding="utf-8")
    await import_catalog(db, catalog, NOW - timedelta(days=1), ZONE, Caller("test", "operator", None, "import"))
    markets = [["code", "kind", "name_zh", "place", "size", "fact.wlan"]]
    markets += [["CAMPUS", "CAMPUS", "大同师范学院", "shanxi/datong", "9000", "true"]]
    markets += [["TINY", "PARK", "小园区", "shanxi/taiyuan", "10", "false"]]
    members = [["market", "customer_id"], *(["CAMPUS", f"C{number}"] for number in range(2, 122)), ["TINY", "C1"]]
    files = {
        "customer": rows_of_customers(),
        "market": markets,
        "member": members,
        "product": rows_of_products(),
    }
    for kind, rows in files.items():
        path = write_csv(folder / f"{kind}.csv", rows)
        done = await import_file(db, kind, path, mode="delta", at=NOW, zone=ZONE)
        assert done.rows_rejected == 0


async def make_operator(dsn: str, folder: Path) -> None:
    db = await Database.open(dsn)
    await import_operator(db, folder)
    await train(db, at=NOW)
    await db.close()


@pytest.fixture(scope="session")
def operator_database(
    fresh_database: Callable[[str], AbstractContextManager[str]],
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The name of a database with the operator and its model, made once."""
    with fresh_database(template_database) as dsn, ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, make_operator(dsn, tmp_path_factory.mktemp("operator"))).result()
        yield urlsplit(dsn).path.removeprefix("/")


@pytest.fixture
def operator_template(operator_database: str) -> str:
    """The database that `operator` is like; a file whose tests all begin with more says so here, once."""
    return operator_database


@pytest.fixture
async def operator(
    fresh_database: Callable[[str], AbstractContextManager[str]], operator_template: str
) -> AsyncIterator[Database]:
    with fresh_database(operator_template) as dsn:
        db = await Database.open(dsn)
        yield db
        await db.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "home", None, "127.0.0.1", 0, ZONE, None, None)


@pytest.fixture
async def app(operator: Database, settings: Settings) -> AsyncIterator[Starlette]:
    application = build(settings, operator)
    async with application.router.lifespan_context(application):
        yield application


Ask = Callable[..., Any]


@pytest.fixture
async def ask(app: Starlette, settings: Settings) -> AsyncIterator[Ask]:
    """`await ask(document, role=…, **variables)` is the body of the answer."""
    issuer = Issuer.at(settings.home)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://jishi") as client:

        async def ask(document: str, role: str = "admin", *, language: str = "zh", **variables: Any) -> Any:
            claims = {key: variables.pop(key) for key in ("region", "customer") if key in variables}
            if role == "agent":
                claims.setdefault("region", EVERYWHERE)
            token = issuer.token(subject=role, role=role, lifetime=timedelta(hours=1), at=datetime.now(UTC), **claims)
            answer = await client.post(
                "/graphql",
                json={"query": document, "variables": variables},
                headers={"Authorization": f"Bearer {token}", "Accept-Language": language},
            )
            return answer.json()

        yield ask
