"""A start is free when the visit fits into open hours, away from everything that takes time, within all limits."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.scheduling.availability_rules import BookingLimits, DateException, Holiday, Leave, Place, Schedule, Window
from server.scheduling.slot_rules import (
    Busy,
    BusyKind,
    Refusal,
    SlotStatus,
    Visit,
    free_starts,
    is_among,
    moments,
    refusal,
    timeline,
)
from server.scheduling.zone_rules import minute_of
from tests.server.scheduling import slot_oracle
from tests.server.scheduling.chance import case
from tests.server.scheduling.working import (
    FALL,
    LORD_HOWE,
    MONDAY,
    NORTH,
    SOUTH,
    SPRING,
    TUESDAY,
    at,
    day_of,
    weekly,
    working,
)

HALF, HOUR = Visit(30), Visit(60)
EARLY = at(MONDAY, 0)


def local(schedule: Schedule, visit: Visit, *busy: Busy, day: date = MONDAY) -> list[str]:
    found = moments(free_starts(schedule, visit, busy, day_of(day, schedule.zone)))
    return [f"{moment.astimezone(ZoneInfo(schedule.zone)):%H:%M}" for moment in found]


def taken(hour: int, minute: int, length: int, kind: BusyKind = BusyKind.APPOINTMENT, **kept: int) -> Busy:
    start = at(MONDAY, hour, minute)
    return Busy.of(start, start + timedelta(minutes=length), kind, **kept)


MORNING = weekly(MONDAY, "9:00", "11:00")


def limited(**limits: int) -> Schedule:
    return working(MORNING, limits=BookingLimits(**{"step": 30, **limits}))


# Free starts


def test_a_visit_ends_within_the_hours() -> None:
    assert local(working(MORNING), HALF) == ["09:00", "09:30", "10:00", "10:30"]
    assert local(working(MORNING), HOUR) == ["09:00", "09:30", "10:00"]
    assert local(working(MORNING), Visit(121)) == []


def test_a_visit_may_go_on_from_one_rule_s_hours_into_the_next_s() -> None:
    assert "10:30" in local(working(MORNING, weekly(MONDAY, "11:00", "12:00")), HOUR)


def test_a_visit_begins_where_another_ends() -> None:
    assert local(working(MORNING), HALF, taken(9, 30, 30)) == ["09:00", "10:00", "10:30"]


def test_buffers_of_both_sides_are_kept_and_may_lie_outside_of_hours() -> None:
    assert local(limited(before=10, after=5), HALF) == ["09:00", "09:30", "10:00", "10:30"]
    assert local(limited(before=10, after=5), HALF, taken(9, 40, 20)) == ["09:00", "10:30"]
    assert local(limited(), HALF, taken(9, 40, 20, before=11, after=1)) == ["10:30"]


def test_a_hold_and_an_entry_of_another_calendar_take_time_too() -> None:
    for kind in BusyKind:
        assert local(working(MORNING), HOUR, taken(9, 45, 5, kind)) == ["10:00"]


def test_an_entry_without_a_length_takes_no_time() -> None:
    assert local(working(MORNING), HALF, taken(9, 30, 0)) == ["09:00", "09:30", "10:00", "10:30"]


def test_starts_are_counted_from_midnight_not_from_opening() -> None:
    assert local(working(weekly(MONDAY, "9:10", "11:00")), HALF) == ["09:30", "10:00", "10:30"]
    assert local(working(MORNING), Visit(30, step=20)) == ["09:00", "09:20", "09:40", "10:00", "10:20"]


def test_starts_stay_on_the_wall_clock_s_step_when_it_changes_by_half_an_hour() -> None:
    day = date(2026, 10, 4)
    hours = working(weekly(day, "0:00", "5:00", LORD_HOWE), zone=LORD_HOWE, limits=BookingLimits(step=60))
    assert local(hours, HALF, day=day) == ["00:00", "01:00", "03:00", "04:00"]
    back = date(
        2026, 4, 5
    )  # half past one to two comes twice: the starts at two lie two and a half hours after the first
    assert local(hours, HALF, day=back) == ["00:00", "01:00", "02:00", "03:00", "04:00"]


def test_both_hours_of_a_fold_have_starts_and_a_gap_has_none() -> None:
    hours = working(weekly(SPRING, "0:00", "4:00"))
    assert local(hours, HOUR, day=SPRING) == ["00:00", "00:30", "01:00", "01:30", "03:00"]
    assert local(hours, HOUR, day=FALL).count("01:30") == 2


def test_nothing_starts_before_notice_or_past_the_horizon() -> None:
    noon = Window.of(at(MONDAY, 9, 10), EARLY, at(TUESDAY, 0))
    assert [moment.minute for moment in moments(free_starts(limited(notice=20), HALF, (), noon))] == [30, 0, 30]
    far = at(date(2026, 6, 8), 0)
    week = Window.of(EARLY, EARLY, far + timedelta(days=1))
    assert len(list(moments(free_starts(limited(horizon=7), HALF, (), week)))) == 8
    assert len(list(moments(free_starts(limited(horizon=6), HALF, (), week)))) == 4


def test_a_full_day_has_no_more_starts() -> None:
    day = limited(daily_maximum=2)
    assert local(day, HALF, taken(9, 0, 30)) == ["09:30", "10:00", "10:30"]
    assert local(day, HALF, taken(9, 0, 30), taken(20, 0, 30, BusyKind.HOLD)) == []
    assert local(day, HALF, taken(9, 0, 30), taken(20, 0, 30, BusyKind.IMPORTED)) == ["09:30", "10:00", "10:30"]


def test_hours_of_another_clinic_or_by_video_only_are_not_for_everyone() -> None:
    north = working(weekly(MONDAY, "9:00", "10:00", place=Place(NORTH)), weekly(MONDAY, "10:00", "11:00"))
    assert local(north, Visit(60, SOUTH)) == ["10:00"]
    assert local(north, Visit(60, NORTH)) == ["09:00", "09:30", "10:00"]
    video = working(weekly(MONDAY, "9:00", "10:00", place=Place(video_only=True)))
    assert local(video, Visit(60, in_person=True)) == []


def test_a_start_is_found_among_others() -> None:
    found = free_starts(working(MORNING), HALF, (), day_of(MONDAY))
    assert is_among(minute_of(at(MONDAY, 9, 30)), found)
    assert not is_among(minute_of(at(MONDAY, 9, 31)), found)


# Why not


@pytest.mark.parametrize(
    ("schedule", "start", "why"),
    [
        (working(MORNING), at(MONDAY, 9), None),
        (working(MORNING), at(date(2026, 5, 31), 9), Refusal.PAST),
        (limited(notice=600), at(MONDAY, 9), Refusal.NOTICE),
        (limited(horizon=0), at(date(2026, 6, 8), 9), Refusal.HORIZON),
        (working(MORNING), at(MONDAY, 11), Refusal.OUTSIDE_HOURS),
        (working(MORNING, leave=(Leave(MONDAY, MONDAY),)), at(MONDAY, 9), Refusal.LEAVE),
        (working(MORNING, leave=(Leave(MONDAY, MONDAY),)), at(MONDAY, 12), Refusal.OUTSIDE_HOURS),
        (working(MORNING, holidays=(Holiday(MONDAY),)), at(MONDAY, 9), Refusal.HOLIDAY),
        (working(MORNING, exceptions=(DateException(MONDAY),)), at(MONDAY, 9), Refusal.CLOSED),
        (limited(daily_maximum=1), at(MONDAY, 9), Refusal.FULL_DAY),
        (working(MORNING), at(MONDAY, 9, 10), Refusal.OFF_STEP),
        (working(MORNING), at(MONDAY, 9) + timedelta(seconds=1), Refusal.OFF_STEP),
    ],
)
def test_a_start_that_is_not_free_says_why(schedule: Schedule, start: datetime, why: Refusal | None) -> None:
    assert refusal(schedule, HALF, (taken(20, 0, 30),), EARLY, start) is why


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (BusyKind.APPOINTMENT, Refusal.BUSY),
        (BusyKind.HOLD, Refusal.HELD),
        (BusyKind.IMPORTED, Refusal.IMPORTED),
    ],
)
def test_a_taken_start_says_by_what(kind: BusyKind, why: Refusal) -> None:
    assert refusal(working(MORNING), HALF, (taken(9, 20, 5, kind),), EARLY, at(MONDAY, 9)) is why


# FHIR Slots


def test_a_day_is_cut_into_slots_of_one_status_each() -> None:
    busy = (
        taken(9, 30, 30, after=10),
        taken(9, 50, 30, BusyKind.HOLD),
        taken(10, 40, 40, BusyKind.IMPORTED),
    )
    window = Window.of(EARLY, at(MONDAY, 9), at(MONDAY, 12))
    found = [(f"{slot.start:%H:%M}", slot.status) for slot in timeline(working(MORNING), busy, window)]
    assert found == [
        ("15:00", SlotStatus.FREE),
        ("15:30", SlotStatus.BUSY),
        ("16:10", SlotStatus.BUSY_TENTATIVE),
        ("16:20", SlotStatus.FREE),
        ("16:40", SlotStatus.BUSY_UNAVAILABLE),
    ]


# Whatever the schedule


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**9))
def test_free_starts_are_those_that_looking_at_each_minute_finds(seed: int) -> None:
    one = case(seed, hours=5)
    found = list(moments(free_starts(one.schedule, one.visit, one.busy, one.window)))
    assert found == slot_oracle.free(one.schedule, one.visit, one.busy, one.now, one.start, one.end)
    for minute in (*found[:3], one.start, one.start + timedelta(minutes=90)):
        why = refusal(one.schedule, one.visit, one.busy, one.now, minute)
        assert (why is None) is (minute in found)
