"""The story of a call, read off the room before and after a step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from signaling.events import Disconnected, Event, NodeLost, Rebuilt
from signaling.roster import Member, Room
from signaling.story import told

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
PATIENT = Member("patient", "M. Alvarez", "patient", "session", "admitted", "page-1", "hub-1")
WAITING = replace(PATIENT, standing="waiting")
AWAY = replace(PATIENT, lost_at=NOW)
MOVED = replace(PATIENT, connection="other-2")
STEP = Disconnected("hub-1", "patient")


def tell(before: Room, after: Room, event: Event) -> list[tuple[str, str]]:
    return [(hub, fact.what) for hub, fact in told(before, after, event, NOW)]


def room(*members: Member) -> Room:
    return Room("visit", members={member.participant: member for member in members})


@pytest.mark.parametrize(
    ("was", "now", "story"),
    [
        ([], [PATIENT], [("hub", "joined")]),
        ([WAITING], [PATIENT], [("hub", "joined")]),
        ([PATIENT], [], [("hub", "left")]),
        ([PATIENT], [AWAY], [("hub", "lost")]),
        ([AWAY], [], [("hub", "left")]),
        ([AWAY], [MOVED], [("other", "reconnected")]),
        ([PATIENT], [MOVED], [("other", "reconnected")]),
        ([PATIENT], [replace(MOVED, instance="page-2")], [("other", "moved")]),
        ([AWAY], [PATIENT], [("hub", "reconnected")]),
        ([PATIENT], [replace(PATIENT, name="Somebody")], []),
        ([], [WAITING], []),
        ([WAITING], [], []),
        ([PATIENT], [PATIENT], []),
    ],
)
def test_a_step_tells_what_became_of_each_connection_by_the_hub_that_holds_it(
    was: list[Member], now: list[Member], story: list[tuple[str, str]]
) -> None:
    assert tell(room(*was), room(*now), STEP) == story


def test_a_node_that_is_gone_is_told_by_the_hub_that_found_out_and_of_nobody_else() -> None:
    pcp = replace(MOVED, participant="pcp")
    event = NodeLost("hub", by="other")
    assert tell(room(PATIENT, pcp), room(AWAY, pcp), event) == [("other", "node_lost")]
    assert tell(room(AWAY, pcp), room(AWAY, pcp), event) == []  # found out twice
    assert tell(room(WAITING, pcp), room(replace(WAITING, lost_at=NOW), pcp), event) == []


def test_a_node_that_only_stood_still_has_its_people_back() -> None:
    assert tell(room(AWAY), room(PATIENT), Rebuilt("hub", "g", room(PATIENT))) == [("hub", "reconnected")]


def test_the_first_step_of_a_room_tells_who_came() -> None:
    assert [fact.participant for _, fact in told(None, room(PATIENT), STEP, NOW)] == ["patient"]


def test_a_step_that_changed_nobody_tells_nothing() -> None:
    before = room(PATIENT)
    assert list(told(before, replace(before, seq=1), STEP, NOW)) == []
