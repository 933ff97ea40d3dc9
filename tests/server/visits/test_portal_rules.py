"""What a patient's own account shows: who may ask for one, which visits are to come, and who looked, in words."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from server.access import Role, Why
from server.visits.portal_rules import (
    cut_page,
    is_to_come,
    may_have_account,
    outcome_words,
    role_words,
    visitors_by_day,
    what_words,
)
from tests.cast import TEN, ZONE

OKAFOR, REYES = UUID(int=1), UUID(int=2)
MINUTE = timedelta(minutes=1)


@dataclass
class Event:
    recorded_at: datetime = TEN
    account_id: UUID | None = OKAFOR
    roles: str = "pcp"
    action: str = "read"
    entity: str = "Encounter"
    why: str = field(default=Why.PARTICIPANT)


@pytest.mark.parametrize(
    ("status", "admitted_at", "may"),
    [("finished", TEN, True), ("finished", None, False), ("in-progress", TEN, False), ("cancelled", None, False)],
)
def test_an_account_is_for_whom_a_clinician_has_seen_in_a_visit_that_is_over(
    status: str, admitted_at: datetime | None, may: bool
) -> None:
    assert may_have_account(status, admitted_at) is may


@pytest.mark.parametrize(
    ("appointment", "encounter", "may_come", "coming"),
    [
        ("booked", "planned", True, True),
        ("booked", "planned", False, False),
        ("arrived", "arrived", False, True),
        ("arrived", "in-progress", False, True),
        ("fulfilled", "finished", True, False),
        ("noshow", "planned", True, False),
        ("cancelled", "cancelled", True, False),
    ],
)
def test_a_visit_is_to_come_as_long_as_one_may_come_to_it_or_it_goes_on(
    appointment: str, encounter: str, may_come: bool, coming: bool
) -> None:
    assert is_to_come(appointment, encounter, may_come=may_come) is coming


def test_a_past_visit_says_only_when_it_did_not_take_place() -> None:
    assert [outcome_words(s) for s in ("finished", "planned", "cancelled")] == ["", "Did not take place", "Cancelled"]


def test_a_page_that_holds_everything_is_the_last_one() -> None:
    events = [Event(TEN), Event(TEN - MINUTE)]
    assert cut_page(events, 2) == (events, None)


def test_the_next_page_goes_on_before_the_last_event_of_this_one() -> None:
    events = [Event(TEN - n * MINUTE) for n in range(3)]
    assert cut_page(events, 2) == (events[:2], events[1].recorded_at)


def test_events_of_one_moment_are_not_torn_apart_by_a_page() -> None:
    events = [Event(TEN), Event(TEN - MINUTE), Event(TEN - MINUTE)]
    assert cut_page(events, 2) == (events[:1], TEN)


def test_more_events_of_one_moment_than_fit_do_not_stop_the_reader() -> None:
    events = [Event(TEN)] * 3
    assert cut_page(events, 2) == (events[:2], TEN)


def test_the_same_thing_done_again_on_a_day_is_one_line_with_its_latest_time() -> None:
    events = [Event(TEN), Event(TEN - MINUTE, action="admit"), Event(TEN - 2 * MINUTE)]
    ((day, (visitor,)),) = visitors_by_day(events, ZONE).items()
    assert day == date(2026, 11, 24)
    assert [(look.what, look.at, look.times) for look in visitor.looks] == [
        ("Looked at a visit of yours", TEN, 2),
        ("Let you into the visit", TEN - MINUTE, 1),
    ]


def test_everybody_who_came_stands_alone_the_latest_first() -> None:
    events = [Event(account_id=REYES), Event(TEN - MINUTE), Event(TEN - 2 * MINUTE, account_id=REYES)]
    (visitors,) = visitors_by_day(events, ZONE).values()
    assert [(visitor.account_id, len(visitor.looks)) for visitor in visitors] == [(REYES, 1), (OKAFOR, 1)]


def test_days_are_those_of_the_patients_zone() -> None:
    late = datetime.fromisoformat("2026-11-25T05:30:00+00:00")
    assert list(visitors_by_day([Event(late)], ZONE)) == [date(2026, 11, 24)]


def test_the_reason_is_said_and_what_was_opened_in_an_emergency_stands_alone() -> None:
    events = [Event(why=why) for why in (Why.EMERGENCY, Why.CARE_TEAM, Why.COVERAGE, "opened the record")]
    (visitors,) = visitors_by_day(events, ZONE).values()
    assert [(visitor.why, visitor.is_emergency) for visitor in visitors] == [
        ("Opened in an emergency", True),
        ("Belongs to your care team", False),
        ("Works for your clinic", False),
        ("", False),
    ]


def test_what_was_done_is_said_also_where_there_is_no_word_for_it() -> None:
    assert what_words("read", "Patient") == "Looked at your name, date of birth and contacts"
    assert what_words("read", "Something") == "Looked at your record"
    assert what_words("create", "Encounter") == "Set up a video visit for you"
    assert what_words("create", "Something") == "Made a new entry in your record"
    assert what_words("admit", "Encounter") == "Let you into the visit"
    assert what_words("something", "Encounter") == "Worked on your record"


def test_a_role_has_a_word_and_a_patient_none() -> None:
    assert role_words((Role.SPECIALIST,)) == "Specialist"
    assert role_words((Role.PATIENT,)) == role_words(()) == ""
