"""Callers that write all the time and take no answer for an answer: they repeat until it is acknowledged.

Knows documents and the ledger; must not know tables or processes, but for the one that imports files.
"""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any
from uuid import UUID

import trial_files
from trial_home import Home
from trial_http import Client, Lost
from trial_ledger import Ledger, ProductKey, status_of

from api.tokens import ItemSigner, ItemToken

UPSERT = """mutation($input: UpsertProductInput!) {
  upsertProduct(input: $input) { changed userErrors { path code } } }"""
REPORT = """mutation($input: ReportOutcomeInput!) {
  reportOutcome(input: $input) { changed userErrors { path code } } }"""
PASSING = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "RATE_LIMITED"}


class Writers:
    """`count` callers and one person who imports files, until `stop`; `settle` waits until all is acknowledged."""

    def __init__(self, home: Home, ledger: Ledger, customers: dict[str, int], offerings: dict[str, int], seed: int):
        self.home, self.ledger = home, ledger
        self._customers, self._offerings, self._seed = customers, offerings, seed
        self._signer = ItemSigner((home.path / "item.key").read_bytes())
        self._going, self._busy = asyncio.Event(), 0
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, count: int, folder: Path | None) -> None:
        self._going.set()
        self._tasks = [asyncio.create_task(self._caller(number)) for number in range(count)]
        if folder is not None:
            self._tasks.append(asyncio.create_task(self._importer(folder)))

    def go_on(self) -> None:
        self._going.set()

    async def settle(self) -> None:
        self._going.clear()
        async with asyncio.timeout(90):
            while self._busy:  # noqa: ASYNC110 - what is awaited happens in another process
                await asyncio.sleep(0.01)
        for task in self._tasks:
            if task.done():
                task.result()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _caller(self, number: int) -> None:
        chance = random.Random(f"{self._seed} {number}")
        client = Client(self.home.port, self.home.token("admin", subject=f"writer {number}"))
        own: list[ProductKey] = []
        turn = 0
        while True:
            await self._going.wait()
            self._busy += 1
            try:
                turn += 1
                if chance.random() < 0.7:
                    await self._product(client, number, turn, own, chance)
                else:
                    await self._outcome(client, chance)
            finally:
                self._busy -= 1

    async def _product(
        self, client: Client, number: int, turn: int, own: list[ProductKey], chance: random.Random
    ) -> None:
        if own and chance.random() < 0.4:
            key = chance.choice(own)
        else:
            key = (chance.choice(list(self._customers)), chance.choice(trial_files.OFFERINGS), f"t{number}-{turn}")
            own.append(key)
        given = {
            "idempotencyKey": f"{number}-{turn}",
            "customerId": key[0],
            "offering": key[1],
            "instance": key[2],
            "status": status_of(turn).upper(),
            "price": str(turn),
            "channel": f"c{turn}",
            "agent": f"a{turn}",
        }
        times = 2 if chance.random() < 0.05 else 1
        for _ in range(times):
            answer = await self._until_answered(client, UPSERT, given)
            if answer["upsertProduct"] != {"changed": True, "userErrors": []}:
                self.ledger.surprises.append(f"{given['idempotencyKey']}: {answer}")
        self.ledger.products[key] = turn
        self.ledger.product_writes += 1
        self.ledger.repeated += times - 1

    async def _outcome(self, client: Client, chance: random.Random) -> None:
        customer, offering = chance.choice(list(self._customers)), chance.choice(trial_files.OFFERINGS)
        recommendation = str(UUID(int=chance.getrandbits(128), version=4))
        item = ItemToken(self._customers[customer], recommendation, self._offerings[offering], 1, 1, 0.5)
        given = {"itemId": self._signer.sign(item), "outcome": "ACCEPTED", "reason": f"r{recommendation}"}
        answer = await self._until_answered(client, REPORT, given)
        if answer["reportOutcome"]["userErrors"]:
            self.ledger.surprises.append(str(answer))
        self.ledger.outcomes.add((customer, recommendation, offering, "ACCEPTED"))

    async def _until_answered(self, client: Client, document: str, given: dict[str, Any]) -> Any:
        async with asyncio.timeout(60):
            while True:
                try:
                    answer = await client.ask(document, {"input": given}, timeout=4.0)
                except Lost:
                    self.ledger.answers_lost += 1
                    await asyncio.sleep(0.05)
                    continue
                if not answer.get("errors"):
                    return answer["data"]
                codes = {error["extensions"]["code"] for error in answer["errors"]}
                if codes - PASSING:
                    self.ledger.surprises.append(str(answer["errors"])[:300])
                self.ledger.answers_lost += 1
                await asyncio.sleep(0.05)

    async def _importer(self, folder: Path) -> None:
        number = 0
        while True:
            await self._going.wait()
            self._busy += 1
            try:
                number += 1
                name = f"f{number}"
                rows = [["customer_id", "offering", "instance", "price"]]
                codes = list(self._customers)
                rows += [
                    [codes[row % len(codes)], trial_files.OFFERINGS[row % 8], f"{name}-{row}", "7"]
                    for row in range(self.ledger.file_rows)
                ]
                path = trial_files.write_csv(folder / f"{name}.csv", rows)
                while (done := await asyncio.to_thread(self.home.run, "import", "product", str(path))).code != 0:
                    self.ledger.answers_lost += 1
                    if "Traceback" in done.err:
                        self.ledger.surprises.append(done.err[-1500:])
                self.ledger.files.add(name)
            finally:
                self._busy -= 1
