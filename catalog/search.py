"""Search over names, codes and descriptions, which also understands a slip of the finger and a wrong character.

Knows terms and weights; must not know a database.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from catalog.offering import Offering
from catalog.search_terms import is_han, neighbours, pairs, runs, spellings, spelt
from catalog.text import fold

CODE, NAME, PAIR, PINYIN, DESCRIPTION = 8.0, 4.0, 4.0, 2.0, 1.0
# What a hit is worth that was not typed as it is written.
GUESSED = 0.5
# Of a run of Chinese that nothing holds whole, so many pairs must be there.
LOOSE = 2 / 3
MOST_RUNS, MOST_GUESSES = 16, 4
# So many codes are kept with what was found; each answer counts for some more.
KEPT_CODES, KEPT_ANSWER = 100_000, 16
Weights = dict[str, float]


def _terms(offering: Offering) -> Iterator[tuple[str, float]]:
    yield "".join(runs(offering.code)), CODE
    yield from ((run, NAME) for run in runs(offering.code))
    for name in (offering.name.zh, offering.name.en):
        for run in runs(name or ""):
            if not is_han(run):
                yield run, NAME
                continue
            yield from ((character, NAME) for character in run)
            yield from ((pair, PAIR) for pair in pairs(run))
            yield from ((spelling, PINYIN) for spelling in spellings(run))
    for text in (offering.description.zh, offering.description.en):
        for run in runs(text or ""):
            yield from ((term, DESCRIPTION) for term in (pairs(run) if is_han(run) else [run]))


@dataclass(frozen=True, slots=True)
class Found:
    """Codes with their weights, the closer the heavier; `guesses` are the words that were taken for what was typed."""

    weights: Weights
    guesses: tuple[str, ...] = ()


@dataclass(slots=True)
class Kept:
    """What was found last, by query: who narrows a search by its facets asks for the same words again."""

    found: dict[str, Found]
    size: int = 0

    def keep(self, query: str, found: Found) -> Found:
        """`found`; with too much, all that was kept is let go of."""
        self.size += len(found.weights) + KEPT_ANSWER
        if self.size > KEPT_CODES:
            self.found, self.size = {}, len(found.weights) + KEPT_ANSWER
        self.found[query] = found
        return found


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """An inverted index: sorted terms, and for each the codes it leads to with their weights."""

    terms: list[str]
    postings: dict[str, Weights]
    names: dict[str, str]
    _kept: Kept = field(default_factory=lambda: Kept({}), repr=False, compare=False)

    @classmethod
    def of(cls, offerings: Iterable[Offering]) -> SearchIndex:
        found: dict[str, Weights] = defaultdict(dict)
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

    def find(self, query: str) -> Found:
        """What matches every part of `query`; an empty query finds nothing.

        A part that nothing matches is taken for one that is near: some of its pairs, the same sound, one letter off.
        """
        return self._kept.found.get(query) or self._kept.keep(query, self._find(query))

    def _find(self, query: str) -> Found:
        parts = runs(query)[:MOST_RUNS]
        if not parts:
            return Found({})
        hits: list[Weights] = []
        guesses: list[str] = []
        for part in parts:
            exact = self._exact(part)
            if not exact and len(guesses) < MOST_GUESSES:
                guess, exact = self._guess(part)
                guesses.append(guess or part)
            hits.append(exact)
        everywhere = set(hits[0]).intersection(*hits[1:])
        if not everywhere:
            return Found({})
        phrase = fold(query)
        weights = {code: NAME if phrase in self.names[code] else 0.0 for code in everywhere}
        for hit in hits:
            weights = {code: weight + hit[code] for code, weight in weights.items()}
        return Found(weights, tuple(guesses))

    def _exact(self, part: str) -> Weights:
        if not is_han(part):
            return self._matching(part)
        found = [self.postings.get(pair, {}) for pair in pairs(part)[:MOST_RUNS]]
        everywhere = set(found[0]).intersection(*found[1:])
        return {code: 2 * sum(hit[code] for hit in found) for code in everywhere}

    def _guess(self, part: str) -> tuple[str | None, Weights]:
        """(The word taken for `part`, what it leads to), with reduced weights."""
        if is_han(part):
            if loose := self._loose(part):
                return part, loose
            part = spelt(part[:MOST_RUNS])
            if found := self._matching(part):
                return part, {code: GUESSED * weight for code, weight in found.items()}
        near = {word: hit for word in neighbours(part) if (hit := self._matching(word))}
        if not near:
            return None, {}
        # A word that is written so comes before one that only begins so; then the one that leads to most.
        best = max(near, key=lambda word: (word in self.postings, len(near[word]), word))
        return best, {code: GUESSED * weight for code, weight in near[best].items()}

    def _loose(self, part: str) -> Weights:
        """What holds most pairs of a run of Chinese: 校园流量 finds 校园网流量包."""
        needles = pairs(part)[:MOST_RUNS]
        times = Counter(code for needle in needles for code in self.postings.get(needle, ()))
        enough = [code for code, count in times.items() if count >= max(2, LOOSE * len(needles))]
        return {code: GUESSED * sum(self.postings.get(one, {}).get(code, 0.0) for one in needles) for code in enough}

    def _matching(self, word: str) -> Weights:
        """A word matches the beginning of a term; a whole term counts double."""
        best: Weights = {}
        for position in range(bisect_left(self.terms, word), len(self.terms)):
            term = self.terms[position]
            if not term.startswith(word):
                break
            times = 2.0 if term == word else 1.0
            for code, weight in self.postings[term].items():
                if weight * times > best.get(code, 0.0):
                    best[code] = weight * times
        return best
