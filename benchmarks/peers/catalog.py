"""The catalog that is measured: the demo operator's, filled up to some thousands of offerings, imported as any other.

Knows the format of catalog files; must not know who asks for what.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

Node = dict[str, Any]

CHANNELS = ("ONLINE", "10086", "HALL", "ACCOUNT_MANAGER", "PARTNER")
WORDS = (("流量包", "Data pack"), ("语音包", "Voice pack"), ("专线", "Line"), ("彩铃", "Ring tone"), ("云盘", "Drive"))
SEED = 7


def filled(catalog: Node, offerings: int) -> Node:
    """The catalog with as many generated offerings as are missing: one in seven a bundle, one in fifty of bundles."""
    dice = random.Random(SEED)
    leaves = [one["code"] for one in catalog["categories"] if one["parent"] is not None]
    return catalog | {"offerings": [*catalog["offerings"], *_more(offerings - len(catalog["offerings"]), leaves, dice)]}


def _more(count: int, categories: list[str], dice: random.Random) -> Iterator[Node]:
    single: list[str] = []
    bundles: list[str] = []
    for number in range(1, count + 1):
        code = f"GEN_{number:05d}"
        parts: list[str] = []
        if number % 50 == 0:
            parts = dice.sample(bundles, 2) + dice.sample(single, 2)
        elif number % 7 == 0:
            parts = dice.sample(single, min(len(single), dice.randint(3, 6)))
            bundles.append(code)
        elif number % 3 == 0:
            single.append(code)
        # A bundle is sold where its mandatory parts are: these, and what they are parts of, are sold everywhere.
        everywhere = bool(parts) or number % 3 == 0
        yield _offering(number, code, parts, categories, dice, CHANNELS if everywhere else dice.sample(CHANNELS, 3))


def _offering(
    number: int, code: str, parts: list[str], categories: list[str], dice: random.Random, channels: Sequence[str]
) -> Node:
    zh, en = dice.choice(WORDS)
    return {
        "code": code,
        "name": {"zh": f"{zh}{number}", "en": f"{en} {number}"},
        "description": {
            "zh": f"含 {number % 50} GB 流量与不限量通话的第 {number} 款产品。",
            "en": f"Offering number {number} with unlimited calls and {number % 50} GB of data.",
        },
        "lifecycleStatus": "LAUNCHED",
        "validFor": {"startDateTime": "2024-01-01", "endDateTime": None},
        "isSellable": True,
        "category": sorted(dice.sample(categories, 1 + number % 2)),
        "complexity": dice.choice(("SIMPLE", "SIMPLE", "STANDARD")),
        "channel": sorted(channels),
        "family": f"GEN_FAMILY_{number % 97}",
        "step": 1 + number // 97,
        "productOfferingPrice": [_price("monthly", "RECURRING", dice), *_extra(number, dice)],
        "bundledProductOffering": [
            {"code": part, "lower": 1, "default": 1, "upper": 1, "group": None} for part in parts
        ],
    }


def _extra(number: int, dice: random.Random) -> list[Node]:
    codes = (("activation", "ONE_TIME"), ("equipment", "ONE_TIME"))
    return [_price(code, kind, dice) for code, kind in codes[: number % 3]]


def _price(code: str, kind: str, dice: random.Random) -> Node:
    recurring = {"recurringChargePeriod": "month"} if kind == "RECURRING" else {}
    return {
        "code": code,
        "name": {"zh": {"monthly": "月费", "activation": "开通费"}.get(code, "设备费"), "en": code.capitalize()},
        "priceType": kind,
        "price": {"unit": "CNY", "value": f"{dice.randint(1, 30000) / 100:.2f}"},
        "taxIncluded": True,
        "taxRate": "0.06",
        **recurring,
    }
