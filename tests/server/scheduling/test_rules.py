"""Local times and days, on the days when clocks change too."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.scheduling.rules import day_bounds, days_bounds, local_moment

DENVER = "America/Denver"
SPRING, FALL = date(2026, 3, 8), date(2026, 11, 1)
HOUR = timedelta(hours=1)

zones = st.sampled_from([DENVER, "America/Phoenix", "America/New_York", "Pacific/Honolulu", "America/Havana"])
moments = st.integers(0, 60 * 24 * 730).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
few = settings(max_examples=50)


def utc(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


# A local time as a moment


@pytest.mark.parametrize(
    ("day", "at", "zone", "moment"),
    [
        (date(2026, 11, 24), time(10, 0), DENVER, utc(date(2026, 11, 24), 17)),
        (date(2026, 7, 24), time(10, 0), DENVER, utc(date(2026, 7, 24), 16)),
        (date(2026, 11, 24), time(23, 30), DENVER, utc(date(2026, 11, 25), 6, 30)),
        (date(2026, 7, 24), time(10, 0), "America/Phoenix", utc(date(2026, 7, 24), 17)),
        (SPRING, time(1, 59), DENVER, utc(SPRING, 8, 59)),
        (SPRING, time(3, 0), DENVER, utc(SPRING, 9)),
    ],
)
def test_a_local_time_is_a_moment(day: date, at: time, zone: str, moment: datetime) -> None:
    assert local_moment(day, at, zone) == moment


@pytest.mark.parametrize("at", [time(2, 0), time(2, 30), time(2, 59)])
def test_a_time_that_the_clocks_skip_is_no_moment(at: time) -> None:
    assert local_moment(SPRING, at, DENVER) is None


def test_a_time_that_happens_twice_is_the_first_of_the_two() -> None:
    assert local_moment(FALL, time(1, 30), DENVER) == utc(FALL, 7, 30)
    assert local_moment(FALL, time(2, 0), DENVER) == utc(FALL, 9)


@few
@given(moments, zones)
def test_a_moment_said_as_local_time_is_the_same_moment_or_the_hour_before_it(moment: datetime, zone: str) -> None:
    local = moment.astimezone(ZoneInfo(zone))
    assert local_moment(local.date(), local.time(), zone) in {moment, moment - HOUR if local.fold else moment}


# Days


@pytest.mark.parametrize(
    ("day", "hours"), [(SPRING, 23), (FALL, 25), (date(2026, 11, 24), 24), (date(2026, 7, 24), 24)]
)
def test_a_day_has_as_many_hours_as_its_clocks_run(day: date, hours: int) -> None:
    start, end = day_bounds(utc(day, 18), DENVER)
    assert end - start == timedelta(hours=hours)


def test_a_day_is_the_local_one() -> None:
    late = utc(date(2026, 11, 25), 6, 30)  # half past eleven in the evening before, in Denver
    assert day_bounds(late, DENVER) == (utc(date(2026, 11, 24), 7), utc(date(2026, 11, 25), 7))


def test_the_hours_of_a_day_are_in_utc() -> None:
    assert {moment.tzinfo for moment in day_bounds(utc(FALL, 18), DENVER)} == {UTC}


@few
@given(moments, zones)
def test_a_moment_lies_in_its_day_and_the_next_day_begins_where_it_ends(moment: datetime, zone: str) -> None:
    start, end = day_bounds(moment, zone)
    assert start <= moment < end
    assert day_bounds(end, zone)[0] == end
    assert day_bounds(end - timedelta(microseconds=1), zone) == (start, end)


def test_some_days_reach_from_the_first_midnight_to_the_one_after_the_last() -> None:
    start, end = days_bounds(FALL, FALL + timedelta(days=1), DENVER)
    assert (start, end) == (utc(FALL, 6), utc(FALL + timedelta(days=2), 7))
    assert end - start == timedelta(hours=49)
