"""Pytest plugin behind `--mirrors`: each module that decides something is covered by its mirrored test file alone.

`server/visits/rules.py` belongs to `tests/server/visits/test_rules.py`. One run of all tests records which test file
reached which branch; at its end the branches that a module's own test file reached are counted. What other tests
happen to pass through does not help. A module below the line is reported as one more failed test.
"""

import ast
import re
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage

ROOT = Path(__file__).parents[2]
CONFIGURATION = str(ROOT / "pyproject.toml")
DECIDING = ("rules", "actions", "store", "pages")  # also as the last word of a name: booking_pages
PURE = ("effects", "frames", "ice", "limits", "link", "protocol", "recovery", "room", "sent", "tickets")
LEAST = 0.85


def subjects() -> list[Path]:
    """Modules that owe a mirrored test file, relative to the root."""
    inside_features = [path for path in ROOT.glob("server/*/**/*.py") if path.stem.rpartition("_")[2] in DECIDING]
    pure = [ROOT / "server" / "access.py", *(ROOT / "signaling" / f"{name}.py" for name in PURE)]
    return sorted(path.relative_to(ROOT) for path in (*inside_features, *pure) if path.exists())


def mirror_of(module: Path) -> Path:
    """Test file that belongs to a module."""
    return Path("tests", module.parent, f"test_{module.name}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mirrors", action="store_true", help="hold each module to the coverage by its own test file")


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("mirrors"):
        return
    told: dict[str, str] | None = getattr(config, "workerinput", None)
    folder = Path(told["mirrors"]) if told else Path(tempfile.mkdtemp(prefix="curbside-mirrors-"))
    if told or not config.getoption("numprocesses", default=None):
        config.pluginmanager.register(Recorder(folder), "mirrors-recorder")
    if not told:
        config.pluginmanager.register(Judge(config, folder), "mirrors-judge")


class Recorder:
    """Records the branches that tests in mirrors reach, under the name of their file.

    It watches the calls of tests only. Set-up is most of the work and decides little, and all of it would cost half as
    much time again; so it costs about a tenth.
    """

    def __init__(self, folder: Path) -> None:
        watched = [str(ROOT / module) for module in subjects()]
        self._coverage = Coverage(folder / "recorded", data_suffix=True, include=watched, config_file=CONFIGURATION)
        self._mirrors = {mirror_of(module).as_posix() for module in subjects()}
        self._at_work = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None]:
        test_file = item.path.relative_to(ROOT).as_posix()
        if test_file not in self._mirrors:
            return (yield)
        self._coverage.start()
        if test_file != self._at_work:  # a switch writes what there is
            self._at_work = test_file
            self._coverage.switch_context(test_file)
        try:
            return (yield)
        finally:
            self._coverage.stop()

    def pytest_sessionfinish(self) -> None:
        self._coverage.save()


class Judge:
    """Counts at the end, once every process has written what it recorded."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        self._config, self._folder = config, folder
        self._shares: dict[Path, float] = {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["mirrors"] = str(self._folder)

    def pytest_unconfigure(self) -> None:
        shutil.rmtree(self._folder)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.exitstatus != pytest.ExitCode.OK:
            return  # a test that failed covers less than it should: one reason at a time
        self._shares = dict(_shares(self._folder))
        for module, share in self._shares.items():
            if share < LEAST:
                self._config.hook.pytest_runtest_logreport(report=_failure(module, share))
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._shares:
            module, share = min(self._shares.items(), key=lambda item: item[1])
            terminalreporter.write_line(f"mirrors: {len(self._shares)} modules; least covered: {module} {share:.0%}")


def _shares(folder: Path) -> Iterator[tuple[Path, float]]:
    coverage = Coverage(folder / "recorded", config_file=CONFIGURATION)
    coverage.combine([str(folder)])
    data = coverage.get_data()
    for module in subjects():
        data.set_query_contexts([f"^{re.escape(mirror_of(module).as_posix())}$"])
        yield module, _share(coverage, ROOT / module)


def _share(coverage: Coverage, module: Path) -> float:
    """Part of a module's branches that was reached; where it has none, of the lines in its functions."""
    branches = coverage.branch_stats(str(module)).values()
    if total := sum(exits for exits, _ in branches):
        return sum(taken for _, taken in branches) / total
    inside = set(_lines_in_functions(ast.parse(module.read_text())))
    _, lines, _, missing, _ = coverage.analysis2(str(module))
    asked = inside & set(lines)
    return 1 - len(asked & set(missing)) / len(asked) if asked else 1.0


def _lines_in_functions(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1)


def _failure(module: Path, share: float) -> pytest.TestReport:
    test_file = mirror_of(module).as_posix()
    return pytest.TestReport(
        nodeid=f"{test_file}::covers {module}",
        location=(test_file, 0, f"covers {module}"),
        keywords={},
        outcome="failed",
        longrepr=f"{test_file} alone reaches {share:.0%} of the branches of {module}; {LEAST:.0%} are asked for",
        when="call",
    )
