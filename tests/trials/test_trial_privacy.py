"""Full phone numbers stay in the customers' table: not in logs, figures, errors, reports or rejected rows."""

from __future__ import annotations

import asyncio
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import trial_files
import trial_person
from trial_home import Home, Server
from trial_tables import fetch

from sql.embedded import EmbeddedPostgres

NUMBER = trial_files.msisdn(1)
# Every number in the trial begins so; written with blanks or a country code they are personal all the same. A prefix
# of seven digits, because four are found in the decimals of any figure.
FULL = re.compile(r"(?:1990|１９９０)[\s-]?(?:000|０００|888)[\s-]?[\d０-９]{4}")
# The digits of a fraction of a second may happen to read like a number; no telephone number follows a point.
FRACTION = re.compile(r"(?<=\d)\.\d+")

REQUESTS: list[dict[str, Any]] = [
    {"query": f'{{ customer(msisdn: "{NUMBER}") {{ id msisdn name attributes }} }}'},
    {"query": "query($n: String) { customer(msisdn: $n) { msisdn } }", "variables": {"n": NUMBER}},
    {"query": "query($n: String) { recommendation(msisdn: $n, first: 3) { customer { msisdn } } }",
     "variables": {"n": NUMBER}},
    {"query": "query($n: Int!) { customer(id: $n) { id } }", "variables": {"n": NUMBER}},
    {"query": "query($n: Int!) { productOfferings(first: $n) { totalCount } }", "variables": {"n": NUMBER}},
    {"query": "query($n: Boolean!) { customer(msisdn: $n) { id } }", "variables": {"n": NUMBER}},
    {"query": f"{{ customer(msisdn: {NUMBER}) {{ id }} }}"},
    {"query": f"{{ productOfferings(first: {NUMBER}) {{ totalCount }} }}"},
    {"query": f'{{ customer(msisdn: "{NUMBER}", phone: "{NUMBER}") {{ id }} }}'},
    {"query": f'{{ customer(msisdn: "{NUMBER}") {{ nr{NUMBER} }} }}'},
    {"query": f'{{ customer(msisdn: "{NUMBER}") {{ id '},
    {"query": f'query Of{NUMBER} {{ customer(id: "C1") {{ id }} }}', "operationName": f"Of{NUMBER}"},
    {"query": '{ customer(id: "C1") { id } }', "operationName": NUMBER},
    {"query": f'{{ productOffering(code: "{NUMBER}") {{ code }} }}'},
    {"query": f'{{ category(code: "vas") {{ code @skip(if: "{NUMBER}") }} }}'},
    {"query": f'{{ productOfferingSearch(query: "{NUMBER}", first: 3) {{ hits {{ productOffering {{ code }} }} }} }}'},
    {"query": f'{{ productOfferings(first: 3, after: "{NUMBER}") {{ totalCount }} }}'},
    {"query": f'{{ node(id: "{NUMBER}") {{ id }} }}'},
    {"query": f'{{ customer(id: "C1", context: {{asOf: "{NUMBER}"}}) {{ id }} }}'},
    {"query": f'{{ customer(id: "C1", context: {{language: "{NUMBER}"}}) {{ id }} }}'},
    {"query": f'mutation {{ upsertProduct(input: {{idempotencyKey: "{NUMBER}", customerId: "{NUMBER}", '
     f'offering: "{NUMBER}", price: "{NUMBER}x"}}) {{ changed userErrors {{ message }} }} }}'},
    {"query": f'mutation {{ upsertProduct(input: {{idempotencyKey: "{NUMBER}", customerId: "C1", '
     f'offering: "NEWS", price: "{NUMBER}{NUMBER}"}}) {{ changed userErrors {{ message }} }} }}'},
    {"query": f'mutation {{ upsertProduct(input: {{idempotencyKey: "a\\u0000{NUMBER}", customerId: "{NUMBER}\\u0000", '
     f'offering: "NEWS", channel: "{NUMBER}"}}) {{ changed userErrors {{ message }} }} }}'},
    {"query": f'mutation {{ reportOutcome(input: {{itemId: "{NUMBER}", outcome: SHOWN, reason: "{NUMBER}"}}) '
     "{ changed userErrors { message } } }"},
    {"query": "mutation($i: UpsertCustomerInput!) { upsertCustomer(input: $i) { changed userErrors { message } } }",
     "variables": {"i": {"idempotencyKey": "k1", "customerId": "C1", "msisdn": f"{NUMBER}x", "name": NUMBER}}},
    {"query": "mutation($i: UpsertCustomerInput!) { upsertCustomer(input: $i) { changed userErrors { message } } }",
     "variables": {"i": {"idempotencyKey": "k2", "customerId": "C1", "msisdn": trial_files.msisdn(8_888_888)}}},
    {"query": "mutation($i: UpsertCustomerInput!) { upsertCustomer(input: $i) { changed userErrors { message } } }",
     "variables": {"i": {"idempotencyKey": "k3", "customerId": "C1", "place": NUMBER, "attributes": {NUMBER: NUMBER}}}},
]  # fmt: skip


def post(server: Server, body: bytes, token: str, address: str = "/graphql") -> str:
    request = urllib.request.Request(
        server.url + address,
        data=body or None,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json", "User-Agent": NUMBER},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(answer.read().decode()) + str(answer.headers)
    except urllib.error.HTTPError as error:
        return str(error.read().decode()) + str(error.headers)


def session(server: Server) -> dict[str, str]:
    """What callers of every kind got back, by what they asked."""
    admin = server.home.token("admin")
    answers = {json.dumps(body): post(server, json.dumps(body).encode(), admin) for body in REQUESTS}
    document = urllib.parse.quote(f'{{ customer(msisdn: "{NUMBER}") {{ id }} }}')
    answers["GET"] = post(server, b"", admin, f"/graphql?query={document}")
    answers["another path"] = post(server, b"", admin, f"/{NUMBER}?msisdn={NUMBER}")
    answers["no JSON"] = post(server, f'{{"query": {NUMBER}'.encode(), admin)
    answers["forged token"] = post(server, b"{}", NUMBER)
    for role in ("customer", "agent", "analyst"):
        token = server.home.token(role, **({"customer": "C1"} if role == "customer" else {}))
        for body in REQUESTS[:4]:
            answers[f"{role} {body}"] = post(server, json.dumps(body).encode(), token)
    return answers


def bad_files(folder: Path) -> list[tuple[str, Path]]:
    """Files whose mistakes stand beside or in phone numbers."""
    customers = [
        ["id", "msisdn", "name", "joined_at", "account_manager"],
        ["C1", f"{NUMBER}x", "王小明", "2024-01-01", ""],
        ["C2", f"86{NUMBER}", NUMBER, "2024-13-01", NUMBER],
        ["C3", f" {NUMBER[:4]} {NUMBER[4:7]} {NUMBER[7:]} 0", "", NUMBER, ""],
        [NUMBER + "\u0007", NUMBER, "", "", ""],
        ["C4", "１９９００００００３１", NUMBER + "\u0001", "", ""],
        ["C5", NUMBER, "", "", "", NUMBER, "too many"],
        ["C6", f'{NUMBER}" open', "", "", ""],
    ]
    products = [["customer_id", "offering", "agent"], [NUMBER, "NEWS", ""], ["C1", NUMBER, NUMBER]]
    outcomes = [["customer_id", "offering", "outcome", "at", "reason"], [NUMBER, "NEWS", NUMBER, NUMBER, NUMBER]]
    raw = folder / "raw.csv"
    raw.write_text(f'id,msisdn\nC7,"{NUMBER}\nC8,{NUMBER},{NUMBER}\n', encoding="utf-8")
    head = trial_files.write_csv(folder / "head.csv", [["id", NUMBER], ["C1", "x"]])
    return [
        ("customer", trial_files.write_csv(folder / "customers.csv", customers)),
        ("product", trial_files.write_csv(folder / "products.csv", products)),
        ("outcome", trial_files.write_csv(folder / "outcomes.csv", outcomes)),
        ("customer", raw),
        ("customer", head),
    ]


KEPT = {
    "audit": "select to_jsonb(a)::text from audit a",
    "idempotency": "select response::text from idempotency",
    "import_reject": "select to_jsonb(r)::text from import_reject r",
    "import_batch": "select to_jsonb(b)::text from import_batch b",
}


async def test_no_full_phone_number_leaves_the_table_of_customers(
    home: Home, postgres_server: EmbeddedPostgres, tmp_path: Path, figure: Callable[[str, str, str], None]
) -> None:
    server = await asyncio.to_thread(home.serve().wait_until_ready)
    texts = await asyncio.to_thread(session, server)
    texts["figures"] = await asyncio.to_thread(post, server, b"", "", "/metrics")
    for kind, path in bad_files(tmp_path):
        said = await asyncio.to_thread(trial_person.inside, home, "import", kind, str(path), "--json")
        texts[f"import {path.name}"] = said.out + said.err
    for rejects in tmp_path.glob("*.rejects.csv"):
        texts[rejects.name] = rejects.read_text(encoding="utf-8-sig")
    assert len(list(tmp_path.glob("*.rejects.csv"))) == 4
    assert home.dsn
    for name, query in KEPT.items():
        texts[f"table {name}"] = "\n".join(str(row[0]) for row in await fetch(home.dsn, query))
    for arguments in (("config",), ("doctor",), ("models", "list")):
        said = await asyncio.to_thread(trial_person.inside, home, *arguments)
        texts[" ".join(arguments)] = said.out + said.err
    texts["server log"] = server.stop()
    texts["database log"] = postgres_server.log.read_text(errors="replace")
    assert "100****" not in texts["server log"]
    assert texts["server log"].count('"event": "request"') >= len(REQUESTS)
    texts = {name: FRACTION.sub(".", text) for name, text in texts.items()}
    leaks = {name: FULL.findall(text)[:3] for name, text in texts.items() if FULL.search(text)}
    assert leaks == {}
    size = sum(map(len, texts.values()))
    figure(
        "Personal data stays inside",
        f"{len(texts)} answers, logs, figures, reports, rejected rows and audit tables ({size:,} characters)",
        "0 full phone numbers",
    )
