from __future__ import annotations

import re
from fnmatch import fnmatch
from importlib import metadata

from cli_support import ROOT

from api.settings import MEANINGS

DOCKER = ROOT / "docker"
# Settings of compose.yaml itself, which never reach Jishi.
OF_COMPOSE = {"JISHI_DATABASE_PASSWORD", "JISHI_PUBLISH"}


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\s<>=!~;\[(]", requirement, maxsplit=1)[0]).lower()


def _needed(distribution: str) -> set[str]:
    """What Jishi needs, and what that needs, without extras."""
    found: set[str] = set()
    waiting = [distribution]
    while waiting:
        requirements = metadata.requires(waiting.pop()) or []
        for name in (_name(line) for line in requirements if ";" not in line or "sys_platform != 'win32'" in line):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def test_the_image_installs_a_tested_version_of_every_package_that_is_needed() -> None:
    lines = [line for line in (DOCKER / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9.a-z]+", line) for line in lines)
    assert _needed("jishi") <= {line.partition("==")[0] for line in lines}


def test_what_the_image_copies_exists_and_reaches_the_builder() -> None:
    let_through = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", (DOCKER / "Dockerfile").read_text(), re.MULTILINE)
    sources = [source.rstrip("/") for copy in copies for source in copy.split()]
    assert {"api", "catalog", "recommender", "sql", "pyproject.toml"} <= set(sources)
    for source in sources:
        assert (ROOT / source).exists()
        assert any(fnmatch(source, pattern) for pattern in let_through), source


def test_the_image_runs_as_nobody_in_particular_and_says_when_it_is_ready() -> None:
    text = (DOCKER / "Dockerfile").read_text()
    final = text[text.rindex("\nFROM ") :]
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", final, re.MULTILINE)
    assert "HEALTHCHECK" in final
    assert "/readyz" in (DOCKER / "ready.py").read_text()


def test_compose_names_no_setting_that_does_not_exist_and_holds_no_password() -> None:
    compose, example = (DOCKER / "compose.yaml").read_text(), (DOCKER / "example.env").read_text()
    assert set(re.findall(r"JISHI_[A-Z_]+", compose + example)) <= MEANINGS.keys() | OF_COMPOSE
    for name in re.findall(r"[A-Z_]*PASSWORD", compose):
        assert f"{name}: ${{{name}:?" in compose or f"${{{name}:?" in compose
        assert re.search(rf"^{name}=$", example, re.MULTILINE)
    assert ".env" in (DOCKER / ".gitignore").read_text().split()
