"""What a page session is good for at a moment, and whose device it says it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.identity.session_rules import (
    ALIVE_EVERY,
    SEEN_EVERY,
    Device,
    SessionState,
    device_of,
    idle_left,
    is_due,
    proved_twice,
    session_state,
)
from tests.cast import TEN

IDLE = timedelta(minutes=30)
INSTANT = timedelta(microseconds=1)
LATER = TEN + timedelta(hours=12)
moments = st.timedeltas(timedelta(days=-200), timedelta(days=200)).map(lambda span: TEN + span)
few = settings(max_examples=100, deadline=None)


@dataclass
class Session:
    seen_at: datetime = TEN
    ends_at: datetime = LATER
    ended_at: datetime | None = None
    called_at: datetime | None = None


@pytest.mark.parametrize(
    ("session", "now", "state"),
    [
        (Session(), TEN, SessionState.LIVE),
        (Session(), TEN + IDLE - INSTANT, SessionState.LIVE),
        (Session(), TEN + IDLE, SessionState.LOCKED),
        (Session(called_at=TEN + IDLE), TEN + IDLE, SessionState.CALLING),
        (Session(called_at=TEN), TEN + IDLE, SessionState.LOCKED),
        (Session(called_at=TEN), TEN, SessionState.LIVE),
        (Session(seen_at=LATER), LATER - INSTANT, SessionState.LIVE),
        (Session(seen_at=LATER, called_at=LATER), LATER, SessionState.EXPIRED),
        (Session(ended_at=TEN, called_at=TEN), TEN, SessionState.ENDED),
        (Session(ended_at=TEN), LATER, SessionState.ENDED),
    ],
)
def test_a_session_locks_when_idle_expires_when_old_and_ends_when_told(
    session: Session, now: datetime, state: SessionState
) -> None:
    assert session_state(session, now, IDLE) is state


@few
@given(moments, moments, moments, moments)
def test_a_session_never_comes_back_by_waiting(
    seen_at: datetime, ends_at: datetime, one: datetime, other: datetime
) -> None:
    earlier, later = sorted((one, other))
    session = Session(seen_at, ends_at)
    states = [session_state(session, now, IDLE) for now in (earlier, later)]
    assert states[1] is not SessionState.LIVE or states[0] is SessionState.LIVE


@few
@given(moments, moments, moments)
def test_what_is_left_is_nothing_exactly_when_the_session_is_not_live(
    seen_at: datetime, ends_at: datetime, now: datetime
) -> None:
    session = Session(seen_at, ends_at)
    is_live = session_state(session, now, IDLE) is SessionState.LIVE
    assert (idle_left(session, now, IDLE) > timedelta(0)) is is_live


def test_what_is_left_is_cut_short_by_the_session_s_age_and_end() -> None:
    assert idle_left(Session(), TEN, IDLE) == IDLE
    assert idle_left(Session(ends_at=TEN + timedelta(minutes=5)), TEN, IDLE) == timedelta(minutes=5)
    assert idle_left(Session(ended_at=TEN), TEN, IDLE) == timedelta(0)


def test_use_is_written_when_it_was_not_lately() -> None:
    assert is_due(None, TEN, SEEN_EVERY)
    assert not is_due(TEN, TEN + SEEN_EVERY - INSTANT, SEEN_EVERY)
    assert is_due(TEN, TEN + SEEN_EVERY, SEEN_EVERY)
    assert is_due(TEN, TEN + ALIVE_EVERY, ALIVE_EVERY)


@pytest.mark.parametrize(
    ("methods", "twice"), [("", False), ("pwd", False), ("pwd,otp", True), ("hwk,user", True), ("fed", True)]
)
def test_more_than_a_password_is_a_second_factor(methods: str, twice: bool) -> None:
    assert proved_twice(methods) is twice


APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"


@pytest.mark.parametrize(
    ("agent", "browser", "system"),
    [
        ("Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0", "Firefox", "Android"),
        (f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Mobile Safari/537.36", "Chrome", "Android"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Safari/537.36 Edg/140.0.0.0", "Edge", "Windows"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} Safari/537.36", "Chrome", "Chromebook"),
        (f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Safari/537.36", "Chrome", "Linux"),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) {APPLE} Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari",
            "iPhone",
        ),
        (
            f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {APPLE} Version/18.0 Safari/605.1.15",
            "Safari",
            "Mac",
        ),
        ("curl/8.0", "", ""),
        ("", "", ""),
    ],
)
def test_a_device_is_named_as_people_know_it(agent: str, browser: str, system: str) -> None:
    assert device_of(agent) == Device(browser, system)


@few
@given(st.text(max_size=200))
def test_any_header_is_read(agent: str) -> None:
    assert device_of(f"{agent} (iPhone) Edg/140.0") == Device("Edge", "iPhone")
