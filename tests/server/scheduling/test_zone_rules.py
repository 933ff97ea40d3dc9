"""A zone's clocks in whole minutes say the same as its clocks by the standard library."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.scheduling.zone_rules import (
    DAY,
    Clock,
    Meant,
    clock,
    date_of,
    day_number,
    minute_after,
    minute_of,
    minutes_touched,
    moment_of,
    weekday_of,
)
from tests.server.scheduling.working import DENVER, FALL, LORD_HOWE, SPRING, at

ZONES = (
    DENVER,
    "America/Phoenix",
    "Europe/Madrid",
    LORD_HOWE,
    "America/Havana",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Asia/Beirut",
)
MOON_LANDING = datetime(1969, 7, 20, 20, 17, 40, tzinfo=UTC)


def plain(day: date, hour: int, minute: int = 0) -> int:
    return day_number(day) * DAY + hour * 60 + minute


def around(day: date, zone: str = DENVER) -> Clock:
    return clock(zone, plain(day, 0), plain(day, 0))


@settings(max_examples=12)
@given(st.sampled_from(ZONES), st.integers(0, DAY * 730))
def test_offset_and_day_are_those_of_the_zone(zone: str, after: int) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=after)
    local, there = clock(zone, minute_of(moment), minute_of(moment)), moment.astimezone(ZoneInfo(zone))
    assert timedelta(minutes=local.offset_at(minute_of(moment))) == there.utcoffset()
    assert date_of(local.day_at(minute_of(moment))) == there.date()
    assert local.days_at([minute_of(moment)]) == [day_number(there.date())]
    read = plain(there.date(), there.hour, there.minute)
    assert minute_of(moment) in local.moments_at(read)
    assert local.moment(read, Meant.LATER if there.fold else Meant.EARLIER) == minute_of(moment)


def test_a_skipped_time_has_no_moment_and_is_where_the_clocks_change() -> None:
    local = around(SPRING)
    assert local.moments_at(plain(SPRING, 2, 30)) == ()
    assert moment_of(local.moment(plain(SPRING, 2, 30))) == at(SPRING, 3)


@pytest.mark.parametrize(("meant", "hour"), [(Meant.EARLIER, 1), (Meant.LATER, 3)])
def test_a_skipped_time_that_somebody_explained_is_an_hour_off(meant: Meant, hour: int) -> None:
    local = around(SPRING)
    assert moment_of(local.moment(plain(SPRING, 2, 30), skipped=meant)) == at(SPRING, hour, 30)


def test_a_repeated_time_has_two_moments() -> None:
    local = around(FALL)
    first, second = local.moments_at(plain(FALL, 1, 30))
    assert second - first == 60
    assert local.moment(plain(FALL, 1, 30)) == first
    assert local.moment(plain(FALL, 1, 30), Meant.LATER) == second


def test_lord_howe_repeats_half_an_hour() -> None:
    day = date(2026, 4, 5)
    first, second = around(day, LORD_HOWE).moments_at(plain(day, 1, 45))
    assert second - first == 30


def test_a_day_whose_midnight_is_skipped_begins_when_the_clocks_change() -> None:
    day = date(2026, 3, 8)  # at midnight Havana's clocks go to one o'clock
    local = around(day, "America/Havana")
    assert moment_of(local.midnight(day_number(day))) == datetime(2026, 3, 8, 5, tzinfo=UTC)


def test_a_day_whose_midnight_is_repeated_begins_with_the_first() -> None:
    day = date(2026, 11, 1)
    local = around(day, "America/Havana")
    assert moment_of(local.midnight(day_number(day))) == datetime(2026, 11, 1, 4, tzinfo=UTC)


def test_a_day_may_repeat_its_last_hour() -> None:
    day = date(2026, 10, 24)  # at midnight Beirut's clocks go back to eleven
    local = around(day, "Asia/Beirut")
    first, second = local.moments_at(plain(day, 23, 30))
    assert second - first == 60
    assert local.moment(plain(day, 23, 30), Meant.LATER) == second
    assert local.midnight(day_number(day) + 1) - local.midnight(day_number(day)) == 25 * 60


def test_a_date_that_a_zone_left_out_is_its_change() -> None:
    day = date(2011, 12, 30)  # Apia went from the 29th to the 31st
    local = around(day, "Pacific/Apia")
    assert local.moments_at(plain(day, 12)) == ()
    assert moment_of(local.moment(plain(day, 12))) == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_a_year_may_begin_with_another_offset() -> None:
    local = clock(
        "Asia/Singapore", minute_of(datetime(1981, 12, 31, tzinfo=UTC)), minute_of(datetime(1982, 1, 2, tzinfo=UTC))
    )
    assert [part.offset for part in local.steady] == [450, 480]


def test_moments_become_the_minutes_that_they_touch() -> None:
    begun = minute_of(MOON_LANDING)
    assert moment_of(begun) == MOON_LANDING.replace(second=0)
    assert minute_after(MOON_LANDING) == begun + 1
    assert minute_after(MOON_LANDING.replace(second=0)) == begun
    assert minutes_touched(MOON_LANDING, MOON_LANDING + timedelta(minutes=1)) == (begun, begun + 2)


def test_a_day_knows_its_weekday() -> None:
    assert [weekday_of(day_number(day)) for day in (SPRING, MOON_LANDING.date())] == [6, 6]
