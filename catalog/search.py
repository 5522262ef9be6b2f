"""Search over names and codes: Chinese by characters and pairs, pinyin by initials and in full, English by words.

Knows terms and weights; must not know a database, or a dictionary of Chinese words: pairs of characters need none.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from catalog.offering import Offering
from catalog.text import fold

HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
RUNS = re.compile(rf"[{HAN}]+|[a-z0-9]+")
LAST = "\U0010ffff"

CODE, NAME, PAIR, PINYIN, DESCRIPTION = 8.0, 4.0, 4.0, 2.0, 1.0


def _runs(text: str) -> list[str]:
    return RUNS.findall(fold(text))


def _is_han(run: str) -> bool:
    return re.match(rf"[{HAN}]", run) is not None


def _pairs(run: str) -> list[str]:
    return [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]


@lru_cache(maxsize=65_536)
def _pinyin(run: str) -> tuple[str, ...]:
    """Initials and full spelling from every character on: 校讯通 gives xxt, xt, t, xiaoxuntong, xuntong, tong."""
    spelt, initials = lazy_pinyin(run), lazy_pinyin(run, style=Style.FIRST_LETTER)
    return tuple("".join(whole[start:]) for start in range(len(spelt)) for whole in (initials, spelt))


def _terms(offering: Offering) -> Iterator[tuple[str, float]]:
    yield "".join(_runs(offering.code)), CODE
    yield from ((run, NAME) for run in _runs(offering.code))
    for name in (offering.name.zh, offering.name.en):
        for run in _runs(name or ""):
            if not _is_han(run):
                yield run, NAME
                continue
            yield from ((character, NAME) for character in run)
            yield from ((pair, PAIR) for pair in _pairs(run))
            yield from ((spelling, PINYIN) for spelling in _pinyin(run))
    for text in (offering.description.zh, offering.description.en):
        for run in _runs(text or ""):
            yield from ((term, DESCRIPTION) for term in (_pairs(run) if _is_han(run) else [run]))


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """An inverted index: sorted terms, and for each the codes it leads to with their weights."""

    terms: list[str]
    postings: dict[str, dict[str, float]]
    names: dict[str, str]

    @classmethod
    def of(cls, offerings: Iterable[Offering]) -> SearchIndex:
        found: dict[str, dict[str, float]] = defaultdict(dict)
        names: dict[str, str] = {}
        for offering in offerings:
            names[offering.code] = fold(f"{offering.name.zh or ''} {offering.name.en or ''}")
            for term, weight in _terms(offering):
                codes = found[term]
                codes[offering.code] = max(weight, codes.get(offering.code, 0.0))
        return cls(sorted(found), dict(found), names)

    def changed(self, removed: Collection[Offering], added: Collection[Offering]) -> SearchIndex:
        """The index without the offerings `removed` and with those `added`; what is not touched is shared."""
        postings, names = dict(self.postings), dict(self.names)
        old = {term for one in removed for term, _ in _terms(one)}
        fresh = SearchIndex.of(added)
        for one in removed:
            names.pop(one.code, None)
        for term in old | fresh.postings.keys():
            codes = dict(postings.get(term, {}))
            for one in removed:
                codes.pop(one.code, None)
            codes |= fresh.postings.get(term, {})
            if codes:
                postings[term] = codes
            else:
                del postings[term]
        same = postings.keys() == self.postings.keys()
        return SearchIndex(self.terms if same else sorted(postings), postings, names | fresh.names)

    def find(self, query: str) -> dict[str, float]:
        """Codes that match every part of `query`, the closer the heavier. An empty query finds nothing."""
        needles = [needle for run in _runs(query)[:16] for needle in (_pairs(run)[:16] if _is_han(run) else [run])]
        if not needles:
            return {}
        hits = [self._matching(needle) for needle in needles]
        everywhere = set(hits[0]).intersection(*hits[1:])
        phrase = fold(query)
        return {
            code: sum(hit[code] for hit in hits) + (NAME if phrase in self.names[code] else 0.0) for code in everywhere
        }

    def _matching(self, needle: str) -> dict[str, float]:
        """A Chinese part matches as it is, a Latin part as the beginning of a term; a whole term counts double."""
        first = bisect_left(self.terms, needle)
        last = first + 1 if _is_han(needle) else bisect_left(self.terms, needle + LAST)
        best: dict[str, float] = {}
        for position in range(first, min(last, len(self.terms))):
            whole = self.terms[position] == needle
            if not whole and _is_han(needle):
                continue
            for code, weight in self.postings[self.terms[position]].items():
                best[code] = max(best.get(code, 0.0), weight * (2.0 if whole else 1.0))
        return best
