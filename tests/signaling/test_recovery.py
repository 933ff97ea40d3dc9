"""What a room does when a node or its log is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from signaling import effects, events
from signaling.roster import GRACE, Removal, Room
from tests.playbook import NOON, RoomPlay, chat


@pytest.fixture
def visit() -> RoomPlay:
    """The practitioner by one hub, the patient and a specialist by another."""
    play = RoomPlay().comes("pcp", by="one-1").comes("patient", by="two-1").comes("psychiatrist", by="two-2")
    return play.forget()


@pytest.fixture
def anew() -> RoomPlay:
    """The same room with a log that began anew."""
    return RoomPlay()


def told(play: RoomPlay, hub: str, **changes: Any) -> events.Rebuilt:
    return events.Rebuilt(hub, "old", replace(play.room, **changes))


def test_a_lost_node_s_people_have_the_grace_to_come_back(visit: RoomPlay) -> None:
    visit.tell(events.NodeLost("two"))
    assert (visit.heard("one-1"), visit.facts()) == ([], [])
    visit.passes(5).comes("patient", by="one-2").passes(10)
    assert [m.body.participant for m in visit.messages("one-1")] == ["psychiatrist"]
    assert visit.room.lost == {"two"}


def test_losing_a_node_again_prolongs_no_grace(visit: RoomPlay) -> None:
    visit.tell(events.NodeLost("two")).passes(6).tell(events.NodeLost("two")).passes(4)
    assert visit.heard("one-1") == ["left", "left"]


def test_a_node_that_is_back_is_lost_no_more(visit: RoomPlay) -> None:
    visit.tell(events.NodeLost("two")).comes("patient", by="two-1")
    assert (visit.heard("one-1"), visit.room.lost) == ([], frozenset())
    assert visit.room.members["patient"].present


def test_a_log_that_began_anew_is_told_everything_and_nobody_is_disturbed(visit: RoomPlay, anew: RoomPlay) -> None:
    anew.tell(told(visit, "one"))
    assert set(anew.room.members) == {"pcp", "patient", "psychiatrist"}
    (welcome,) = anew.messages("one-1")
    assert (welcome.type, {p.id for p in welcome.body.participants}) == ("welcome", {"patient", "psychiatrist"})
    anew.forget().tell(told(visit, "two"))
    assert [anew.heard(c) for c in ("one-1", "two-1", "two-2")] == [[], ["welcome"], ["welcome"]]
    assert anew.facts() == []


def test_somebody_who_left_since_is_not_brought_back_by_another_hub(visit: RoomPlay, anew: RoomPlay) -> None:
    anew.tell(told(visit, "one")).tell(events.Revoke("session-psychiatrist")).tell(told(visit, "one"))
    assert set(anew.room.members) == {"pcp", "patient"}
    anew.tell(told(visit, "two"))
    assert set(anew.room.members) == {"pcp", "patient", "psychiatrist"}, "its own hub knows better"


def test_somebody_away_keeps_the_grace_that_was_left(visit: RoomPlay, anew: RoomPlay) -> None:
    visit.loses("patient", by="two-1")
    anew.now += timedelta(seconds=6)
    anew.tell(told(visit, "one"))
    timers = [e for e in anew.effects if isinstance(e, effects.StartTimer)]
    assert timers == [effects.StartTimer("grace:two-1", NOON + GRACE)]
    anew.passes(4)
    assert anew.heard("one-1") == ["welcome", "left"]


def test_decisions_are_kept_the_newer_one_counts(visit: RoomPlay, anew: RoomPlay) -> None:
    later = NOON + timedelta(seconds=1)
    anew.room = Room("visit", admissions={"patient": NOON, "pcp": later}, removals={"outsider": Removal(later, "new")})
    anew.tell(
        told(
            visit,
            "one",
            admissions={"patient": later, "frontdesk": NOON},
            removals={"outsider": Removal(NOON, "old"), "psychiatrist": Removal(NOON, "away")},
        )
    )
    assert anew.room.admissions == {"patient": later, "pcp": later, "frontdesk": NOON}
    assert anew.room.removals["outsider"].reason == "new"


def test_nobody_comes_back_into_what_was_ended(visit: RoomPlay, anew: RoomPlay) -> None:
    anew.tell(events.End()).tell(told(visit, "one"))
    assert (anew.room.members, anew.room.ended, anew.heard("one-1")) == ({}, True, [])
    other = RoomPlay().tell(told(visit, "one", ended=True))
    assert (other.room.members, other.room.ended) == ({}, True)


def test_somebody_removed_since_is_not_brought_back(visit: RoomPlay, anew: RoomPlay) -> None:
    anew.tell(events.Remove("patient", "wrong_person")).tell(told(visit, "two"))
    assert "patient" not in anew.room.members


def test_what_was_said_is_known_again(visit: RoomPlay, anew: RoomPlay) -> None:
    visit.says("patient", chat("hello"), by="two-1").committed()
    anew.tell(told(visit, "one")).forget().says("patient", chat("hello"), by="two-1")
    assert (anew.commits(), anew.heard("two-1")) == ([], ["chat"])


def test_an_entry_that_cannot_be_read_counts_and_does_nothing(visit: RoomPlay) -> None:
    before = visit.room
    visit.tell(events.Unread())
    assert (visit.room, visit.effects) == (replace(before, seq=before.seq + 1), [])
