"""Jishi and its peers under the same load: the same questions of the same rows, in interleaved rounds.

Knows how a comparison is made fair; must not know how its tables and plots look.
"""

from __future__ import annotations

import base64
import itertools
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import load, processes
from benchmarks.load import BadAnswer
from benchmarks.peers import home as homes
from benchmarks.peers import servers
from benchmarks.peers.home import Home
from benchmarks.peers.queries import HOWS, QUERIES, Known, Query
from benchmarks.peers.servers import Running, Server
from benchmarks.say import say

CONNECTIONS = 32
# Each storefront is held to a rate, and each admin to a lower one: with so many it is not the rate that is measured.
CALLERS = {"storefront": 64, "admin": 600}
ROLES = {"market": "admin"}


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: offerings in the catalog, rounds, seconds of each stretch, and who takes part."""

    offerings: int = 2000
    rounds: int = 5
    seconds: float = 0.35
    warm: float = 0.1
    at_least: int = 40
    at_most: float = 1.2
    servers: tuple[Server, ...] = servers.SERVERS
    queries: tuple[Query, ...] = QUERIES
    hows: tuple[str, ...] = tuple(HOWS)


SHORT = Plan(rounds=3, seconds=0.2, warm=0.05, at_least=20, at_most=0.6)
CHECKED = 40


def run(plan: Plan) -> dict[str, Any]:
    """Raw figures: one entry a server, query and kind of request, each with every round."""
    processes.pin(processes.LOAD_CORE)
    absent = {one.name: servers.missing(one) for one in plan.servers}
    for name, why in absent.items():
        if why:
            say(f"  {name} is left out: {why}")
    with homes.empty() as home:
        say(f"  importing a catalog of {plan.offerings:,} offerings")
        known = homes.fill(home, plan.offerings)
        with Bench(home, known, [one for one in plan.servers if not absent[one.name]], plan.queries) as bench:
            sizes = bench.checked(plan.queries)
            return {
                "offerings": len(known.offerings),
                "bundles": len(known.bundles),
                "connections": CONNECTIONS,
                "rounds": plan.rounds,
                "node": servers.node_version(),
                "absent": {name: why for name, why in absent.items() if why},
                "bytes": sizes,
                "cells": bench.measured(plan),
                "memory": bench.memory(),
            }


class Bench:
    """Every server up, each on the servers' core and idle until it is its turn."""

    def __init__(
        self, home: Home, known: Known, chosen: Iterable[Server], queries: tuple[Query, ...] = QUERIES
    ) -> None:
        self.home, self.known, self.chosen, self.queries = home, known, list(chosen), queries
        self.running: dict[str, Running] = {}
        self._tokens = {role: itertools.cycle(home.tokens(role, count)) for role, count in CALLERS.items()}
        self._exits = ExitStack()

    def __enter__(self) -> Bench:
        with ExitStack() as exits:
            folder = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="jishi-peers-")))
            (folder / "key.json").write_text(servers.public_key(self.home))
            self._start(servers.JISHI_SERVER, folder, exits)
            answers = {query.name: self._answer("jishi", query, 0, "repeated").decode() for query in self.queries}
            (folder / "answers.json").write_text(json.dumps(answers))
            for server in self.chosen:
                if server.name not in self.running:
                    self._start(server, folder, exits)
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    def checked(self, queries: Iterable[Query]) -> dict[str, int]:
        """Bytes of Jishi's answer to each query, once every peer said the same. Raises AssertionError otherwise."""
        sizes: dict[str, int] = {}
        for query in queries:
            for how, number in itertools.product(HOWS, range(CHECKED)):
                ours = json.loads(self._answer("jishi", query, number, how))
                sizes[query.name] = len(json.dumps(ours, separators=(",", ":"), ensure_ascii=False).encode())
                if number % 10 == 0 and not next(iter(ours["data"].values())):
                    raise AssertionError(f"{query.name} {number} finds nothing: {ours}")
            for server in self._of(query):
                if server.kind == "peer":
                    self._compare(server, query)
        return sizes

    def measured(self, plan: Plan) -> list[dict[str, Any]]:
        found: dict[tuple[str, str, str], list[dict[str, float]]] = defaultdict(list)
        for number in range(plan.rounds):
            say(f"  round {number + 1} of {plan.rounds}")
            for query, how in itertools.product(plan.queries, plan.hows):
                for server in self._of(query):
                    if server.kind != "constant" or how == "repeated":
                        found[server.name, query.name, how].append(self._stretch(server, query, how, plan))
        return [
            {"server": server, "query": query, "how": how, "rounds": rounds}
            for (server, query, how), rounds in found.items()
        ]

    def memory(self) -> dict[str, int]:
        """Bytes that each server holds after everything."""
        return {name: processes.memory(processes.tree(one.process.pid)) for name, one in self.running.items()}

    def _of(self, query: Query) -> Iterator[Server]:
        """Those that can answer it; PostGraphile has no counts by facets."""
        return (one for one in self.chosen if not (one.dialect == "postgraphile" and query.name == "search"))

    def _start(self, server: Server, folder: Path, exits: ExitStack) -> None:
        say(f"  starting {server.name}")
        one = servers.start(server, self.home, folder)
        exits.callback(processes.stopped, one.process)
        deadline = time.monotonic() + servers.READY
        while True:
            try:
                return self._ready(server, one)
            except OSError:
                if time.monotonic() > deadline or one.process.poll() is not None:
                    log = (folder / f"{server.name}.log").read_text()
                    raise RuntimeError(f"{server.name} does not answer: {log[-2000:]}") from None
                time.sleep(0.5)

    def _ready(self, server: Server, one: Running) -> None:
        self.running[server.name] = one
        if server.kind != "constant":
            self._answer(server.name, self.queries[0], 0, "repeated")
        else:
            load.ask(one.port, load.request(f"/{self.queries[0].name}", b"{}", {}))

    def _requests(self, server: Server, query: Query, how: str, begin: int = 0) -> Iterator[bytes]:
        tokens = self._tokens[ROLES.get(query.name, "storefront")]
        path = f"/{query.name}" if server.kind == "constant" else "/graphql"
        asked = query.asked(self.known, how=how, dialect=server.dialect)
        for document, variables in itertools.islice(asked, begin, None):
            body = json.dumps({"query": document, "variables": variables}).encode()
            yield load.request(path, body, {"Authorization": f"Bearer {next(tokens)}", "Accept-Language": "en"})

    def _answer(self, name: str, query: Query, number: int, how: str) -> bytes:
        one = self.running[name]
        return load.ask(one.port, next(self._requests(one.server, query, how, number)))

    def _compare(self, server: Server, query: Query) -> None:
        for number in range(0, CHECKED, 3):
            ours = json.loads(self._answer("jishi", query, number, "repeated"))["data"]
            for how in HOWS if number == 0 else ("repeated",):
                its = json.loads(self._answer(server.name, query, number, how))["data"]
                if how == "variables" and query.name == "offering":
                    continue
                alike = ours == its if not server.dialect else _leaves(ours) == _leaves(its)
                if not alike and how == "repeated":
                    raise AssertionError(f"{server.name} answers {query.name} otherwise: {_first(ours, its)}")

    def _stretch(self, server: Server, query: Query, how: str, plan: Plan) -> dict[str, float]:
        one = self.running[server.name]
        own, took = processes.tree(one.process.pid), list[tuple[dict[int, float], dict[int, float]]]()
        # Looked up beforehand, as requests are on their way when counting begins.
        there = processes.postgres(self.home.data)

        def look() -> None:
            took.append((processes.cpu(own), processes.cpu(processes.postgres(self.home.data) if took else there)))

        try:
            done = load.drive(
                one.port,
                self._requests(server, query, how),
                connections=CONNECTIONS,
                seconds=plan.seconds,
                warm=plan.warm,
                at_least=plan.at_least,
                at_most=plan.at_most,
                begin=look,
                end=look,
            )
        except BadAnswer as error:
            say(f"  {server.name}, {query.name}, {how}: {str(error)[:200]}")
            return {}
        if not done.answers:
            say(f"  {server.name}, {query.name}, {how}: no answer in {done.seconds:.1f} s")
            return {}
        answers, ((own_before, database_before), (own_after, database_after)) = done.answers, took
        return {
            "answers": done.answers,
            "rate": round(done.rate, 1),
            "p50_ms": round(done.quantile(0.5) * 1000, 3),
            "p99_ms": round(done.quantile(0.99) * 1000, 3),
            "cpu_us": round(processes.spent(own_before, own_after) / answers * 1e6, 1),
            "postgres_us": round(processes.spent(database_before, database_after) / answers * 1e6, 1),
        }


def _leaves(value: Any) -> list[str]:
    """The values of an answer without its shape and without what is missing, and but for cursors, which each writes."""
    if isinstance(value, dict | list):
        inside = value.values() if isinstance(value, dict) else value
        return sorted(leaf for inner in inside for leaf in _leaves(inner) if not _is_cursor(leaf))
    return [] if value is None else [json.dumps(value)]


def _is_cursor(leaf: str) -> bool:
    try:
        return base64.urlsafe_b64decode(leaf.strip('"') + "==").startswith(b'["')
    except ValueError:
        return False


def _first(ours: Any, its: Any, path: str = "") -> str:
    """Where two answers differ first."""
    if isinstance(ours, dict) and isinstance(its, dict) and ours.keys() == its.keys():
        return next((_first(ours[key], its[key], f"{path}.{key}") for key in ours if ours[key] != its[key]), "")
    if isinstance(ours, list) and isinstance(its, list) and len(ours) == len(its):
        return next(
            (_first(a, b, f"{path}[{at}]") for at, (a, b) in enumerate(zip(ours, its, strict=True)) if a != b), ""
        )
    return f"{path or 'the answer'}: {json.dumps(ours)[:300]} here, {json.dumps(its)[:300]} there"
