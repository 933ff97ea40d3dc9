"""Free times by day and by person, as far as they are shown."""

from collections.abc import Iterator
from datetime import date, timedelta

from server.kit.ids import PractitionerId
from server.scheduling.match_rules import Fit, Reason
from server.scheduling.offer_rules import joint_by_day, offers_by_day
from server.scheduling.search_rules import JointOffer, Offer
from tests.server.scheduling.working import CARE_MANAGER, DENVER, MONDAY, PCP, PSYCHIATRIST, TUESDAY, at

WHY = (Reason(Fit.LANGUAGE, "es"),)


def offer(day: date, hour: int, who: PractitionerId = PCP) -> Offer:
    start = at(day, hour)
    return Offer(start, start + timedelta(minutes=20), who, WHY)


def test_times_are_gathered_by_day_and_by_person_who_is_free_first_comes_first() -> None:
    offers = [offer(MONDAY, 9, PSYCHIATRIST), offer(MONDAY, 10), offer(MONDAY, 11, PSYCHIATRIST), offer(TUESDAY, 9)]
    monday, tuesday = offers_by_day(offers, DENVER, 5, 5)
    assert [(times.practitioner, len(times.offers), times.why) for times in monday.people] == [
        (PSYCHIATRIST, 2, WHY),
        (PCP, 1, WHY),
    ]
    assert (monday.day, tuesday.day, len(tuesday.people)) == (MONDAY, TUESDAY, 1)


def test_a_few_times_of_each_are_shown_and_that_there_are_more() -> None:
    ((times,),) = ((day.people) for day in offers_by_day([offer(MONDAY, hour) for hour in (9, 10, 11)], DENVER, 1, 2))
    assert (len(times.offers), times.more) == (2, True)


def test_days_are_the_reader_s() -> None:
    late = [offer(MONDAY, 23)]
    assert offers_by_day(late, DENVER, 1, 1)[0].day == MONDAY
    assert offers_by_day(late, "Europe/Madrid", 1, 1)[0].day == TUESDAY


def test_no_further_is_read_than_is_shown() -> None:
    def endless() -> Iterator[Offer]:
        yield offer(MONDAY, 9)
        yield offer(TUESDAY, 9)
        raise AssertionError("read too far")

    assert len(offers_by_day(endless(), DENVER, 1, 1)) == 1


def together(day: date, hour: int, *people: PractitionerId) -> JointOffer:
    who = tuple(offer(day, hour, one) for one in people)
    return JointOffer(who[0].start, who[0].end, who)


def test_joint_times_are_gathered_by_day_and_by_who_is_free_together() -> None:
    offers = [
        together(MONDAY, 9, PCP, PSYCHIATRIST),
        together(MONDAY, 10, PCP, CARE_MANAGER),
        together(MONDAY, 11, PCP, PSYCHIATRIST),
        together(TUESDAY, 9, PCP, PSYCHIATRIST),
    ]
    monday, tuesday = joint_by_day(offers, DENVER, 5, 5)
    assert [([one.practitioner for one in times.who], len(times.offers)) for times in monday.together] == [
        ([PCP, PSYCHIATRIST], 2),
        ([PCP, CARE_MANAGER], 1),
    ]
    assert (monday.day, tuesday.day) == (MONDAY, TUESDAY)
    assert [len(times.offers) for day in joint_by_day(offers, DENVER, 1, 1) for times in day.together] == [1, 1]
