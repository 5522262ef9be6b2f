"""Whether the promises of docs/trust.md hold: all trials, with the figures that came out.

    python benchmarks/trials.py [--only WORD] [--quick]

Knows how the trials are run and shown; what is tried, and how it is judged, stands in tests/trials/.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Trials that show no figure of their own are counted.
COUNTED = {
    "test_trial_bad_input.py": "A bad row costs only itself; a bad file nothing",
    "test_trial_bad_database.py": "A wrong address, role, directory, port or disk is one message with its remedy",
}


class Figures:
    """Collects what the trials tell, and which of them failed; a plugin of pytest."""

    def __init__(self) -> None:
        self.rows: dict[str, list[tuple[str, str, str]]] = {}
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(f"{report.nodeid} ({report.when})")
        if report.when != "call":
            return
        self.outcomes[Path(report.location[0]).name, report.outcome] += 1
        # The full rounds come after the short ones of the same trial, and stand for both.
        if found := [value for name, value in report.user_properties if name == "figure"]:
            self.rows[report.nodeid.partition("[")[0]] = found

    def table(self) -> str:
        lines = ["| promise | how tried | figure |", "|---|---|---|"]
        lines += [f"| {promise} | {how} | {figure} |" for rows in self.rows.values() for promise, how, figure in rows]
        for module, promise in COUNTED.items():
            passed, failed = self.outcomes[module, "passed"], self.outcomes[module, "failed"]
            if passed + failed:
                lines.append(f"| {promise} | {passed + failed} trials on the command line | {passed} held |")
        return "\n".join(lines)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", default="", metavar="WORD", help="trials with this word in their names")
    options.add_argument("--quick", action="store_true", help="the short rounds of the ordinary suite")
    chosen = options.parse_args()
    figures, began = Figures(), time.monotonic()
    marks = "not slow" if chosen.quick else "slow or not slow"
    arguments = [str(ROOT / "tests" / "trials"), "-m", marks, "-k", chosen.only, "--rootdir", str(ROOT)]
    code = pytest.main(arguments, plugins=[figures])
    print(f"\n{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
          f"{time.monotonic() - began:.0f} s\n\n{figures.table()}")  # fmt: skip
    for failure in figures.failed:
        print(f"BROKEN: {failure}", file=sys.stderr)
    sys.exit(int(code))


if __name__ == "__main__":
    main()
