"""What `jishi up` tells a person once it answers: tokens for every role, and a first query to paste.

Knows the demo's people; must not know how anything is served.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from api.auth import EVERYWHERE, ROLES, Issuer
from api.commands.first_start import FIRST_CUSTOMER
from api.settings import Settings

QUERY = '{ productOfferingSearch(query: "wlan", first: 3) { hits { productOffering { code name } } } }'
TOKEN_DAYS = 30


def greeting(chosen: Settings, address: str, at: datetime) -> str:
    if chosen.issuer:
        return f"tokens come from {chosen.issuer} 令牌由身份提供方签发"
    signed = tokens(chosen, at)
    body = json.dumps({"query": QUERY})
    ask = f"curl -s {address} -H 'Authorization: Bearer {signed['storefront']}'"
    return "\n".join(
        (
            f"tokens, valid for {TOKEN_DAYS} days 令牌:",
            *(f"  {role:<16} {token}" for role, token in signed.items()),
            "",
            "a first query 第一个查询:",
            f"  {ask} -H 'Content-Type: application/json' -d '{body}'",
            "",
        )
    )


def tokens(chosen: Settings, at: datetime) -> dict[str, str]:
    """A token per role. The demo's customer is the first one of the demo operator."""
    issuer = Issuer.at(chosen.home)
    return {
        role: issuer.token(
            subject=f"demo-{role}",
            role=role,
            region=EVERYWHERE if role == "agent" else None,
            customer=FIRST_CUSTOMER if role == "customer" else None,
            lifetime=timedelta(days=TOKEN_DAYS),
            at=at,
        )
        for role in ROLES
    }
