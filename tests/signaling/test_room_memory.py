"""What a call room remembers, and when it forgets."""

from __future__ import annotations

import pytest

from signaling import effects, events
from signaling.room import MEMORY, step
from signaling.roster import Room
from tests.playbook import RoomPlay, chat, message, ticket_of


@pytest.fixture
def play() -> RoomPlay:
    return RoomPlay()


@pytest.fixture
def visit(play: RoomPlay) -> RoomPlay:
    """The practitioner and the admitted patient are in the room."""
    return play.comes("pcp").comes("patient").forget()


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
