"""How long the tests of the pure modules take: they are run at every save, so their total has a budget."""

import contextlib
import io
import time
from collections import defaultdict
from pathlib import Path

import pytest

from tests.bench.report import Row
from tests.contract.mirrors import DECIDING, ROOT, mirror_of, subjects

BUDGET_SECONDS = 2.0
ALREADY_IMPORTED = "ignore::pytest.PytestAssertRewriteWarning"  # this module uses what conftest loads as a plugin
OPTIONS = ("-q", "-o", "addopts=--import-mode=importlib", "-W", ALREADY_IMPORTED)


class Stopwatch:
    """Pytest plugin that adds up the seconds of set-up, call and tear-down by test file."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.tests = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid.partition("::")[0]] += report.duration
        self.tests += report.when == "call"


def pure_tests() -> list[Path]:
    """Mirrored test files of `rules`, the access policy and the pure signaling modules."""
    kinds = {module: module.stem.rpartition("_")[2] for module in subjects()}
    pure = [module for module, kind in kinds.items() if kind == "rules" or kind not in DECIDING]
    return [mirror_of(module) for module in pure if (ROOT / mirror_of(module)).exists()]


def measure() -> list[Row]:
    """Run them once, in this process alone."""
    files, stopwatch, said = pure_tests(), Stopwatch(), io.StringIO()
    began = time.perf_counter()
    with contextlib.redirect_stdout(said):
        status = pytest.main([*OPTIONS, *map(str, files)], [stopwatch])
    if status != pytest.ExitCode.OK:
        raise RuntimeError(f"the pure tests do not pass:\n{said.getvalue()[-2000:]}")
    slowest, seconds = max(stopwatch.seconds.items(), key=lambda item: item[1])
    return [
        Row(f"all {stopwatch.tests} pure tests", sum(stopwatch.seconds.values()), "s", budget=BUDGET_SECONDS),
        Row(f"slowest file, {slowest}", seconds, "s"),
        Row("with pytest's own start", time.perf_counter() - began, "s"),
    ]
