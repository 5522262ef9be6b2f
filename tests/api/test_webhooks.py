"""Other systems are told of every change: signed, in order, at least once, by one process at a time."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webhook_receiver import is_genuine, receiving, until

from api.feed import CHANNEL, Feed
from api.metrics import Metrics
from api.webhooks import Sender, sending
from api.webhooks_post import Poster
from catalog.feeds import webhook_store
from catalog.feeds.webhook import Reach, Retry, StreamStatus, Topic, secret, written_secret
from sql.pool import Database

KEY = b"k" * 32
QUICK = Retry(timedelta(milliseconds=20), timedelta(milliseconds=40), attempts=4)
OPEN = Reach(insecure=True)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
TOPICS = (Topic.CATALOG_CHANGED,)


def utc_now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def sender(db: Database, retry: Retry = QUICK, lease: timedelta = timedelta(seconds=20)):
    feed = Feed(db)
    listener = db.listen(CHANNEL, feed.wake, poll=5)
    async with sending(Sender(db, feed, Poster(OPEN), KEY, utc_now, Metrics(), retry, lease)) as running:
        yield running
    await listener.close()


async def register(db: Database, url: str, code: str = "crm", topics=TOPICS) -> int:
    async with db.transaction() as conn:
        made = await webhook_store.add(conn, code, url, False, NOW, "op")
        assert made is not None
        await webhook_store.follow(conn, made, topics)
    return made


async def change(db: Database, *codes: str) -> None:
    for code in codes:
        await db.execute("insert into category (code, name) values ($1, '{}')", code)


async def stream(db: Database, code: str = "crm"):
    return (await webhook_store.endpoints(db, code))[0].streams[0]


def told(receiver) -> list[str]:
    return [one["code"] for body in receiver.bodies for one in body["data"]["changes"]]


async def test_a_change_is_told_with_a_signature_that_the_receiver_can_check(db):
    async with receiving() as receiver, sender(db):
        endpoint = await register(db, receiver.url)
        await change(db, "vas")
        await until(lambda: bool(receiver.got))
    headers, body = receiver.got[0]
    key = written_secret(secret(KEY, endpoint, 1))
    assert is_genuine(key, headers, body)
    assert not is_genuine(key, headers, body + b" ")
    assert not is_genuine(key, {**headers, "webhook-id": "msg_other"}, body)
    assert not is_genuine(written_secret(secret(KEY, endpoint, 2)), headers, body)
    assert receiver.bodies[0]["type"] == "catalog.changed"
    assert receiver.bodies[0]["data"]["changes"][0]["action"] == "category.create"


async def test_what_happened_before_an_endpoint_was_registered_is_not_told(db):
    await change(db, "old")
    async with receiving() as receiver, sender(db):
        await register(db, receiver.url)
        await change(db, "new")
        await until(lambda: bool(receiver.got))
    assert told(receiver) == ["new"]


async def test_a_message_that_failed_comes_again_as_the_same_and_before_all_later_ones(db):
    async with receiving(answers=[500, 503, 200]) as receiver, sender(db):
        await register(db, receiver.url)
        await change(db, "a")
        await until(lambda: bool(receiver.got))
        await change(db, "b", "c")
        await until(lambda: "c" in told(receiver))
    assert receiver.ids[0] == receiver.ids[1] == receiver.ids[2] != receiver.ids[3]
    assert receiver.got[0][1] == receiver.got[2][1]
    assert told(receiver) == ["a", "a", "a", "b", "c"]


async def test_after_too_many_failures_the_endpoint_is_dead_and_once_resumed_nothing_is_missing(db):
    async with receiving(answers=[500]) as receiver, sender(db):
        endpoint = await register(db, receiver.url)
        await change(db, "a", "b")
        await until(lambda: len(receiver.got) == QUICK.attempts)
        await asyncio.sleep(0.2)
        dead = await stream(db)
        assert (dead.status, dead.attempts, dead.last_status) == (StreamStatus.DEAD, 4, 500)
        assert (dead.behind, len(receiver.got)) == (2, QUICK.attempts)
        receiver.answers = [200]
        async with db.transaction() as conn:
            await webhook_store.set_status(conn, endpoint, None, StreamStatus.ACTIVE)
        await change(db, "c")
        await until(lambda: "c" in told(receiver))
    assert set(told(receiver)) == {"a", "b", "c"}
    assert (await stream(db)).behind == 0


async def test_a_receiver_that_says_it_is_gone_is_not_asked_again(db):
    async with receiving(answers=[410]) as receiver, sender(db):
        await register(db, receiver.url)
        await change(db, "a")
        await until(lambda: bool(receiver.got))
        await asyncio.sleep(0.3)
    assert (len(receiver.got), (await stream(db)).status) == (1, StreamStatus.DEAD)


async def test_a_redirect_is_not_followed(db):
    async with receiving() as inner, receiving(answers=[302]) as outer, sender(db):
        outer.headers = f"location: {inner.url}\r\n"
        await register(db, outer.url)
        await change(db, "a")
        await until(lambda: len(outer.got) >= 2)
    assert inner.got == []


async def test_several_processes_send_each_batch_once(db):
    async with receiving() as receiver, sender(db), sender(db), sender(db):
        await register(db, receiver.url)
        for number in range(30):
            await change(db, f"c{number:02}")
        await until(lambda: len(told(receiver)) >= 30)
        await asyncio.sleep(0.2)
    assert told(receiver) == [f"c{number:02}" for number in range(30)]


CHILD = """
import asyncio
from datetime import UTC, datetime, timedelta
from api.feed import Feed
from api.metrics import Metrics
from api.webhooks import Sender
from api.webhooks_post import Poster
from catalog.feeds.webhook import Reach
from sql.pool import Database

async def main():
    db = await Database.open({dsn!r})
    poster, clock = Poster(Reach(insecure=True)), lambda: datetime.now(UTC)
    await Sender(db, Feed(db), poster, b"k" * 32, clock, Metrics(), lease=timedelta(seconds=1)).run()

asyncio.run(main())
"""


async def test_a_sender_that_is_killed_while_it_sends_loses_nothing(dsn, db):
    hold = asyncio.Event()
    async with receiving(hold=hold) as receiver:
        await register(db, receiver.url)
        await change(db, "a")
        child = await asyncio.create_subprocess_exec(sys.executable, "-c", CHILD.format(dsn=dsn))
        await until(lambda: bool(receiver.got), 30)
        os.kill(child.pid, signal.SIGKILL)
        await child.wait()
        hold.set()
        async with sender(db, lease=timedelta(seconds=1)):
            await until(lambda: len(receiver.got) == 2)
    assert receiver.ids[0] == receiver.ids[1]
    assert told(receiver) == ["a", "a"]
    assert (await stream(db)).behind == 0


async def test_while_secrets_change_over_both_of_them_open_a_message(db):
    async with receiving() as receiver, sender(db):
        endpoint = await register(db, receiver.url)
        async with db.transaction() as conn:
            known = await webhook_store.take(conn, "crm")
            await conn.execute(
                "update webhook_endpoint set secret_generation = 2, previous_until = now() + interval '1 hour'"
            )
        assert known is not None
        await change(db, "a")
        await until(lambda: bool(receiver.got))
        for generation in (1, 2):
            assert is_genuine(written_secret(secret(KEY, endpoint, generation)), *receiver.got[0])
        await db.execute("update webhook_endpoint set previous_until = now()")
        await change(db, "b")
        await until(lambda: len(receiver.got) == 2)
    assert not is_genuine(written_secret(secret(KEY, endpoint, 1)), *receiver.got[1])
    assert is_genuine(written_secret(secret(KEY, endpoint, 2)), *receiver.got[1])


INSIDE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_are_closed(address):
    assert not Reach().allows(address)
    literal = f"[{address}]" if ":" in address else address
    assert Reach().wrong_url(f"https://{literal}/hook") is not None


def test_public_addresses_and_named_networks_are_open():
    from ipaddress import ip_network

    assert Reach().allows("8.8.8.8")
    assert Reach().allows("2606:4700::1111")
    assert Reach((ip_network("10.1.0.0/16"),)).allows("10.1.2.3")
    assert not Reach((ip_network("10.1.0.0/16"),)).allows("10.2.2.3")


@pytest.mark.parametrize(
    "url",
    ["http://shop.example/hook", "ftp://shop.example", "https://", "https://u:p@shop.example/", "https://a b.example",
     "https://shop.example/#x", "https://shop.example:0/", "https://shop.example:x/", "https://例.example/"],
)  # fmt: skip
def test_addresses_that_are_no_safe_ones_are_refused(url):
    assert Reach().wrong_url(url) is not None


async def test_a_name_that_leads_inside_is_not_called():
    async with receiving() as receiver:
        port = receiver.url.rpartition(":")[2]
        answer = await Poster(Reach()).post(f"https://localhost:{port}", {}, b"{}")
    assert answer.status is None
    assert "private" in answer.error
    assert receiver.got == []


@given(st.integers(1, 60), st.floats(0, 1, exclude_max=True))
def test_waits_grow_up_to_a_bound_and_are_spread_by_at_most_half(failures, chance):
    retry = Retry()
    least, most = retry.wait(failures, 0.0), retry.wait(failures, 1.0)
    assert retry.first <= least <= retry.wait(failures + 1, 0.0) <= retry.longest
    assert least <= retry.wait(failures, chance) <= most <= least * 1.5


def test_a_receiver_that_is_down_for_a_day_needs_nobodys_hand():
    retry = Retry()
    assert sum((retry.wait(one, 0.0) for one in range(1, retry.attempts)), timedelta()) > timedelta(days=1)
