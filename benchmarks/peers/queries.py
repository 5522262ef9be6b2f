"""What is asked: five queries as documents, the variables of each, and how each becomes one that nobody asked before.

Knows the schema and the codes of the measured catalog; must not know who answers.
"""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Variables = dict[str, Any]

PARTS = {
    "<prices>": "productOfferingPrice { code name priceType recurringChargePeriod price { unit value } }",
    # PostGraphile names them by its tables.
    "<its prices>": "pricesByOffering(orderBy: PRIMARY_KEY_ASC) "
    "{ nodes { code name priceType recurringChargePeriod price { unit value } } }",
    "<its categories>": "offeringCategoriesByOffering(orderBy: PRIMARY_KEY_ASC) "
    "{ nodes { categoryByCategory { code name } } }",
}
OFFERING = """query Offering($code: String!, $place: String) {
  productOffering(code: $code, context: {place: $place}) { code name description lifecycleStatus <prices> }
}"""
PAGE = """query Page($first: Int!, $after: String) {
  productOfferings(first: $first, after: $after) {
    nodes { code name lifecycleStatus category { code name } <prices> }
    pageInfo { hasNextPage endCursor }
  }
}"""
BUNDLE = """query Bundle($code: String!, $after: String) {
  productOffering(code: $code) {
    code name
    bundledProductOffering {
      numberRelOfferDefault
      productOffering {
        code name description <prices>
        bundledProductOffering { numberRelOfferDefault productOffering { code name <prices> } }
      }
    }
  }
  productOfferings(first: 50, after: $after) { nodes { code name category { code name } <prices> } }
}"""
SEARCH = """query Search($category: String!, $min: Decimal!, $max: Decimal!) {
  productOfferingSearch(
    first: 10, where: {category: {eq: $category}, monthlyFee: {range: {min: $min, max: $max}}},
    facets: [CATEGORY, FAMILY, CHANNEL, COMPLEXITY, KIND, MONTHLY_FEE]
  ) {
    totalCount
    hits { productOffering { code name <prices> } }
    facets { field values { value name count } }
  }
}"""
MARKET = """query Market($code: String!, $place: String) {
  marketSegment(code: $code, context: {place: $place}) {
    code kind name place size
    solutions { solution { code name description } offering { template code isCopy } }
  }
}"""

# PostGraphile makes its own schema of the same tables: the same values by its own names. It has no facets.
POSTGRAPHILE = {
    "offering": """query Offering($code: String!) {
  offeringByCode(code: $code) { code name description lifecycleStatus <its prices> }
}""",
    "page": """query Page($first: Int!, $skip: Int!) {
  allOfferings(first: $first, offset: $skip, orderBy: PRIMARY_KEY_ASC) {
    nodes { code name lifecycleStatus <its categories> <its prices> }
    pageInfo { hasNextPage }
  }
}""",
    "bundle": """query Bundle($code: String!, $skip: Int!) {
  offeringByCode(code: $code) {
    code name
    partsByBundle(orderBy: PRIMARY_KEY_ASC) { nodes {
      defaultCount
      offeringByOffering {
        code name description <its prices>
        partsByBundle(orderBy: PRIMARY_KEY_ASC) { nodes {
          defaultCount offeringByOffering { code name <its prices> }
        } }
      }
    } }
  }
  allOfferings(first: 50, offset: $skip, orderBy: PRIMARY_KEY_ASC) { nodes { code name <its categories> <its prices> } }
}""",
    "market": """query Market($code: String!) {
  marketByCode(code: $code) {
    code kind name place size
    applicationsByMarket(orderBy: PRIMARY_KEY_ASC) { nodes {
      solutionBySolution { code name description }
      appliedsByMarketAndSolution(orderBy: PRIMARY_KEY_ASC) { nodes { template code isCopy } }
    } }
  }
}""",
}

_serial = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Known:
    """Codes of the measured catalog, each list in the order of the alphabet."""

    offerings: tuple[str, ...]
    bundles: tuple[str, ...]
    categories: tuple[str, ...]
    markets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """One of the measured queries. `variables(known, n, fresh)` are the n-th request's, fresh ones without equal."""

    name: str
    title: str
    document: str
    variables: Callable[[Known, int, bool], Variables]

    def asked(self, known: Known, *, how: str, dialect: str = "") -> Iterator[tuple[str, Variables]]:
        """Documents with variables without end: `how` is repeated, variables or document (never seen before)."""
        document = POSTGRAPHILE[self.name] if dialect == "postgraphile" else self.document
        for part, text in PARTS.items():
            document = document.replace(part, text)
        for number in itertools.count():
            variables = self.variables(known, number, how == "variables")
            if dialect == "postgraphile":
                variables = _its_own(variables, known)
            yield (_renamed(document, next(_serial)) if how == "document" else document), variables


HOWS = {"repeated": "repeated", "variables": "variables never seen", "document": "document never seen"}
# So many variables are asked in turn where answers repeat.
REPEATED = 10


def cursor(code: str) -> str:
    """The cursor behind this code in a list by code; the code need not exist."""
    return base64.urlsafe_b64encode(json.dumps([code], separators=(",", ":")).encode()).decode().rstrip("=")


def _place(number: int, fresh: bool) -> str:
    # No field that is asked for depends on it, but an answer from memory may not know that.
    return f"shanxi/taiyuan/{next(_serial) if fresh else number % REPEATED}"


def _behind(known: Known, number: int, fresh: bool) -> str:
    """A cursor between two codes: there are as many as one likes, and pages behind them are like any other."""
    code = known.offerings[number * 37 % (len(known.offerings) - 60) if fresh else number % REPEATED * 17]
    return cursor(f"{code}~{next(_serial)}" if fresh else code)


def _offering(known: Known, number: int, fresh: bool) -> Variables:
    code = known.offerings[(number if fresh else number % REPEATED) * 37 % len(known.offerings)]
    return {"code": code, "place": _place(number, fresh)}


def _page(known: Known, number: int, fresh: bool) -> Variables:
    return {"first": 20, "after": _behind(known, number, fresh)}


def _bundle(known: Known, number: int, fresh: bool) -> Variables:
    code = known.bundles[(number if fresh else number % REPEATED) % len(known.bundles)]
    return {"code": code, "after": _behind(known, number, fresh)}


def _search(known: Known, number: int, fresh: bool) -> Variables:
    category = known.categories[(number if fresh else number % REPEATED) % len(known.categories)]
    least = f"0.{next(_serial):09d}" if fresh else "0"
    return {"category": category, "min": least, "max": "250"}


def _market(known: Known, number: int, fresh: bool) -> Variables:
    code = known.markets[(number if fresh else number % REPEATED) % len(known.markets)]
    return {"code": code, "place": _place(number, fresh)}


def _renamed(document: str, number: int) -> str:
    """The same question by a text that nobody sent before: its operation has another name."""
    head, brace, rest = document.partition("(")
    return f"{head}_{number}{brace}{rest}"


def _its_own(variables: Variables, known: Known) -> Variables:
    """The variables as PostGraphile takes them: pages by how many to skip."""
    kept = {name: value for name, value in variables.items() if name not in ("place", "after")}
    if "after" in variables:
        text = variables["after"] + "=" * (-len(variables["after"]) % 4)
        code = json.loads(base64.urlsafe_b64decode(text))[0].partition("~")[0]
        kept["skip"] = known.offerings.index(code) + 1
    return kept


QUERIES = (
    Query("offering", "Q1 one offering with prices", OFFERING, _offering),
    Query("page", "Q2 20 offerings with categories and prices", PAGE, _page),
    Query("bundle", "Q3 a bundle with nested parts, and a page of 50", BUNDLE, _bundle),
    Query("search", "Q4 a search with counts by six facets", SEARCH, _search),
    Query("market", "Q5 a market with its solutions", MARKET, _market),
)
