from __future__ import annotations

import pytest

from sql import QueryError, nouns, parse, queries

FILE = """-- What this file is about.

-- name: by_code
-- The customer of a code,
-- or no row.
-- returns: catalog.customer.Customer
-- The code is the operator's.
select * from customer
-- a comment inside stays
where code = $1;

-- name: all_of_them
-- Every customer.
select * from customer
"""


def test_a_query_is_its_text_with_a_name_a_sentence_and_the_dataclass_it_fills() -> None:
    found = parse(FILE, source="sql/x.sql")
    assert list(found) == ["by_code", "all_of_them"]
    query = found["by_code"]
    assert query.text == "select * from customer\n-- a comment inside stays\nwhere code = $1"
    assert query.name == "by_code"
    assert query.doc == "The customer of a code, or no row. The code is the operator's."
    assert query.returns == "catalog.customer.Customer"
    assert found["all_of_them"].returns is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("-- name: a\n-- One.\nselect 1;\n-- name: a\n-- Two.\nselect 2", "two queries are named 'a'"),
        ("select 1;\n-- name: a\n-- One.\nselect 1", "'select 1;' stands before"),
        ("-- name: a\nselect 1", "'a' needs a sentence"),
        ("-- name: a\n-- One.\n", "'a' has no statement"),
        ("-- name: a b\n-- One.\nselect 1", "'a b' cannot be the name"),
        ("-- name: _a\n-- One.\nselect 1", "'_a' cannot be the name"),
    ],
)
def test_a_file_that_breaks_the_dialect_is_refused_by_name(text: str, complaint: str) -> None:
    with pytest.raises(QueryError, match=complaint) as caught:
        parse(text, source="sql/x.sql")
    assert "sql/x.sql" in str(caught.value)


def test_an_unknown_query_lists_the_known_ones_and_the_nearest() -> None:
    known = queries(nouns()[0])
    first = next(iter(known)).name
    with pytest.raises(AttributeError, match=f"did you mean {first}.*it has: .*{first}"):
        getattr(known, first + "x")


def test_an_unknown_noun_lists_the_files() -> None:
    with pytest.raises(QueryError, match=f"the files are: .*{nouns()[0]}"):
        queries("no_such_noun")


def test_queries_are_read_once() -> None:
    noun = nouns()[0]
    first = next(iter(queries(noun)))
    assert queries(noun) is queries(noun)
    assert getattr(queries(noun), first.name) is first.text
    assert len(queries(noun)) == len(list(queries(noun)))
