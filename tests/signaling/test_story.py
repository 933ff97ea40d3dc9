"""The story of a call, read off the room before and after a step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from signaling.roster import Member, Room
from signaling.story import told

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
PATIENT = Member("patient", "M. Alvarez", "patient", "session", "admitted", "page-1", "hub-1")
WAITING = replace(PATIENT, standing="waiting")
AWAY = replace(PATIENT, lost_at=NOW)


def room(*members: Member) -> Room:
    return Room("visit", members={member.participant: member for member in members})


@pytest.mark.parametrize(
    ("was", "now", "story"),
    [
        ([], [PATIENT], [("hub-1", "joined")]),
        ([WAITING], [PATIENT], [("hub-1", "joined")]),
        ([PATIENT], [], [("hub-1", "left")]),
        ([PATIENT], [AWAY], [("hub-1", "lost")]),
        ([AWAY], [], [("hub-1", "left")]),
        ([AWAY], [replace(PATIENT, connection="hub-2")], [("hub-2", "reconnected")]),
        ([PATIENT], [replace(PATIENT, connection="hub-2")], [("hub-2", "reconnected")]),
        ([PATIENT], [replace(PATIENT, connection="hub-2", instance="page-2")], [("hub-2", "moved")]),
        ([PATIENT], [replace(PATIENT, name="Somebody")], []),
        ([], [WAITING], []),
        ([WAITING], [], []),
        ([PATIENT], [PATIENT], []),
    ],
)
def test_a_step_tells_what_became_of_each_connection(
    was: list[Member], now: list[Member], story: list[tuple[str, str]]
) -> None:
    assert [(name, fact.what) for name, fact in told(room(*was), room(*now), NOW)] == story


def test_the_first_step_of_a_room_tells_who_came() -> None:
    assert [fact.participant for _, fact in told(None, room(PATIENT), NOW)] == ["patient"]


def test_a_step_that_changed_nobody_tells_nothing() -> None:
    before = room(PATIENT)
    assert list(told(before, replace(before, seq=1), NOW)) == []
