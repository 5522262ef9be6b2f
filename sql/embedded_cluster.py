"""A cluster on the disk: where it lies, how it is made whole or not at all, its addresses and settings.

It knows initdb and the file `postgres.json` in the data directory, and must not know who uses the server.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import stat
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import quote

from sql.embedded_account import Account, system_directory
from sql.errors import EmbeddedError

ROLE = DATABASE = "jishi"
_ADMIN = "postgres"
_PORT = 5432
_LONGEST_SOCKET = 107
_STATE = "postgres.json"
# Personal data must not reach the log: errors go to the caller alone, statements and details nowhere.
_SETTINGS = {
    "listen_addresses": "",
    "port": str(_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] ",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "client_connection_check_interval": "2s",
}
_HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A complete cluster: its directory (mode 0700, the account's), its socket's directory, and two passwords."""

    directory: str
    socket: str
    password: str
    admin_password: str

    @property
    def data(self) -> Path:
        """PGDATA."""
        return Path(self.directory) / "data"

    @property
    def dsn(self) -> str:
        """For the program: a role that owns its database and nothing else."""
        return self._address(ROLE, self.password, DATABASE)

    @property
    def admin_dsn(self) -> str:
        """For tests and backups: the superuser."""
        return self._address(_ADMIN, self.admin_password, _ADMIN)

    def postmaster(self) -> tuple[int, bool] | None:
        """Process id of the server, and whether it accepts connections, as it last said; a killed one still says so."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return int(lines[0]), lines[7:8] == ["ready   "]
        except (FileNotFoundError, ValueError, IndexError):
            return None

    def serving(self) -> int | None:
        """The process id of the server that accepts connections; None when there is none, or not yet."""
        found = self.postmaster()
        if found is None or not found[1]:
            return None
        try:
            os.kill(found[0], 0)
        except ProcessLookupError:
            return None
        return found[0]

    def settings(self, *, durable: bool) -> list[str]:
        """Command-line arguments of postgres."""
        directories = '"' + self.socket.replace('"', '""') + '"'
        settings = _SETTINGS | {"unix_socket_directories": directories} | ({} if durable else _HASTY)
        return [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]

    def _address(self, role: str, password: str, database: str) -> str:
        return f"postgresql://{role}:{password}@/{database}?host={quote(self.socket)}&port={_PORT}"


def load(home: Path) -> Cluster | None:
    """The cluster of a data directory; None when it has none yet."""
    try:
        state = json.loads((home / _STATE).read_text())
        cluster = Cluster(**state)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise EmbeddedError(
            f"{home / _STATE} is damaged; restore it from a backup, or delete it to begin anew"
        ) from error
    if not cluster.data.is_dir():
        raise EmbeddedError(
            f"the cluster {cluster.directory} named in {home / _STATE} is gone; bring it back, or delete {_STATE} to "
            "begin with an empty database 数据库目录已丢失，请恢复该目录，或删除该文件以新建空库"
        )
    return cluster


def create(home: Path, who: Account, binaries: Path, *, durable: bool) -> Cluster:
    """Make a cluster and record it in `home`; what an interrupted attempt left is removed first.

    It lies in `home` where `who` can go there, else in the system directory (root's home is closed to others).
    """
    base = home if who.can_enter(home) else _shared_base()
    unfinished = base / f".new-{hashlib.sha256(str(home).encode()).hexdigest()[:16]}"
    _remove_leftover(unfinished)
    unfinished.mkdir(mode=0o700)
    who.own(unfinished)
    password, admin_password = secrets.token_hex(24), secrets.token_hex(24)
    _initialise(unfinished, who, binaries, admin_password, durable=durable)
    _create_database(unfinished, who, binaries, password)
    directory = base / f"postgres-{secrets.token_hex(4)}"
    unfinished.rename(directory)
    cluster = Cluster(str(directory), _socket_directory(directory), password, admin_password)
    save(home, cluster)
    return cluster


def save(home: Path, cluster: Cluster) -> None:
    """Record the cluster in its data directory, wholly or not at all, readable to its owner alone."""
    unfinished = home / f"{_STATE}.new"
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as file:
        json.dump(asdict(cluster), file)
        file.flush()
        os.fsync(descriptor)
    unfinished.rename(home / _STATE)


def remove(home: Path) -> None:
    """Delete the cluster of a data directory and its record; nobody may be using it."""
    cluster = load(home)
    if cluster is None:
        return
    (home / _STATE).unlink()
    shutil.rmtree(cluster.directory)
    shutil.rmtree(cluster.socket, ignore_errors=True)


def open_socket_directory(home: Path, cluster: Cluster, who: Account) -> Cluster:
    """Make the socket's directory; another one is chosen and recorded when somebody else's lies in its place."""
    path = Path(cluster.socket)
    try:
        path.mkdir(mode=0o700)
        who.own(path)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != who.uid:
            path = Path(tempfile.mkdtemp(prefix="jishi-", dir="/tmp"))
            who.own(path)
            cluster = replace(cluster, socket=str(path))
            save(home, cluster)
        path.chmod(0o700)
    return cluster


def _remove_leftover(unfinished: Path) -> None:
    deadline = time.monotonic() + 10.0
    while unfinished.exists() and time.monotonic() < deadline:
        # An orphaned initdb may still be writing; it ends when its files are gone.
        shutil.rmtree(unfinished, ignore_errors=True)
        time.sleep(0.1)


def _shared_base() -> Path:
    base = system_directory() / "clusters"
    if not base.is_dir():
        base.mkdir()
        base.chmod(0o711)
    return base


def _socket_directory(directory: Path) -> str:
    beside = directory / "run"
    if len(os.fsencode(beside / f".s.PGSQL.{_PORT}")) <= _LONGEST_SOCKET:
        return str(beside)
    # The system limits the length of a socket's path, not of others.
    return f"/tmp/jishi-{secrets.token_hex(8)}"


def _initialise(directory: Path, who: Account, binaries: Path, admin_password: str, *, durable: bool) -> None:
    password_file = directory / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(admin_password)
    who.own(password_file)
    command = [str(binaries / "initdb"), f"--pgdata={directory / 'data'}", f"--username={_ADMIN}", "--encoding=UTF8"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--auth=scram-sha-256"]
    command += [f"--pwfile={password_file}", "--no-instructions", *([] if durable else ["--no-sync"])]
    _run(command, directory, who, "")
    password_file.unlink()


def _create_database(directory: Path, who: Account, binaries: Path, password: str) -> None:
    # In single-user mode, so that a cluster that can be connected to always has them.
    command = [str(binaries / "postgres"), "--single", "-D", str(directory / "data"), "-c", "exit_on_error=on", _ADMIN]
    statements = [
        f"create role {ROLE} login nosuperuser password '{password}'",
        f"create database {DATABASE} owner {ROLE}",
    ]
    _run(command, directory, who, "".join(f"{statement}\n" for statement in statements))


def _run(command: list[str], directory: Path, who: Account, text: str) -> None:
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
    done = subprocess.run(
        command,
        input=text,
        cwd=directory,
        env=environment,
        umask=0o077,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        **who.as_child,
    )
    if done.returncode == 0:
        return
    output = "\n".join(done.stdout.strip().splitlines()[-8:])
    raise EmbeddedError(f"the database's files cannot be made in {directory.parent} 无法创建数据库文件\n{output}")
