"""Times that patients choose: one of each, by the patient's day and its parts, read back as they were written."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.visits.plan_rules import (
    DAYS_ON_A_PAGE,
    DayPart,
    beside,
    by_day,
    by_part,
    choice_of,
    chosen_day,
    differ,
    one_of_each_time,
    page_of,
    read_choice,
    read_day,
)

DENVER, PHOENIX, NEW_YORK = "America/Denver", "America/Phoenix", "America/New_York"
MINE, OTHER = UUID(int=1), UUID(int=2)
NOON = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)  # in Denver
MONDAY = date(2026, 11, 30)


@dataclass(frozen=True)
class Offered:
    start: datetime
    practitioner: UUID = OTHER

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=20)


def test_of_one_time_the_one_of_whom_the_patient_knows_is_taken() -> None:
    theirs, mine = Offered(NOON), Offered(NOON, MINE)
    later = Offered(NOON + timedelta(hours=1))
    for order in ([theirs, mine, later], [mine, theirs, later]):
        assert one_of_each_time(order, [MINE]) == [mine, later]
    assert one_of_each_time([theirs, mine], []) == [theirs]


def test_what_overlaps_the_patient_s_own_visits_is_left_out() -> None:
    offers = [Offered(NOON + timedelta(minutes=minutes)) for minutes in (0, 20, 40, 60)]
    own = [(NOON + timedelta(minutes=20), NOON + timedelta(minutes=41))]
    assert list(beside(offers, own)) == [offers[0], offers[3]]


def test_days_are_those_of_the_reader() -> None:
    late = Offered(datetime(2026, 11, 25, 6, 30, tzinfo=UTC))
    assert list(by_day([Offered(NOON), late], DENVER)) == [date(2026, 11, 24)]
    assert list(by_day([Offered(NOON), late], NEW_YORK)) == [date(2026, 11, 24), date(2026, 11, 25)]


def test_a_day_has_three_parts() -> None:
    offers = [Offered(NOON + timedelta(minutes=minutes)) for minutes in (-1, 0, 299, 300)]
    assert [(part, len(found)) for part, found in by_part(offers, DENVER).items()] == [
        (DayPart.MORNING, 1),
        (DayPart.AFTERNOON, 2),
        (DayPart.EVENING, 1),
    ]


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [(None, 0), (MONDAY, 0), (MONDAY + timedelta(days=1), 2), (MONDAY + timedelta(days=9), 0), (date.max, 0)],
)
def test_where_nothing_is_free_the_next_day_is_shown(wanted: date | None, shown: int) -> None:
    days = [MONDAY, MONDAY + timedelta(days=2)]
    assert chosen_day(days, wanted) == MONDAY + timedelta(days=shown)
    assert chosen_day([], wanted) is None


def test_days_come_in_pages() -> None:
    days: dict[date, list[int]] = {MONDAY + timedelta(days=n): [] for n in range(2 * DAYS_ON_A_PAGE + 1)}
    known = list(days)
    first, second, last = (page_of(days, known[n]) for n in (0, DAYS_ON_A_PAGE, 2 * DAYS_ON_A_PAGE))
    assert first == (known[:DAYS_ON_A_PAGE], None, known[DAYS_ON_A_PAGE])
    assert second[1:] == (known[0], known[2 * DAYS_ON_A_PAGE])
    assert last == (known[-1:], known[DAYS_ON_A_PAGE], None)
    assert page_of({}, None) == ([], None, None)


def test_zones_differ_by_what_their_clocks_show_at_that_moment() -> None:
    summer = NOON - timedelta(days=120)
    assert differ(NOON, DENVER, NEW_YORK)
    assert not differ(NOON, DENVER, PHOENIX)
    assert differ(summer, DENVER, PHOENIX)


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_choice_is_read_as_it_was_written(start: datetime, practitioner: UUID) -> None:
    assert read_choice(choice_of(Offered(start, practitioner))) == (start, practitioner)


@pytest.mark.parametrize(
    "text",
    ["", "|", "2026-11-24", f"2026-11-24T10:00|{MINE}", f"0001-01-01T00:00+10:00|{MINE}", f"{NOON.isoformat()}|x"],
)
def test_what_is_no_choice_of_ours_is_none(text: str) -> None:
    assert read_choice(text) is None


@given(st.text())
def test_no_text_breaks_the_readers(text: str) -> None:
    choice, day = read_choice(text), read_day(text)
    assert choice is None or read_choice(choice_of(Offered(*choice))) == choice
    assert day is None or read_day(day.isoformat()) == day


def test_a_day_is_read() -> None:
    assert read_day("2026-11-30") == MONDAY
    assert read_day("tomorrow") is None
