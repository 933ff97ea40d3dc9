"""A weekly series says of each visit whether it is free, why it is not, and what is near instead."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.scheduling.availability_rules import BookingLimits, DateException, Holiday, Leave, Schedule
from server.scheduling.match_rules import Candidate, Licence, Need
from server.scheduling.series_rules import Clash, Conflict, Occurrence, Weekly, series
from server.scheduling.slot_rules import Busy, BusyKind, Refusal, Visit
from server.scheduling.zone_rules import Meant
from tests.server.scheduling import slot_oracle
from tests.server.scheduling.chance import Case, candidates
from tests.server.scheduling.working import (
    DENVER,
    FALL,
    MADRID,
    MONDAY,
    PCP,
    PSYCHIATRIST,
    SPRING,
    at,
    clock,
    weekly,
    working,
)

HOUR = Need(Visit(60), DENVER)
EARLY = at(MONDAY, 0)
MORNINGS = weekly(MONDAY, "9:00", "12:00")
SECOND = date(2026, 6, 8)


def monday(count: int = 3, hour: str = "9:00") -> Weekly:
    return Weekly(MONDAY, clock(hour), DENVER, count)


def of(schedule: Schedule, *busy: Busy, weekly: Weekly | None = None, now: datetime = EARLY) -> list[Occurrence]:
    return series(weekly or monday(), [(Candidate(PCP, schedule, busy), HOUR)], now)


def why(found: list[Occurrence]) -> list[str]:
    return [one.clashes[0].why if one.clashes else "free" for one in found]


def test_a_series_is_at_one_local_time_in_summer_and_in_winter() -> None:
    days = weekly(SPRING, "9:00", "12:00")
    found = of(working(days), weekly=Weekly(date(2026, 3, 1), time(9), DENVER, 3), now=at(date(2026, 2, 1), 0))
    assert [one.start for one in found] == [at(date(2026, 3, day), 9) for day in (1, 8, 15)]
    assert all(one.is_free and not one.alternatives for one in found)


def test_the_local_time_is_that_of_the_series_not_the_practitioner_s() -> None:
    found = of(working(weekly(MONDAY, "0:00", "0:00")), weekly=Weekly(MONDAY, time(17), MADRID, 1))
    assert found[0].start == at(MONDAY, 9)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (working(MORNINGS, leave=(Leave(SECOND, SECOND),)), Refusal.LEAVE),
        (working(MORNINGS, holidays=(Holiday(SECOND),)), Refusal.HOLIDAY),
        (working(MORNINGS, exceptions=(DateException(SECOND),)), Refusal.CLOSED),
        (working(MORNINGS, exceptions=(DateException(SECOND, time(10), time(12)),)), Refusal.OUTSIDE_HOURS),
    ],
)
def test_a_visit_that_meets_a_free_day_says_so_and_the_others_stay(changed: Schedule, reason: Refusal) -> None:
    found = of(changed)
    assert why(found) == ["free", reason, "free"]
    assert found[1].clashes == (Clash(reason, PCP),)


@pytest.mark.parametrize("kind", list(BusyKind))
def test_a_visit_whose_time_is_taken_offers_what_is_nearest(kind: BusyKind) -> None:
    taken = Busy.of(at(SECOND, 9), at(SECOND, 9, 30), kind)
    found = of(working(MORNINGS, weekly(date(2026, 6, 9), "9:00", "12:00")), taken)
    assert [one.is_free for one in found] == [True, False, True]
    assert found[1].alternatives == (at(SECOND, 9, 30), at(SECOND, 10), at(SECOND, 10, 30))


def test_a_visit_past_the_horizon_has_no_alternative() -> None:
    found = of(working(MORNINGS, limits=BookingLimits(horizon=7)))
    assert why(found) == ["free", "free", Refusal.HORIZON]
    assert found[2].alternatives == ()


def test_alternatives_are_not_in_the_past() -> None:
    found = of(working(MORNINGS), now=at(MONDAY, 9, 40), weekly=monday(1))
    assert why(found) == [Refusal.PAST]
    assert found[0].alternatives == (at(MONDAY, 10), at(MONDAY, 10, 30), at(MONDAY, 11))


def test_a_time_that_the_clocks_skip_is_a_clash_of_nobody() -> None:
    nights = weekly(SPRING, "0:00", "6:00")
    skipped = Weekly(SPRING, time(2, 30), DENVER, 2)
    found = of(working(nights), weekly=skipped, now=at(date(2026, 3, 1), 0))
    assert (found[0].start, found[0].clashes) == (None, (Clash(Conflict.GAP),))
    assert found[0].alternatives == (at(SPRING, 1, 30), at(SPRING, 3), at(SPRING, 3, 30))
    assert found[1].is_free


def test_a_time_that_comes_twice_is_the_one_that_is_meant() -> None:
    nights = working(weekly(FALL, "0:00", "6:00"))
    twice = Weekly(FALL, time(1, 30), DENVER, 1)
    now = at(date(2026, 10, 20), 0)
    assert of(nights, weekly=twice, now=now)[0].start == at(FALL, 1, 30)
    assert of(nights, weekly=replace(twice, repeated=Meant.LATER), now=now)[0].start == at(FALL, 1, 30, fold=1)


def test_everybody_in_a_series_says_what_stands_against_it() -> None:
    taken = (Busy.of(at(SECOND, 9), at(SECOND, 10)),)
    pcp = Candidate(PCP, working(MORNINGS), taken)
    psychiatrist = Candidate(PSYCHIATRIST, working(MORNINGS, leave=(Leave(SECOND, SECOND),)))
    found = series(monday(), [(pcp, HOUR), (psychiatrist, HOUR)], EARLY)
    assert found[1].clashes == (Clash(Refusal.BUSY, PCP), Clash(Refusal.LEAVE, PSYCHIATRIST))
    assert found[1].alternatives == ()


def test_a_licence_that_runs_out_stands_against_what_comes_after() -> None:
    licensed = Candidate(PCP, working(MORNINGS), licences=(Licence("MT", SECOND),))
    found = series(monday(), [(licensed, replace(HOUR, state="MT"))], EARLY)
    assert why(found) == ["free", "free", Conflict.LICENCE]


def test_a_series_of_nobody_is_free() -> None:
    assert [one.is_free for one in series(monday(2), [], EARLY)] == [True, True]


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10**9))
def test_a_series_is_free_where_looking_at_each_minute_finds_all_of_them_free(seed: int) -> None:
    people, one = candidates(seed, hours=4)
    local = one.start.astimezone(ZoneInfo(one.schedule.zone))
    step = Weekly(local.date(), time(local.hour + 2, 30), one.schedule.zone, 1)
    found = series(step, [(person, Need(one.visit, DENVER)) for person in people], one.now)[0]
    for start, said in ((found.start, found.is_free), *((start, True) for start in found.alternatives)):
        assert said is all(_is_free(person, one, start) for person in people)


def _is_free(person: Candidate, one: Case, start: datetime | None) -> bool:
    if start is None:
        return False
    minute = start, start + timedelta(minutes=1)
    return start >= one.now and slot_oracle.free(person.schedule, one.visit, person.busy, one.now, *minute) == [start]
