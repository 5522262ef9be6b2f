"""What one look found: fine, worth a glance, or broken, and then what to do.

It must not know where anybody looked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["OK", "WARN", "FAIL"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`found` is what is the case, `remedy` what to do about it, in English and Chinese; nothing when all is well."""

    check: str
    status: Status
    found: str
    remedy: dict[str, str] | None = None

    def text(self) -> str:
        line = f"{self.status:<4}  {self.check:<12}  {self.found}"
        # A message of the rooms speaks both languages already.
        remedies = dict.fromkeys((self.remedy or {}).values())
        return "\n".join((line, *(f"{'':20}{remedy}" for remedy in remedies)))


def fine(check: str, found: str) -> Finding:
    return Finding(check, "OK", found)


def glance(check: str, found: str, en: str, zh: str) -> Finding:
    return Finding(check, "WARN", found, {"en": en, "zh": zh})


def broken(check: str, found: str, en: str, zh: str) -> Finding:
    return Finding(check, "FAIL", found, {"en": en, "zh": zh})
