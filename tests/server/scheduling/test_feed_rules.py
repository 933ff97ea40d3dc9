"""When another calendar is looked at again: soon, later after failures, never all at once."""

from datetime import timedelta

import pytest

from server.scheduling.availability_rules import BookingLimits
from server.scheduling.feed_rules import changes, host_of, known_etag, next_look, read_window
from tests.cast import TEN

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("failures", "pause"), [(0, 15 * MINUTE), (1, 30 * MINUTE), (3, 2 * HOUR), (5, 6 * HOUR), (10_000, 6 * HOUR)]
)
def test_each_failure_in_a_row_doubles_the_pause_up_to_six_hours(failures: int, pause: timedelta) -> None:
    assert next_look(TEN, failures, 0.5) == TEN + pause


def test_chance_moves_a_look_by_a_tenth_either_way() -> None:
    assert next_look(TEN, 0, 0.0) == TEN + 13.5 * MINUTE
    assert next_look(TEN, 0, 1.0) == TEN + 16.5 * MINUTE


def test_what_can_be_booked_is_read_with_a_month_on_both_sides() -> None:
    start, end = read_window(TEN, BookingLimits(horizon=90))
    assert start <= TEN - timedelta(days=31)
    assert end >= TEN + timedelta(days=121)


def test_a_day_later_all_is_read_also_where_nothing_changed() -> None:
    assert known_etag('"v1"', TEN, TEN + 23 * HOUR) == '"v1"'
    assert known_etag('"v1"', TEN, TEN + 24 * HOUR) == ""
    assert known_etag('"v1"', None, TEN) == ""


def test_only_what_is_new_is_written() -> None:
    one, two, three = ((TEN + n * HOUR, TEN + n * HOUR + MINUTE) for n in range(3))
    assert changes([one, two], [two, three]) == ([one], [three])


def test_of_a_secret_address_only_the_host_is_shown() -> None:
    assert host_of("https://calendar.test/private-0123456789/basic.ics?key=secret") == "calendar.test"
