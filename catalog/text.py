"""Text in the two languages of our users, and the folding that search compares by.

Knows languages; must not know what the text describes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """A text in Chinese, English or both; empty when neither is known."""

    zh: str | None = None
    en: str | None = None

    def __bool__(self) -> bool:
        return bool(self.zh or self.en)

    def said(self, language: str) -> str:
        """The text in `language`, or in the other language when that one is missing, or ''."""
        first, second = (self.en, self.zh) if language == "en" else (self.zh, self.en)
        return first or second or ""

    def to_json(self) -> dict[str, str]:
        return {key: value for key, value in (("zh", self.zh), ("en", self.en)) if value}

    @classmethod
    def from_json(cls, value: Mapping[str, str] | None) -> Text:
        return cls(value.get("zh"), value.get("en")) if value else EMPTY


EMPTY = Text()


def fold(text: str) -> str:
    """Full-width forms, case and outer blanks folded away: what two spellings of one word share."""
    return unicodedata.normalize("NFKC", text).casefold().strip()
