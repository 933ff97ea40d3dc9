"""Outages are told once each, however much fails in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from structlog.testing import capture_logs

from signaling.outage import QUIET_SECONDS, SAME_SECONDS, Outage

Logged = Callable[[], list[str]]


class Seconds:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def outage(seconds: Seconds) -> Outage:
    return Outage(seconds)


@pytest.fixture
def logged() -> Iterator[Logged]:
    """Tell what was logged so far: events with their levels."""
    with capture_logs() as lines:
        yield lambda: [f"{line['log_level']}: {line['event']}" for line in lines]


CUT, BACK = "warning: cut off", "info: no longer cut off"


def test_of_many_failures_one_is_told_and_the_end(outage: Outage, logged: Logged) -> None:
    for _ in range(1_000):
        outage.failed(ConnectionError("my secret"), "a frame")
    assert logged() == [CUT]
    outage.over()
    outage.over()
    assert logged() == [CUT, BACK]


def test_where_and_how_often_it_failed_is_told_and_nothing_else(outage: Outage) -> None:
    with capture_logs() as lines:
        for _ in range(3):
            try:
                raise ConnectionError("my secret")
            except ConnectionError as error:
                outage.failed(error, "a frame")
        outage.over()
    assert lines[0]["error"].startswith("ConnectionError at test_outage.py")
    assert (lines[0]["doing"], lines[1]["failures"]) == ("a frame", 3)
    assert "secret" not in str(lines)


def test_a_link_that_notices_last_is_not_told_again(outage: Outage, seconds: Seconds, logged: Logged) -> None:
    outage.failed(OSError(), "reading")
    outage.over()
    seconds.now += SAME_SECONDS - 1
    outage.failed(OSError(), "writing")
    outage.over()
    assert logged() == [CUT, BACK]


def test_the_next_outage_is_told(outage: Outage, seconds: Seconds, logged: Logged) -> None:
    outage.failed(OSError(), "reading")
    outage.over()
    seconds.now += SAME_SECONDS
    outage.failed(OSError(), "reading")
    assert logged() == [CUT, BACK, CUT]


def test_an_outage_of_which_nobody_says_that_it_is_over_ends_by_itself(
    outage: Outage, seconds: Seconds, logged: Logged
) -> None:
    outage.failed(OSError(), "reading")
    seconds.now += QUIET_SECONDS - 1
    outage.failed(OSError(), "reading")
    assert logged() == [CUT]
    seconds.now += QUIET_SECONDS
    outage.failed(OSError(), "reading")
    assert logged() == [CUT, CUT]
