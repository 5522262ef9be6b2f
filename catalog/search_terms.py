"""What words come to in a search: characters and pairs of Chinese, pinyin in full and by initials, words, near misses.

Knows letters; must not know offerings, or a dictionary of Chinese words: pairs of characters need none.
"""

from __future__ import annotations

import re
from functools import lru_cache
from string import ascii_lowercase, digits

from pypinyin import Style, lazy_pinyin

from catalog.text import fold

HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
RUNS = re.compile(rf"[{HAN}]+|[a-z0-9]+")
LETTERS = ascii_lowercase + digits
# A shorter word has too many neighbours, a longer one is no word.
SHORTEST, LONGEST = 4, 24


def runs(text: str) -> list[str]:
    """The parts of a text that count: runs of Chinese characters, and words of letters and digits."""
    return RUNS.findall(fold(text))


def is_han(run: str) -> bool:
    return re.match(rf"[{HAN}]", run) is not None


def pairs(run: str) -> list[str]:
    """校讯通 → 校讯, 讯通; a single character stands for itself."""
    return [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]


@lru_cache(maxsize=65_536)
def spellings(run: str) -> tuple[str, ...]:
    """Initials and full spelling from every character on: 校讯通 gives xxt, xiaoxuntong, xt, xuntong, t, tong."""
    spelt, initials = lazy_pinyin(run), lazy_pinyin(run, style=Style.FIRST_LETTER)
    return tuple("".join(whole[start:]) for start in range(len(spelt)) for whole in (initials, spelt))


def spelt(run: str) -> str:
    """The full spelling of a run of Chinese: who types 彩玲 means 彩铃 as often as not."""
    return "".join(lazy_pinyin(run))


def neighbours(word: str) -> set[str]:
    """Every word that one slip leads to: a letter left out, too many, wrong, or two exchanged. Few hundred of them."""
    if not SHORTEST <= len(word) <= LONGEST:
        return set()
    splits = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    found = {left + right[1:] for left, right in splits if right}
    found |= {left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1}
    for letter in LETTERS:
        found |= {left + letter + right[1:] for left, right in splits if right}
        found |= {left + letter + right for left, right in splits}
    return found - {word}
