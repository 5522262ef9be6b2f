"""A database, a directory, a port or a disk that is not as it should be: one message, and nothing lost."""

from __future__ import annotations

import asyncio
import http.server
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import trial_files
import trial_person
from server_support import on_database
from trial_home import Home, free_port
from trial_tables import fetch, fingerprint

from sql.embedded import EmbeddedPostgres


def refused(dsn: str) -> str:
    home = Home(dsn)
    try:
        return trial_person.complaint(trial_person.inside(home, "models", "list"))
    finally:
        home.remove()


def other(dsn: str, *, user: str | None = None, password: str | None = None) -> str:
    parts = urlsplit(dsn)
    account = f"{user or parts.username}:{password or parts.password}"
    return urlunsplit(parts._replace(netloc=f"{account}@"))


def test_a_wrong_address_is_told_with_its_remedy(dsn: str) -> None:
    assert "cannot be reached" in refused("postgresql://u:secret@no-such-host.invalid:5432/jishi")
    assert "cannot be reached" in refused(f"postgresql://u:secret@127.0.0.1:{free_port()}/jishi")
    assert "password" in refused(other(dsn, password="wrong"))
    assert "password" in refused(other(dsn, user="nobody", password="secret"))
    assert "does not exist" in refused(on_database(dsn, "no_such_database"))


@pytest.mark.parametrize(
    "address",
    ["mysql://u:secret@localhost/jishi", "not an address", "postgresql://u:secret@[::1/jishi", "5432",
     "postgresql://u:secret@localhost:port/jishi", "postgresql://u:secret@localhost:70000/jishi"],
)  # fmt: skip
def test_what_is_no_address_is_told_so_without_its_password(address: str) -> None:
    message = refused(address)
    assert "JISHI_DATABASE_URL" in message
    assert "secret" not in message


@pytest.mark.slow
def test_a_server_that_is_not_postgresql_is_told_so() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        message = refused(f"postgresql://u:secret@127.0.0.1:{web.server_port}/jishi")
        web.shutdown()
    assert "JISHI_DATABASE_URL" in message
    assert "secret" not in message


@pytest.mark.slow
def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        assert "answers like PostgreSQL" in refused(f"postgresql://u:secret@127.0.0.1:{silent.getsockname()[1]}/jishi")
        assert time.monotonic() - began < 15


def test_a_database_of_a_newer_version_is_left_alone(dsn: str) -> None:
    asyncio.run(fetch(dsn, "insert into schema_migration (name, checksum) values ('9999_future', 'x') returning 1"))
    message = refused(dsn)
    assert "newer version" in message
    assert "9999_future" in message


def test_a_role_that_may_not_make_tables_is_told_so(postgres_server: EmbeddedPostgres, dsn: str) -> None:
    name = urlsplit(dsn).path.removeprefix("/")
    asyncio.run(administer(postgres_server.admin_dsn, f"create role weak_{name} login password 'weak'"))
    try:
        message = refused(other(dsn, user=f"weak_{name}", password="weak"))
        assert "schema_migration" in message or "permission" in message
    finally:
        asyncio.run(administer(postgres_server.admin_dsn, f"drop role weak_{name}"))


async def administer(dsn: str, statement: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def test_a_data_directory_that_cannot_be_used_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    places = [tmp_path / "file" / "home"] + ([closed / "home"] if os.geteuid() else [])
    for place in places:
        for command in (("models", "list"), ("token", "--role", "admin")):
            message = trial_person.complaint(trial_person.inside(Home(path=place), *command))
            assert str(place.parent) in message


def test_a_key_that_others_may_read_is_not_used(home: Home) -> None:
    home.token("admin")
    (home.path / "issuer.key").chmod(0o644)
    assert "chmod 600" in trial_person.complaint(trial_person.inside(home, "token", "--role", "admin"))


def test_a_taken_port_is_told_before_anything_is_started(own_home: Home) -> None:
    with socket.create_server(("127.0.0.1", own_home.port)):
        for command in ("serve", "up"):
            message = trial_person.complaint(trial_person.inside(own_home, command))
            assert str(own_home.port) in message
            assert "--port" in message
    assert not (own_home.path / "postgres.json").exists()


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    path = Home().path
    path.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0711", "tmpfs", str(path)], check=False
    )
    if mounted.returncode:
        path.rmdir()
        pytest.skip("no right to mount a small disk")
    try:
        yield path / "home"
    finally:
        deadline = time.monotonic() + 30
        while subprocess.run(["umount", str(path)], check=False, capture_output=True).returncode:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        path.rmdir()


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk")
def test_a_disk_without_room_for_a_database_is_told_so() -> None:
    with small_disk(16) as place:
        home = Home(path=place)
        assert "磁盘已满" in trial_person.complaint(home.run("models", "list"))
        home.remove()


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk")
def test_a_disk_that_fills_during_an_import_loses_nothing(
    tmp_path: Path, figure: Callable[[str, str, str], None]
) -> None:
    with small_disk(170) as place:
        home = Home(path=place)
        try:
            for kind, path in trial_files.write_operator(tmp_path, 300):
                done = home.run("import", kind, str(path))
                assert done.code == 0, done.err
            before = state_of(home)
            big = trial_files.write_csv(tmp_path / "usage.csv", trial_files.usage(900_000, 300))
            assert "disk of the database is full" in trial_person.complaint(home.run("import", "usage", str(big)))
            assert state_of(home) == before
            small = trial_files.write_csv(tmp_path / "small.csv", trial_files.usage(200, 300))
            after = home.run("import", "usage", str(small))
            assert after.code == 0, after.err
        finally:
            home.remove()
    figure(
        "A full disk gives an error in time",
        "an import of 900,000 rows onto a tmpfs of 170 MB",
        "one message that the disk is full, nothing half-written, small imports go on",
    )


def state_of(home: Home) -> object:
    from sql import embedded

    with embedded.start(home.path) as server, suppress(embedded.EmbeddedError):
        return asyncio.run(fingerprint(server.dsn))
