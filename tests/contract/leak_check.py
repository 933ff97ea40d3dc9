"""Pytest plugin: nothing that is sealed lies readable in a database's file, and nothing about a person is in a log.

Every run of tests is searched, on every worker: the SQLite file of each test after it is closed and the PostgreSQL data
folder at the end (both in tests/conftest.py), what each test logged or printed, and the logs of the servers it started.
"""

from collections.abc import Generator
from typing import Any

import pytest

from server.kit import Keyring
from tests.contract import leaks


def pytest_configure() -> None:
    """Remember what is sealed. The values themselves stay in this process."""
    seal = Keyring.seal

    def remember(self: Keyring, text: str, field: bytes) -> bytes:
        leaks.remember(text, field)
        return seal(self, text, field)

    pytest.MonkeyPatch().setattr(Keyring, "seal", remember)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Begin each test with nothing sealed."""
    leaks.forget()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, Any]:
    """Fail a test, which had passed, for what it logged."""
    report = yield
    texts = [(name, text) for name, text in report.sections if name.endswith(call.when)]
    if call.when == "teardown":
        texts += leaks.servers_logged()
    if report.passed and (found := found_in(texts)):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} logged something about a person: {found}"
    return report


def found_in(texts: list[tuple[str, str]]) -> str:
    """Give the first line that says something about a person, with where it was, or nothing."""
    for name, text in texts:
        if value := leaks.logged(text, leaks.sealed_here()):
            line = next((line for line in text.splitlines() if value.lower() in line.lower()), value)
            return f"{name}: {line[:300]}"
    return ""
