"""One recommendation for one customer, over HTTP, beside the same written plainly.

    python -m benchmarks.bench_customer --home DIR [--rounds 5] [--seconds 5] [--clients 16] [--out FILE]

DIR is a JISHI_HOME with customers and a model that serves. Rounds of both servers alternate; the median of each figure
is told. CPU is that of all threads of the server and of all processes of PostgreSQL, less what PostgreSQL takes idle.
Then customers arrive at half of what was the most, at even intervals, and a latency counts from when one was due.

Knows HTTP, processes and how to ask; must not know how an answer is made.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from api.auth import Issuer
from benchmarks import load, processes
from benchmarks.peers.home import JISHI, Home
from benchmarks.say import say
from sql import embedded
from sql.embedded_cluster import load as cluster_of

PORT, PLAIN_PORT, CONSTANT_PORT = 8371, 8372, 8373
TOKENS = 200
FIELDS = """id isPersonalised source recommendationItem {
  id priority score probability talkingPoint productOffering { code name } reasons { kind text weight }
  billEffect { unit value } handOver } withheld { rule count }"""
BY_ID = f"""query Offers($who: ID!) {{
  recommendation(customerId: $who, first: 5, context: {{channel: "10086", language: ZH}}) {{ {FIELDS} }} }}"""
BY_NUMBER = BY_ID.replace("$who: ID!", "$who: String!").replace("customerId: $who", "msisdn: $who")
LESS = """query Offers($who: ID!) {
  recommendation(customerId: $who, first: 5, context: {channel: "10086", language: ZH}) {
    id recommendationItem { priority score productOffering { code name } } } }"""
PLAIN = """query Offers($who: ID!) {
  recommendation(customerId: $who, first: 5) {
    id recommendationItem { priority score productOffering { code name } } } }"""
CONSTANT = json.dumps({"data": {"recommendation": {"recommendationItem": [{"priority": 1}]}}})
SAMPLE = "select code, msisdn from customer tablesample system ($1) where msisdn is not null limit 50000"
SIZE = "select sum(reltuples)::bigint from pg_class where relname ~ '^customer_p[0-9]+$'"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to ask: which server, with which document, naming customers by which of code (0) and number (1)."""

    name: str
    port: int
    document: str
    key: int = 0


WAYS = (
    Way("Jishi, whole answer, by id", PORT, BY_ID),
    Way("Jishi, whole answer, by number", PORT, BY_NUMBER, 1),
    Way("Jishi, what the plain one answers", PORT, LESS),
    Way("strawberry + implicit, written plainly", PLAIN_PORT, PLAIN),
    # How busy the machine is: this takes about 0.03 ms on two quiet cores.
    Way("a constant answer, bare ASGI", CONSTANT_PORT, PLAIN),
)


@dataclass(slots=True)
class Bench:
    """The two servers, the database between them, and who may be asked about."""

    home: Home
    servers: dict[int, int]
    people: list[tuple[str, str]]
    tokens: list[str]
    idle: float = 0.0

    def requests(self, way: Way, seed: int) -> Iterator[bytes]:
        chance, tokens = random.Random(seed), itertools.cycle(self.tokens)
        while True:
            who = self.people[chance.randrange(len(self.people))][way.key]
            body = json.dumps({"query": way.document, "variables": {"who": who}}).encode()
            yield load.request(
                "/graphql", body, {"Authorization": f"Bearer {next(tokens)}", "Accept": "application/json"}
            )

    def database(self) -> dict[int, float]:
        return processes.cpu(processes.postgres(self.home.data))

    def rest(self, seconds: float) -> None:
        """What PostgreSQL takes while nobody asks."""
        before = self.database()
        time.sleep(seconds)
        self.idle = processes.spent(before, self.database()) / seconds

    def saturated(self, way: Way, seed: int, clients: int, seconds: float) -> dict[str, float]:
        """Requests/s and CPU when every client asks again at once."""
        pids = processes.tree(self.servers[way.port])
        seen: dict[str, dict[int, float]] = {}

        def look(name: str) -> None:
            seen[f"server {name}"], seen[f"database {name}"] = processes.cpu(pids), self.database()

        found = load.drive(
            way.port,
            self.requests(way, seed),
            connections=clients,
            seconds=seconds,
            warm=1.0,
            at_least=1,
            at_most=seconds,
            begin=lambda: look("before"),
            end=lambda: look("after"),
        )
        server = processes.spent(seen["server before"], seen["server after"])
        database = processes.spent(seen["database before"], seen["database after"]) - self.idle * found.seconds
        return {
            "requests_per_s": found.rate,
            "server_ms": 1000 * server / found.answers,
            "postgres_ms": 1000 * database / found.answers,
            "body_bytes": found.body_bytes,
        }

    def paced(self, way: Way, seed: int, rate: float, clients: int, seconds: float) -> dict[str, float]:
        """Latency where customers come at even intervals, whether or not those before are done."""
        late = sorted(asyncio.run(_paced(way.port, self.requests(way, seed), rate, clients, seconds)))
        return {"p50_ms": 1000 * _share(late, 0.5), "p99_ms": 1000 * _share(late, 0.99)}


def _share(rising: list[float], share: float) -> float:
    return rising[min(len(rising) - 1, int(share * len(rising)))]


async def _paced(port: int, requests: Iterator[bytes], rate: float, clients: int, seconds: float) -> list[float]:
    late: list[float] = []
    due = itertools.count()
    loop = asyncio.get_running_loop()
    start = loop.time() + 0.2

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (at := start + next(due) / rate) < start + seconds:
            await asyncio.sleep(max(0.0, at - loop.time()))
            writer.write(next(requests))
            head = (await reader.readuntil(load.END)).lower()
            if not head.startswith(b"http/1.1 200"):
                raise load.BadAnswer(head.decode())
            await reader.readexactly(int(head.partition(load.LENGTH)[2].partition(b"\r\n")[0]))
            if at > start + 1.0:
                late.append(loop.time() - at)
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return late


@contextmanager
def running(folder: Path) -> Iterator[Bench]:
    """Both servers on one core, PostgreSQL on any, this process on the other."""
    processes.pin(*processes.CORES)
    postgres = embedded.start(folder)
    started = []
    try:
        cluster = cluster_of(folder)
        assert cluster is not None
        home = Home(folder, cluster.data, postgres.dsn)
        logs = Path(tempfile.mkdtemp(prefix="jishi-bench-logs-"))
        answers = logs / "answers.json"
        answers.write_text(json.dumps({"graphql": CONSTANT}))
        known = {
            "JISHI_HOME": str(folder),
            "PEER_HOME": str(folder),
            "PEER_DSN": home.dsn,
            "PEER_ANSWERS": str(answers),
        }
        uvicorn = [str(Path(JISHI).with_name("uvicorn")), "--log-level", "warning"]
        for port, words in (
            (PORT, [JISHI, "serve"]),
            (PLAIN_PORT, [*uvicorn, "benchmarks.peers.plain_customer:app"]),
            (CONSTANT_PORT, [*uvicorn, "benchmarks.peers.constant:raw"]),
        ):
            log, core = logs / f"{port}.log", processes.SERVER_CORE
            started.append((port, processes.started([*words, "--port", str(port)], core=core, log=log, **known)))
        processes.pin(processes.LOAD_CORE)
        people = asyncio.run(_people(home.dsn))
        bench = Bench(home, {port: one.pid for port, one in started}, people, _tokens(folder))
        for way in WAYS:
            _await(bench, way)
        yield bench
    finally:
        for _, one in started:
            processes.stopped(one)
        postgres.close()


def _tokens(folder: Path) -> list[str]:
    """Of several agents, since each is held to a rate."""
    issuer, now = Issuer.at(folder), datetime.now(UTC)
    names = (f"load-{number}" for number in range(TOKENS))
    return [issuer.token(subject=name, role="agent", region="*", lifetime=timedelta(days=1), at=now) for name in names]


async def _people(dsn: str) -> list[tuple[str, str]]:
    connection = await asyncpg.connect(dsn)
    try:
        size = int(await connection.fetchval(SIZE) or 0)
        say(f"  about {size:,} customers")
        rows = await connection.fetch(SAMPLE, min(100.0, max(0.05, 100 * 50_000 / max(size, 1))))
        return [(row["code"], row["msisdn"]) for row in rows]
    finally:
        await connection.close()


def _await(bench: Bench, way: Way) -> None:
    """Asks until the answer is a list of items; what a server says last is raised."""
    said: object = "no answer"
    for _ in range(120):
        try:
            answer: Any = json.loads(load.ask(way.port, next(bench.requests(way, 0))))
            if answer["data"]["recommendation"]["recommendationItem"]:
                return
            said = answer
        except (OSError, load.BadAnswer, KeyError, TypeError) as error:
            said = error
        time.sleep(1.0)
    raise RuntimeError(f"{way.name}: {said}")


def measured(folder: Path, rounds: int, seconds: float, clients: int) -> dict[str, dict[str, float]]:
    """The median of each figure of each way, over rounds that alternate."""
    seen: dict[str, list[dict[str, float]]] = {way.name: [] for way in WAYS}
    with running(folder) as bench:
        bench.rest(3.0)
        for turn in range(rounds):
            for way in WAYS:
                found = bench.saturated(way, 10 * turn + 1, clients, seconds)
                rate = found["requests_per_s"] / 2
                found |= bench.paced(way, 10 * turn + 2, rate, 4 * clients, seconds)
                seen[way.name].append(found)
                say(f"  {turn + 1}: {way.name}: " + ", ".join(f"{name} {value:.2f}" for name, value in found.items()))
    return {
        name: {figure: statistics.median(one[figure] for one in several) for figure in several[0]}
        for name, several in seen.items()
    }


def table(found: dict[str, dict[str, float]]) -> str:
    lines = ["| | requests/s | server CPU ms | PostgreSQL CPU ms | both | p50 ms at half | p99 ms at half |"]
    lines.append("|" + "---|" * 7)
    for name, one in found.items():
        both = one["server_ms"] + one["postgres_ms"]
        cells = (one["requests_per_s"], one["server_ms"], one["postgres_ms"], both, one["p50_ms"], one["p99_ms"])
        lines.append(f"| {name} | {cells[0]:.0f} | " + " | ".join(f"{cell:.2f}" for cell in cells[1:]) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--out", type=Path, help="where the figures go as JSON")
    given = parser.parse_args()
    figures = measured(given.home, given.rounds, given.seconds, given.clients)
    if given.out:
        given.out.write_text(json.dumps(figures, indent=1))
    print(table(figures))
