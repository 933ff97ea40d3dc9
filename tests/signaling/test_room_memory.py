"""What a call room remembers, and when it forgets."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signaling import effects, events
from signaling.room import MEMORY, step
from signaling.roster import Room
from tests.playbook import NOON, RoomPlay, chat, message, ticket_of


@pytest.fixture
def play() -> RoomPlay:
    return RoomPlay()


@pytest.fixture
def visit(play: RoomPlay) -> RoomPlay:
    """The practitioner and the admitted patient are in the room."""
    return play.comes("pcp").comes("patient").forget()


# Whose place it is


def test_a_line_that_its_page_has_given_up_takes_no_place(visit: RoomPlay) -> None:
    later, latest = NOON + timedelta(seconds=1), NOON + timedelta(seconds=2)
    visit.comes("patient", by="patient-3", issued=latest).forget().comes("patient", by="patient-2", issued=later)
    assert (visit.closed("patient-2"), visit.closed("patient-3"), visit.heard("pcp")) == (4003, None, [])
    assert visit.room.members["patient"].connection == "patient-3"


def test_a_page_that_another_one_replaced_does_not_replace_it_in_turn(visit: RoomPlay) -> None:
    later = NOON + timedelta(seconds=1)
    visit.comes("patient", by="patient-2", page="page-2", issued=later).forget().comes("patient", issued=NOON)
    assert (visit.closed("patient"), visit.closed("patient-2")) == (4002, None)


def test_an_older_line_will_do_where_the_newer_one_is_lost(visit: RoomPlay) -> None:
    visit.comes("patient", by="patient-2", issued=NOON + timedelta(seconds=1)).loses("patient", by="patient-2")
    visit.forget().comes("patient", issued=NOON)
    assert (visit.closed("patient"), visit.heard("patient")) == (None, ["welcome"])


# Remembering


def test_an_empty_room_is_forgotten_when_no_ticket_can_be_older_than_its_decisions(visit: RoomPlay) -> None:
    visit.tell(events.End()).passes(MEMORY.total_seconds() - 1)
    assert effects.Forget() not in visit.effects
    visit.passes(1)
    assert effects.Forget() in visit.effects


def test_a_room_that_filled_again_is_not_forgotten(visit: RoomPlay) -> None:
    visit.says("pcp", message("leave", {})).says("patient", message("leave", {}))
    visit.comes("patient", by="patient-2").passes(2 * MEMORY.total_seconds())
    assert effects.Forget() not in visit.effects


def test_an_empty_room_is_forgotten_though_timers_of_the_past_come_due(play: RoomPlay) -> None:
    play.tell(events.Admit("patient")).passes(100).tell(events.Admit("patient"))
    play.passes(MEMORY.total_seconds() - 50)
    assert effects.Forget() not in play.effects
    play.passes(50)
    assert effects.Forget() in play.effects
    assert not [e for e in play.effects if isinstance(e, effects.StartTimer)]


def test_decisions_older_than_any_ticket_are_dropped(visit: RoomPlay) -> None:
    visit.tell(events.Admit("psychiatrist")).tell(events.Remove("outsider", "mistake"))
    visit.passes(MEMORY.total_seconds() + 1).comes("frontdesk")
    assert (visit.room.admissions, visit.room.removals) == ({}, {})


def test_a_timer_that_means_nothing_changes_nothing(visit: RoomPlay) -> None:
    visit.tell(events.TimerDue("grace:nobody"))
    assert visit.effects == []


def test_folding_the_same_log_again_gives_the_same_room(visit: RoomPlay) -> None:
    visit.says("patient", chat("hello")).committed().loses("patient").passes(10).tell(events.End())
    again = Room("visit")
    for event, at in visit.script:
        again, _ = step(again, event, at)
    assert again == visit.room


def test_a_ticket_is_what_the_room_knows_of_a_participant(play: RoomPlay) -> None:
    ticket = ticket_of("frontdesk")
    play.tell(events.Connected("c", ticket, "page"))
    member = play.room.members["frontdesk"]
    assert (member.name, member.role, member.session) == (ticket.name, ticket.role, ticket.session)
