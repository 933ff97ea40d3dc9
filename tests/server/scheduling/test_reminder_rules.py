"""When patients are reminded: by their own clock, never in quiet hours, never late, and after an outage once."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.scheduling.reminder_rules import (
    Due,
    Quiet,
    Timed,
    due_at,
    is_quiet,
    quiet_end,
    quiet_hours,
    reminders_due,
)

DENVER = "America/Denver"
QUIET, NONE = Quiet(time(21), time(8)), Quiet(time(0), time(0))
SET = datetime(2026, 11, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ZONES = [DENVER, "America/Phoenix", "Europe/Madrid", "Australia/Lord_Howe"]
MOMENTS = st.integers(0, 2 * 366 * 24 * 60).map(lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + minute * MINUTE)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=ZoneInfo(DENVER))


def visit(day: int, hour: int, minute: int = 0, set_at: datetime = SET) -> Timed:
    return Timed(local(day, hour, minute), set_at, DENVER)


@st.composite
def quiets(draw: st.DrawFn) -> Quiet:
    """Quiet hours of at most sixteen hours, over midnight or not."""
    start, length = draw(st.integers(0, 1439)), draw(st.integers(1, 960))
    end = (start + length) % 1440
    return Quiet(time(*divmod(start, 60)), time(*divmod(end, 60)))


@pytest.mark.parametrize(
    ("text", "quiet"),
    [("21:00-08:00", QUIET), ("21:00-8:00", QUIET), ("", NONE), ("13:00-14:30", Quiet(time(13), time(14, 30)))],
)
def test_quiet_hours_are_read(text: str, quiet: Quiet) -> None:
    assert quiet_hours(text) == quiet


@pytest.mark.parametrize(
    ("hour", "minute", "quiet"), [(20, 59, False), (21, 0, True), (2, 0, True), (7, 59, True), (8, 0, False)]
)
def test_quiet_hours_go_over_midnight(hour: int, minute: int, quiet: bool) -> None:
    assert is_quiet(local(3, hour, minute), DENVER, QUIET) is quiet
    assert not is_quiet(local(3, hour, minute), DENVER, NONE)


def test_quiet_hours_within_a_day_end_on_it() -> None:
    siesta = Quiet(time(13), time(15))
    assert quiet_end(local(3, 13, 30), DENVER, siesta) == local(3, 15)
    assert due_at(visit(3, 15), 60, siesta) == local(3, 12, 45)


@pytest.mark.parametrize(
    ("timed", "before", "due"),
    [
        (visit(3, 14), 120, local(3, 12)),
        (visit(3, 6), 2880, local(1, 8)),  # six in the morning waits for eight
        (visit(3, 9, 30), 120, local(3, 8)),  # an hour and a half is enough still
        (visit(3, 8, 30), 120, local(2, 20, 45)),  # half an hour is not: the evening before
        (visit(3, 23, 30), 120, local(3, 20, 45)),
    ],
)
def test_a_reminder_waits_for_the_end_of_quiet_hours_or_comes_before_them(
    timed: Timed, before: int, due: datetime
) -> None:
    assert due_at(timed, before, QUIET) == due


@given(MOMENTS, st.integers(5, 20160), st.sampled_from(ZONES), quiets())
def test_no_reminder_is_due_in_quiet_hours_or_later_than_half_its_time_before(
    starts_at: datetime, before: int, zone: str, quiet: Quiet
) -> None:
    due = due_at(Timed(starts_at, SET, zone), before, quiet)
    assert due <= starts_at - timedelta(minutes=before) / 2
    assert due >= starts_at - timedelta(minutes=before) - timedelta(hours=18)
    clock_changes = due.astimezone(ZoneInfo(zone)).utcoffset() != starts_at.astimezone(ZoneInfo(zone)).utcoffset()
    assert clock_changes or not is_quiet(due, zone, quiet)


@given(MOMENTS, st.sampled_from(ZONES), quiets())
def test_quiet_hours_end_later_than_any_moment_in_them(moment: datetime, zone: str, quiet: Quiet) -> None:
    end = quiet_end(moment, zone, quiet)
    assert moment < end <= moment + timedelta(hours=18) if is_quiet(moment, zone, quiet) else end == moment


def test_quiet_hours_that_the_clocks_turn_back_into_end_once_more() -> None:
    again = datetime(2026, 11, 1, 8, 10, tzinfo=UTC)  # ten past one in Denver, for the second time
    assert quiet_end(again, DENVER, Quiet(time(21), time(1, 15))) == again + 5 * MINUTE


def test_a_reminder_is_sent_when_it_is_due_and_not_before() -> None:
    timed = visit(3, 14)
    assert reminders_due(timed, (2880, 120), (2880,), QUIET, local(3, 11, 59)) == Due(None, frozenset())
    assert reminders_due(timed, (2880, 120), (2880,), QUIET, local(3, 12)) == Due(120, frozenset())
    assert reminders_due(timed, (2880, 120), (2880, 120), QUIET, local(3, 13)) == Due(None, frozenset())


def test_after_an_outage_of_three_hours_a_reminder_of_a_visit_still_ahead_is_sent() -> None:
    assert reminders_due(visit(3, 16), (240,), (), QUIET, local(3, 15)) == Due(240, frozenset())


def test_after_an_outage_nobody_is_reminded_of_what_has_begun() -> None:
    assert reminders_due(visit(3, 14), (2880, 120), (), QUIET, local(3, 14)) == Due(None, frozenset({2880, 120}))


def test_after_an_outage_only_the_nearest_reminder_is_sent() -> None:
    assert reminders_due(visit(3, 14), (2880, 120), (), QUIET, local(3, 13)) == Due(120, frozenset({2880}))


def test_a_reminder_farther_off_than_one_that_was_sent_is_dropped() -> None:
    assert reminders_due(visit(3, 14), (2880, 120), (120,), QUIET, local(3, 13)) == Due(None, frozenset({2880}))


def test_who_books_shortly_before_is_not_reminded_of_what_they_just_heard() -> None:
    timed = visit(3, 14, set_at=local(3, 9))
    assert reminders_due(timed, (2880, 120), (), QUIET, local(3, 9)) == Due(None, frozenset({2880}))
    assert reminders_due(timed, (2880, 120), (2880,), QUIET, local(3, 12)) == Due(120, frozenset())


def test_an_outage_that_ends_in_the_night_waits_for_the_morning() -> None:
    timed = visit(3, 14)
    assert reminders_due(timed, (2880,), (), QUIET, local(2, 3)) == Due(None, frozenset())
    assert reminders_due(timed, (2880,), (), QUIET, local(2, 8)) == Due(2880, frozenset())


@given(
    MOMENTS,
    st.sets(st.integers(5, 20160), max_size=4),
    st.lists(st.integers(1, 5000), max_size=30),
    st.sampled_from(ZONES),
    quiets(),
)
def test_however_it_is_looked_at_each_reminder_is_dealt_with_once_and_ever_nearer_to_the_visit(
    starts_at: datetime, offsets: set[int], looks: list[int], zone: str, quiet: Quiet
) -> None:
    timed, handled, sent = Timed(starts_at, starts_at - timedelta(days=30), zone), set[int](), list[int]()
    now = starts_at - timedelta(days=20)
    for pause in [*looks, 40000]:
        now += pause * MINUTE
        due = reminders_due(timed, offsets, handled, quiet, now)
        done = due.drop | ({due.send} if due.send is not None else set())
        assert not done & handled
        if due.send is not None:
            assert now < starts_at
            assert not is_quiet(now, zone, quiet)
            sent.append(due.send)
        handled |= done
    assert handled == offsets
    assert sent == sorted(sent, reverse=True)
