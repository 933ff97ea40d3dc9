"""Free times of many: the soonest first, by practitioner, together, and in place of one that was taken."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import chain, islice

from hypothesis import given, settings
from hypothesis import strategies as st

from server.kit.ids import PractitionerId
from server.scheduling.availability_rules import BookingLimits, Window
from server.scheduling.match_rules import Candidate, Fit, Licence, Need, Reason
from server.scheduling.search_rules import Group, by_practitioner, instead_of, joint, soonest
from server.scheduling.slot_rules import Busy, Visit
from tests.server.scheduling import slot_oracle
from tests.server.scheduling.chance import candidates
from tests.server.scheduling.working import (
    CARE_MANAGER,
    DENVER,
    MADRID,
    MONDAY,
    PCP,
    PSYCHIATRIST,
    TUESDAY,
    at,
    weekly,
    working,
)

HALF = Need(Visit(30), DENVER)
EARLY = at(MONDAY, 0)
WEEK = Window.of(EARLY, EARLY, EARLY + timedelta(days=7))
MONTH = Window.of(EARLY, EARLY, EARLY + timedelta(days=28))


def hours(
    starts: str,
    ends: str,
    who: PractitionerId = PCP,
    busy: tuple[Busy, ...] = (),
    licences: tuple[Licence, ...] = (),
    day: date = MONDAY,
) -> Candidate:
    return Candidate(who, working(weekly(day, starts, ends)), busy, licences=licences)


def busy(hour: int, minute: int = 0, length: int = 30, day: date = MONDAY) -> Busy:
    start = at(day, hour, minute)
    return Busy.of(start, start + timedelta(minutes=length))


# The soonest first


def test_the_soonest_come_first_whoever_has_them() -> None:
    pcp, psychiatrist = hours("9:00", "10:00"), hours("9:30", "10:30", who=PSYCHIATRIST)
    found = [(offer.start, offer.practitioner) for offer in soonest([psychiatrist, pcp], HALF, WEEK)]
    assert found == [
        (at(MONDAY, 9), PCP),
        (at(MONDAY, 9, 30), PSYCHIATRIST),
        (at(MONDAY, 9, 30), PCP),
        (at(MONDAY, 10), PSYCHIATRIST),
    ]


def test_a_search_goes_on_for_weeks_without_a_hole_or_a_double() -> None:
    found = [
        offer.start for offer in soonest([hours("9:00", "10:00"), hours("23:00", "0:00", day=TUESDAY)], HALF, MONTH)
    ]
    assert found == sorted(set(found))
    assert len(found) == 16


def test_an_offer_says_when_it_ends_and_why_it_is_made() -> None:
    need = Need(Visit(45), DENVER, state="MT")
    licensed = hours("9:00", "10:00", licences=(Licence("MT", TUESDAY),))
    offer = next(soonest([hours("8:00", "10:00", who=PSYCHIATRIST), licensed], need, WEEK))
    assert (offer.end - offer.start, offer.practitioner) == (timedelta(minutes=45), PCP)
    assert offer.why == (Reason(Fit.LICENCE, "MT", TUESDAY),)


def test_a_licence_must_last_until_the_visit_ends_where_the_patient_is() -> None:
    until_monday = (Licence("MT", MONDAY),)
    nights = Candidate(
        PCP, working(weekly(MONDAY, "22:00", "0:00"), weekly(TUESDAY, "0:00", "2:00")), licences=until_monday
    )
    need = Need(Visit(60), DENVER, state="MT")
    assert [offer.start for offer in soonest([nights], need, WEEK)] == [
        at(MONDAY, 22),
        at(MONDAY, 22, 30),
        at(MONDAY, 23),
    ]
    assert list(soonest([nights], replace(need, zone=MADRID), WEEK)) == []


def test_the_first_times_do_not_wait_for_the_last() -> None:
    many = [hours("9:00", "17:00") for _ in range(3)]
    year = Window.of(EARLY, EARLY, EARLY + timedelta(days=36_500))
    assert len(list(islice(soonest(many, HALF, year), 5))) == 5


def test_a_search_ends_at_the_last_horizon() -> None:
    ages = Window.of(EARLY, EARLY - timedelta(days=9000), EARLY + timedelta(days=9000))
    week = Candidate(PCP, working(weekly(MONDAY, "9:00", "9:30"), limits=BookingLimits(horizon=7)))
    assert [offer.start for offer in soonest([week], HALF, ages)] == [at(MONDAY, 9), at(date(2026, 6, 8), 9)]


# By practitioner


def test_each_practitioner_shows_their_first_times() -> None:
    pcp, psychiatrist = hours("10:00", "12:00"), hours("9:00", "10:00", who=PSYCHIATRIST)
    never = hours("9:00", "9:15", who=CARE_MANAGER)
    found = by_practitioner([pcp, never, psychiatrist], HALF, WEEK, 3)
    assert [(one.practitioner, len(offers)) for one, offers in found] == [(PSYCHIATRIST, 2), (PCP, 3)]


# Together


def test_a_joint_visit_is_when_all_are_free() -> None:
    pcp = hours("9:00", "12:00", busy=(busy(10),))
    psychiatrist = hours("9:30", "11:30", who=PSYCHIATRIST)
    groups = [Group((pcp,), HALF), Group((psychiatrist,), HALF)]
    assert [offer.start for offer in joint(groups, WEEK)] == [at(MONDAY, 9, 30), at(MONDAY, 10, 30), at(MONDAY, 11)]


def test_any_one_of_a_group_will_do_the_first_in_its_order() -> None:
    pcp, psychiatrist = hours("9:00", "10:00"), hours("9:00", "9:30", who=PSYCHIATRIST)
    another = hours("9:00", "10:00", who=CARE_MANAGER)
    groups = [Group((pcp,), HALF), Group((psychiatrist, another), HALF)]
    chosen = [[offer.practitioner for offer in one.who] for one in joint(groups, WEEK)]
    assert chosen == [[PCP, PSYCHIATRIST], [PCP, CARE_MANAGER]]


def test_nobody_takes_two_seats() -> None:
    pcp, another = hours("9:00", "10:00"), hours("9:30", "10:00", who=PSYCHIATRIST)
    both, first = Group((pcp, another), HALF), Group((pcp,), HALF)
    assert list(joint([first, first], WEEK)) == []
    assert [[offer.practitioner for offer in one.who] for one in joint([both, first], WEEK)] == [[PSYCHIATRIST, PCP]]


def test_steps_of_ten_and_fifteen_minutes_meet_every_half_hour() -> None:
    ten, fifteen = (
        Candidate(who, working(weekly(MONDAY, "9:00", "10:00"), limits=BookingLimits(step=step)))
        for who, step in ((PCP, 10), (PSYCHIATRIST, 15))
    )
    short = Need(Visit(10), DENVER)
    assert [offer.start.minute for offer in joint([Group((ten,), short), Group((fifteen,), short)], WEEK)] == [0, 30]


def test_each_group_asks_for_what_it_needs_and_may_need_longer() -> None:
    psychiatrist = hours("9:00", "12:00", who=PSYCHIATRIST, licences=(Licence("MT", TUESDAY),))
    long = Need(Visit(60), DENVER, state="MT")
    found = next(joint([Group((hours("9:00", "12:00"),), HALF), Group((psychiatrist,), long)], WEEK))
    assert found.end - found.start == timedelta(hours=1)
    assert [offer.end - offer.start for offer in found.who] == [timedelta(minutes=30), timedelta(hours=1)]
    assert list(joint([Group((hours("9:00", "12:00"),), long)], WEEK)) == []


def test_no_group_has_no_time() -> None:
    assert list(joint([], WEEK)) == []


# After a lost race


def test_who_lost_a_time_gets_the_next_ones_and_others_at_that_time() -> None:
    chosen = hours("9:00", "12:00", busy=(busy(9, 30),))
    other = hours("9:30", "10:00", who=PSYCHIATRIST)
    found = instead_of(
        at(MONDAY, 9, 30), chosen, [chosen, other, hours("11:00", "12:00", who=CARE_MANAGER)], HALF, WEEK
    )
    assert [offer.start for offer in found.next_times] == [at(MONDAY, 10), at(MONDAY, 10, 30), at(MONDAY, 11)]
    assert [offer.practitioner for offer in found.same_time] == [PSYCHIATRIST]


def test_when_little_is_left_the_latest_before_are_offered_too() -> None:
    chosen = hours("9:00", "12:00", busy=(busy(11),))
    day = Window.of(EARLY, EARLY, EARLY + timedelta(days=1))
    found = instead_of(at(MONDAY, 11), chosen, [], HALF, day)
    assert [offer.start for offer in found.next_times] == [at(MONDAY, 11, 30), at(MONDAY, 10, 30), at(MONDAY, 10)]


# Whatever the schedules


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**9))
def test_joint_times_are_those_that_looking_at_each_minute_finds(seed: int) -> None:
    people, one = candidates(seed, hours=4)
    need = Need(one.visit, one.schedule.zone)
    groups = [Group((people[0],), need), Group(tuple(people[1:]), need)]
    first, *others = (
        set(slot_oracle.free(person.schedule, one.visit, person.busy, one.now, one.start, one.end)) for person in people
    )
    assert [offer.start for offer in joint(groups, one.window)] == sorted(first & set(chain(*others)))
