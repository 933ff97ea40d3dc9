"""Hubs that are missing."""

from __future__ import annotations

from signaling import events
from signaling.absent import MISSED, Absent
from tests.playbook import RoomPlay


def test_a_hub_that_is_missing_for_long_is_noticed_with_its_rooms() -> None:
    absent, room = Absent(), RoomPlay().comes("pcp", by="one-1").comes("patient", by="two-1").room
    seen = [list(absent.noticed({"one"}, [room])) for _ in range(MISSED)]
    assert seen == [[]] * (MISSED - 1) + [[("two", ["visit"])]]


def test_a_hub_that_is_seen_in_between_or_holds_nobody_any_more_is_not() -> None:
    absent, play = Absent(), RoomPlay().comes("patient", by="two-1")
    for _ in range(MISSED):
        assert list(absent.noticed(set(), [play.room])) == []
        list(absent.noticed({"two"}, [play.room]))
    play.tell(events.NodeLost("two"))
    for _ in range(2 * MISSED):
        assert list(absent.noticed(set(), [play.room])) == []
