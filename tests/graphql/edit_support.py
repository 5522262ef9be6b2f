"""Asking as a product manager: documents of edits, tokens with categories, any subject."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
from starlette.applications import Starlette

from api.auth import Issuer
from api.settings import Settings

PAYLOAD = """{ object { code version etag lifecycleStatus name margin validFor { startDateTime endDateTime }
  category { code } channel { id } productOfferingPrice { code price { value } }
  bundledProductOffering { code numberRelOfferLowerLimit numberRelOfferDefault numberRelOfferUpperLimit group }
  bundledGroupProductOffering { code lowerLimit upperLimit } } userErrors { path code message } }"""
LISTS = ("Price", "Term", "Relationship", "Channel", "Characteristic")
INPUTS = {
    "createProductOffering": "CreateProductOfferingInput",
    "editProductOffering": "EditProductOfferingInput",
    "addBundlePart": "PutBundlePartInput",
    "changeBundlePart": "PutBundlePartInput",
    "removeBundlePart": "RemoveBundlePartInput",
    "putBundleGroup": "PutBundleGroupInput",
    "removeBundleGroup": "RemoveBundleGroupInput",
    "advanceProductOffering": "AdvanceProductOfferingInput",
    "createNextVersion": "CreateNextVersionInput",
    "cancelSchedule": "CancelScheduleInput",
    "retireProductOffering": "RetireProductOfferingInput",
    "duplicateProductOffering": "DuplicateProductOfferingInput",
    **{f"{act}Offering{noun}": f"{act.title()}Offering{noun}Input" for act in ("put", "remove") for noun in LISTS},
}
VERSION = """query($code: String!, $version: Int) { productOfferingVersion(code: $code, version: $version) {
  code version etag lifecycleStatus name bundledProductOffering { code } } }"""
REGISTERS = ("Category", "ProductSpecification", "Channel", "Place", "Policy")
# An entry of a register has its own payload, and no version.
ENTRIES = {f"{act}{noun}": noun for act in ("create", "edit", "end") for noun in REGISTERS}
INPUTS |= {name: "EndEntryInput" if name.startswith("end") else f"{name[0].upper()}{name[1:]}Input" for name in ENTRIES}
ENTRY = """{ object { code etag name validFor { endDateTime } %s } userErrors { path code message } }"""
BULK = ("editProductOfferings", "advanceProductOfferings")
INPUTS |= {name: f"{name[0].upper()}{name[1:]}Input" for name in BULK}
RESULTS = """{ appliedCount userErrors { path code }
  results { index isApplied object { code version etag name } userErrors { path code message } } }"""
KEYS = count()
Do = Callable[..., Any]


def mutation(name: str) -> str:
    if name in BULK:
        return f"mutation($input: {INPUTS[name]}!) {{ {name}(input: $input) {RESULTS} }}"
    payload = ENTRY % ("parent { code }" if name.endswith("Category") else "") if name in ENTRIES else PAYLOAD
    return f"mutation($input: {INPUTS[name]}!) {{ {name}(input: $input) {payload} }}"


@asynccontextmanager
async def editing(app: Starlette, settings: Settings) -> AsyncIterator[Do]:
    """`await do("addBundlePart", object, part={…})` is the payload; of a text that is no mutation's name, the answer.

    `on` is an object that an earlier answer brought: the edit is about its version and its etag.
    """
    issuer = Issuer.at(settings.home)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://jishi", timeout=30) as client:

        async def do(
            name: str,
            on: dict[str, Any] | None = None,
            /,
            *,
            role: str = "product_manager",
            subject: str = "pm",
            categories: tuple[str, ...] = ("vas",),
            raw: bool = False,
            variables: dict[str, Any] | None = None,
            **fields: Any,
        ) -> Any:
            claims: dict[str, Any] = {"categories": categories} if role == "product_manager" else {}
            lifetime = timedelta(hours=1)
            token = issuer.token(subject=subject, role=role, lifetime=lifetime, at=datetime.now(UTC), **claims)
            target = {key: on[key] for key in ("code", "version", "etag")} if on else {}
            edit = {"idempotencyKey": f"key-{next(KEYS)}", **target, **fields}
            is_edit = name in INPUTS
            answer = await client.post(
                "/graphql",
                json={
                    "query": mutation(name) if is_edit else name,
                    "variables": {"input": edit} if is_edit else variables or {},
                },
                headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"},
            )
            body = answer.json()
            return body["data"][name] if is_edit and not raw else body

        yield do


async def walk(do: Do, one: dict[str, Any], *stages: str, **fields: Any) -> Any:
    """Moves the version through these stages; the last payload."""
    payload = {"object": one, "userErrors": []}
    for stage in stages:
        payload = await do("advanceProductOffering", payload["object"], to=stage, **fields)
        if payload["userErrors"]:
            break
    return payload


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


def parts(payload: dict[str, Any]) -> list[str]:
    return [part["code"] for part in payload["object"]["bundledProductOffering"]]
