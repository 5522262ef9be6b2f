"""A catalog file lands: read, checked as a whole, applied in one transaction or not at all.

Knows the steps from bytes to a revision; must not know the command line.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Any

from asyncpg import Connection

from catalog import customer_store, service, store, version_store
from catalog.customer_store import Caller
from catalog.desk import draft_service
from catalog.desk.draft_service import Drafted
from catalog.desk.editing_desk import Editor
from catalog.documents import landing
from catalog.documents.exporting import registers
from catalog.documents.file_form import Form, Opened, open_bytes
from catalog.documents.landing import Versions
from catalog.documents.whole import node_of
from catalog.errors import InvalidCatalog
from catalog.linting import Finding, lint_service
from catalog.offering import Offering
from catalog.registry import REGISTERS
from catalog.service import CatalogChange
from catalog.snapshot import Snapshot
from catalog.workbook.complete import Current
from catalog.workbook.flatten import Json
from sql.pool import Database


class LandAs(StrEnum):
    """DRAFT: a change of what is sold waits in design. LAUNCHED: it is in force from its own start, else at once."""

    DRAFT = "draft"
    LAUNCHED = "launched"


@dataclass(frozen=True, slots=True)
class Landed:
    """What an import did, or with `dry_run` would have done."""

    form: Form
    land_as: LandAs
    change: CatalogChange
    drafts: tuple[Drafted, ...] = ()
    unplaced: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    dry_run: bool = False
    findings: tuple[Finding, ...] = ()


STEPS = ("opening", "reading", "writing", "judging")
"""What is told of a file on its way, in this order; judging is the lint of what the catalog has become."""

Tell = Callable[[str], None]


def _silent(_: str) -> None:
    """Nobody wants to know."""


class _Undone(Exception):
    """Takes a dry run back."""


async def import_catalog(db: Database, path: Path, at: datetime, zone: tzinfo, caller: Caller) -> CatalogChange:
    """Lands a catalog file at `at`, what it says being in force; a second run of the same file changes nothing.

    Raises UnreadableCatalog or InvalidCatalog with nothing written.
    """
    return (await land(db, path.read_bytes(), path.name, Editor(caller, None, at), zone, LandAs.LAUNCHED)).change


async def land(
    db: Database,
    raw: bytes,
    name: str,
    editor: Editor,
    zone: tzinfo,
    land_as: LandAs | None = None,
    *,
    dry_run: bool = False,
    tell: Tell = _silent,
) -> Landed:
    """Lands a file of any form in one transaction. By default JSON is in force, all else becomes drafts. `tell` hears
    of each of the STEPS as it begins.

    Raises UnreadableCatalog, UnreadableWorkbook or InvalidCatalog with nothing written.
    """
    tell("opening")
    opened = await asyncio.to_thread(open_bytes, raw, name, zone)
    digest = hashlib.sha256(raw).hexdigest()
    return await land_opened(db, opened, digest, editor, zone, land_as, dry_run=dry_run, tell=tell)


async def land_opened(
    db: Database,
    opened: Opened,
    digest: str,
    editor: Editor,
    zone: tzinfo,
    land_as: LandAs | None = None,
    *,
    dry_run: bool = False,
    tell: Tell = _silent,
) -> Landed:
    """Lands a file that was opened already; `digest` is the SHA-256 of its bytes, for the audit."""
    chosen = land_as or (LandAs.LAUNCHED if opened.form is Form.JSON else LandAs.DRAFT)
    landed: Landed | None = None
    try:
        async with db.transaction() as conn:
            landed = await _land(conn, opened, digest, editor, zone, chosen, tell)
            if dry_run:
                raise _Undone
    except _Undone:
        pass
    if landed is None:
        raise AssertionError("a transaction that ended landed nothing")
    return replace(landed, dry_run=dry_run)


async def _land(
    conn: Connection, opened: Opened, digest: str, editor: Editor, zone: tzinfo, land_as: LandAs, tell: Tell
) -> Landed:
    tell("reading")
    await store.lock(conn)
    known = await store.load_within(conn, editor.at)
    wanted, problems = await asyncio.to_thread(opened.read, zone, await _current(conn, opened, known))
    if problems:
        raise InvalidCatalog(problems)
    drafts: tuple[Drafted, ...] = ()
    tell("writing")
    try:
        if land_as is LandAs.DRAFT:
            change, drafts = await draft_service.apply_drafts(conn, wanted, known, editor)
        else:
            change = await service.apply_document(conn, wanted, known, editor.at)
        tell("judging")
        after = await store.load_within(conn, editor.at, known)
        findings = await asyncio.to_thread(lint_service.report, wanted, known, after, editor.at, zone)
    except InvalidCatalog as error:
        raise InvalidCatalog(tuple(opened.locate(problem) for problem in error.problems)) from None
    if not change.is_empty:
        counts = {"new": change.offerings_new, "changed": change.offerings_changed}
        detail = {"revision": change.revision, **counts, "form": opened.form.value, "as": land_as.value}
        await customer_store.write_audit(conn, editor.caller, editor.at, "catalog.import", "file", digest, detail)
    return Landed(opened.form, land_as, change, drafts, opened.unplaced, findings=findings)


async def _current(conn: Connection, opened: Opened, known: Snapshot) -> Current:
    """What a workbook's rows are about, as the catalog has it now."""
    rows = opened.node.get("offerings", ()) if opened.form is Form.WORKBOOK else ()
    codes = [str(row["code"]) for row in rows if row.get("code")]
    versions: Versions = await version_store.reached(conn, codes) if codes else {}
    lists: dict[str, Mapping[str, Any]] = {
        "categories": known.categories,
        "attributes": known.attributes,
        **{REGISTERS[kind].key: found for kind, found in registers(known).items()},
    }

    def current(name: str, node: Json) -> Json | None:
        code = str(node.get("code"))
        one = _meant(versions.get(code, ()), node) if name == "offerings" else lists[name].get(code)
        return node_of(name, one) if one else None

    return current


def _meant(versions: tuple[Offering, ...] | Any, node: Json) -> Offering | None:
    if not versions:
        return None
    if node.get("version") is None:
        return landing.newest(tuple(versions))
    return next((one for one in versions if one.version == node["version"]), None)


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
      "channel": ["ONLINE", "HALL", "10086"],
      "bundledProductOffering": [{"code": "DATA_10G", "lower": 1, "default": 1, "upper": 1}]
    }
  ]
}
"""
