"""A catalog file lands: read, checked as a whole, applied in one transaction or not at all.

Knows the steps from bytes to a revision; must not know the command line.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, tzinfo
from pathlib import Path

import orjson

from catalog import customer_store, document, service, store
from catalog.customer_store import Caller
from catalog.errors import CatalogError, InvalidCatalog
from catalog.service import CatalogChange
from sql.pool import Database

ENCODINGS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


class UnreadableCatalog(CatalogError):
    """A file that is no JSON; the message names the place and the remedy."""


def parse(raw: bytes, name: str) -> object:
    """The JSON value in UTF-8 bytes, a byte order mark tolerated."""
    if any(raw.startswith(mark) for mark, _ in ENCODINGS):
        raise UnreadableCatalog(f"{name} is UTF-16; save it as UTF-8 请另存为 UTF-8")
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise UnreadableCatalog(
            f"{name} is not UTF-8 (line {line}), perhaps GBK; convert it: iconv -f GBK -t UTF-8 文件不是 UTF-8 编码"
        ) from None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UnreadableCatalog(
            f"{name} is no JSON, line {error.lineno} column {error.colno}: {error.msg} 不是有效的 JSON"
        ) from None


async def import_catalog(db: Database, path: Path, at: datetime, zone: tzinfo, caller: Caller) -> CatalogChange:
    """Lands a catalog file at `at`; a second run of the same file changes nothing.

    Raises UnreadableCatalog or InvalidCatalog with nothing written.
    """
    raw = path.read_bytes()
    wanted, problems = document.read(parse(raw, path.name), zone)
    if problems:
        raise InvalidCatalog(problems)
    async with db.transaction() as conn:
        await store.lock(conn)
        known = await store.load_within(conn, at)
        change = await service.apply_document(conn, wanted, known, at)
        if not change.is_empty:
            digest = hashlib.sha256(raw).hexdigest()
            detail = {"revision": change.revision, "new": change.offerings_new, "changed": change.offerings_changed}
            await customer_store.write_audit(conn, caller, at, "catalog.import", "file", digest, detail)
        return change


CATALOG_TEMPLATE = """\
{
  "categories": [
    {"code": "data", "name": {"zh": "流量", "en": "Data"}},
    {"code": "packages", "name": {"zh": "套餐", "en": "Packages"}}
  ],
  "attributes": [
    {"code": "age_band", "kind": "categorical", "name": {"zh": "年龄段", "en": "age band"}}
  ],
  "offerings": [
    {
      "code": "DATA_10G",
      "name": {"zh": "10GB流量包", "en": "10 GB data pack"},
      "talkingPoint": {"zh": "每天只要三毛三", "en": "A third of a yuan a day"},
      "lifecycleStatus": "LAUNCHED",
      "validFor": {"startDateTime": "2025-01-01"},
      "category": ["data"],
      "family": "DATA",
      "step": 1,
      "channel": ["ONLINE", "HALL", "10086"],
      "productOfferingPrice": [
        {
          "code": "monthly",
          "priceType": "RECURRING",
          "price": {"unit": "CNY", "value": "10.00"},
          "recurringChargePeriod": "month"
        },
        {
          "code": "included",
          "priceType": "ALLOWANCE",
          "unitOfMeasure": {"amount": "10", "units": "GB"},
          "carryOver": true
        },
        {
          "code": "year",
          "name": {"zh": "合约优惠", "en": "Contract discount"},
          "priceType": "DISCOUNT",
          "percentage": "15",
          "term": "1y"
        }
      ],
      "productOfferingTerm": [
        {"code": "1y", "kind": "BINDING", "duration": {"amount": "12", "units": "month"}}
      ]
    },
    {
      "code": "DATA_30G",
      "name": {"zh": "30GB流量包", "en": "30 GB data pack"},
      "category": ["data"],
      "family": "DATA",
      "step": 2,
      "productOfferingRelationship": [{"relationshipType": "EXCLUDES", "target": "DATA_10G"}]
    },
    {
      "code": "STARTER",
      "name": {"zh": "入门套餐", "en": "Starter package"},
      "category": ["packages"],
      "bundledProductOffering": [{"code": "DATA_10G", "lower": 1, "default": 1, "upper": 1}]
    }
  ]
}
"""
