"""The catalog as a download and an upload: for product managers, within their categories, as drafts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO

import httpx
import pytest
from openpyxl import load_workbook
from workbooks import by_hand, cell, edited, put, row_of

from api.auth import Issuer


@pytest.fixture
async def http(app, settings):
    """`http(role)` is a client of somebody with that role."""
    issuer, clients = Issuer.at(settings.home), []

    def client(role="product_manager", **claims):
        if role == "agent":
            claims["region"] = "*"
        token = issuer.token(subject=role, role=role, lifetime=timedelta(hours=1), at=datetime.now(UTC), **claims)
        made = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://jishi",
            headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"},
            timeout=60,
        )
        clients.append(made)
        return made

    yield client
    for made in clients:
        await made.aclose()


async def test_a_workbook_comes_down_is_changed_and_goes_up_as_a_draft(http, app):
    admin = http("admin")
    down = await admin.get("/export/catalog.xlsx")
    assert (down.status_code, down.headers["content-disposition"]) == (200, 'attachment; filename="catalog.xlsx"')
    row = row_of(down.content, "offerings", lifecycleStatus="LAUNCHED")
    raw = edited(down.content, put("offerings", row, "family", "NEW_FAMILY"))
    tried = (await admin.post("/import/catalog?dryRun=true", content=raw)).json()
    assert (tried["dry_run"], tried["as"], tried["offerings_changed"]) == (True, "draft", 1)
    done = (await admin.post("/import/catalog", content=raw)).json()
    assert done["drafts"] == tried["drafts"]
    (draft,) = done["drafts"]
    assert draft["code"] == cell(load_workbook(BytesIO(raw)), "offerings", row, "code").value
    assert [change["path"] for change in draft["changed"]] == [["family"]]
    again = (await admin.post("/import/catalog", content=raw)).json()
    assert again["unchanged"]


async def test_a_product_manager_edits_their_own_categories_only(http):
    manager = http(categories=["nothing"])
    raw = (await manager.get("/export/catalog.xlsx")).content
    row = row_of(raw, "offerings", lifecycleStatus="LAUNCHED")
    refused = await manager.post("/import/catalog", content=edited(raw, put("offerings", row, "family", "MINE")))
    assert refused.status_code == 422
    assert {problem["code"] for problem in refused.json()["problems"]} == {"NOT_YOUR_CATEGORY"}


async def test_wrong_cells_are_told_by_their_address(http):
    raw = by_hand(offerings=[["code", "name.en", "step"], ["A", "A", "two"]])
    refused = await http("admin").post("/import/catalog", content=raw)
    assert (refused.status_code, refused.json()["problems"][0]["path"]) == (422, "'offerings'!C2")
    broken = await http("admin").post("/import/catalog", content=b"PK\x03\x04")
    assert (broken.status_code, "damaged" in broken.json()["errors"][0]["message"]) == (400, True)


@pytest.mark.parametrize("role", ["storefront", "agent", "analyst", "operator", "developer"])
async def test_files_are_for_product_managers(http, role):
    for answer in (
        await http(role).get("/export/catalog.json"),
        await http(role).post("/import/catalog", content=b"{}"),
    ):
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN")


async def test_without_a_token_or_by_another_method_nothing_is_answered(http, app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://jishi") as nobody:
        assert (await nobody.get("/export/catalog.xlsx")).status_code == 401
        assert (await nobody.post("/import/catalog", content=b"{}")).status_code == 401
    assert (await http().post("/export/catalog.xlsx")).status_code == 405
    assert (await http().get("/export/customers.xlsx")).status_code == 404
