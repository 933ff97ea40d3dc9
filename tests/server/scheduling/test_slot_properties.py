"""The same properties as beside each rule, on thousands of schedules and whole days: for `make soak`."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.scheduling.match_rules import Candidate, Need
from server.scheduling.search_rules import Group, joint, soonest
from server.scheduling.series_rules import Weekly, series
from server.scheduling.slot_rules import free_starts, moments, refusal
from tests.server.scheduling import slot_oracle
from tests.server.scheduling.chance import Case, candidates, case

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

SEEDS = st.integers(0, 10**9)
many = settings(max_examples=2000, deadline=None)
some = settings(max_examples=300, deadline=None)
A_MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def free_of(person: Candidate, one: Case, start: datetime, end: datetime) -> set[datetime]:
    return set(slot_oracle.free(person.schedule, one.visit, person.busy, one.now, start, end))


@many
@given(SEEDS)
def test_free_starts_are_those_that_looking_at_each_minute_finds(seed: int) -> None:
    one = case(seed, hours=30)
    found = list(moments(free_starts(one.schedule, one.visit, one.busy, one.window)))
    assert found == slot_oracle.free(one.schedule, one.visit, one.busy, one.now, one.start, one.end)


@some
@given(SEEDS)
def test_a_reason_is_given_for_each_minute_that_is_not_free_and_only_for_those(seed: int) -> None:
    one = case(seed, hours=30)
    found = set(moments(free_starts(one.schedule, one.visit, one.busy, one.window)))
    for minute in list(slot_oracle.every_minute(one.start, one.end))[:: seed % 7 + 1]:
        assert (refusal(one.schedule, one.visit, one.busy, one.now, minute) is None) is (minute in found)


@some
@given(SEEDS)
def test_the_soonest_are_all_that_anybody_has_in_order(seed: int) -> None:
    people, one = candidates(seed, hours=60)
    found = [
        (offer.start, offer.practitioner) for offer in soonest(people, Need(one.visit, "Europe/Madrid"), one.window)
    ]
    each = ((person.practitioner, free_of(person, one, one.start, one.end)) for person in people if _fits(person, one))
    assert found == sorted((start, who) for who, starts in each for start in starts)


@some
@given(SEEDS)
def test_joint_times_are_those_that_looking_at_each_minute_finds(seed: int) -> None:
    people, one = candidates(seed, hours=30)
    need = Need(one.visit, one.schedule.zone)
    groups = [Group((people[0],), need), Group(tuple(people[1:]), need)]
    first, *others = (free_of(person, one, one.start, one.end) if _fits(person, one) else set() for person in people)
    assert [offer.start for offer in joint(groups, one.window)] == sorted(first & set[datetime]().union(*others))


@some
@given(SEEDS)
def test_a_series_offers_the_nearest_times_of_the_days_around(seed: int) -> None:
    people, one = candidates(seed, hours=4)
    zone = ZoneInfo(one.schedule.zone)
    day = one.start.astimezone(zone).date()
    weekly = Weekly(day, time(seed % 5, 30), one.schedule.zone, 1)
    found = series(weekly, [(person, Need(one.visit, "Europe/Madrid")) for person in people], one.now)[0]
    start, end = (datetime.combine(day + DAY * n, time(), zone).astimezone(one.start.tzinfo) for n in (-3, 4))
    start = max(start, one.now.replace(second=0))
    free = set.intersection(*(free_of(person, one, start, end) for person in people))
    assert found.is_free is (found.start in free)
    if not found.is_free and found.start is not None:
        wanted = found.start
        nearest = sorted(free, key=lambda moment: (abs(moment - wanted), moment))[:3]
        assert list(found.alternatives) == sorted(nearest)


def _fits(person: Candidate, one: Case) -> bool:
    return one.visit.clinic is None or one.visit.clinic in person.clinics
