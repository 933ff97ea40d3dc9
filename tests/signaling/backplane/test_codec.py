"""What is written for a shared backplane: it comes back as it was, and only to who has the key."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from signaling import events, ports
from signaling.backplane import SessionRevoked, TopicChanged
from signaling.backplane.codec import Codec, Unreadable
from signaling.roster import Room
from tests.playbook import NOON, RoomPlay, chat, message, offer, ticket_of

CODEC = Codec(b"the key of the tickets")
SAID = ports.Said("visit", "patient", "m1", "my secret", NOON)
ROOM = RoomPlay().comes("pcp").comes("patient").says("patient", chat("my secret")).committed().loses("patient").room
EVENTS = [
    events.Connected("one-1", ticket_of("patient"), "page-1"),
    events.Disconnected("one-1", "patient"),
    events.Received("one-1", "patient", offer("pcp")),
    events.Received("one-1", "patient", chat("my secret\nand more")),
    events.Received("one-1", "patient", message("leave", {})),
    events.Received(
        "one-1",
        "patient",
        message(
            "candidate", {"link": "p2p:pcp", "instance": "1", "candidate": {"sdpMid": "0", "sdpMLineIndex": 0}}, "pcp"
        ),
    ),
    events.ChatCommitted(SAID, "M. Alvarez", NOON),
    events.ChatRefused(SAID, "unavailable"),
    events.Admit("patient"),
    events.Remove("patient", "wrong_person"),
    events.End(),
    events.Revoke("session-patient"),
    events.TimerDue("grace:one-1"),
    events.NodeLost("one"),
    events.Rebuilt("one", "5d0c", ROOM),
    events.Unread(),
]


@pytest.mark.parametrize("event", EVENTS, ids=[f"{n}-{type(event).__name__}" for n, event in enumerate(EVENTS)])
def test_an_event_comes_back_as_it_was_and_cannot_be_read_in_between(event: events.Event) -> None:
    sealed = CODEC.write_event("visit", NOON, event)
    entry = CODEC.read_entry("visit", "log", 7, sealed)
    assert (entry.event, entry.at, entry.number, entry.generation) == (event, NOON, 7, "log")
    assert b"patient" not in sealed


def test_every_event_was_tried() -> None:
    assert {type(event) for event in EVENTS} == set(events.Event.__args__)


def test_a_room_comes_back_as_it_was() -> None:
    assert CODEC.read_room("visit", ROOM.seq, CODEC.write_room(ROOM)) == ROOM
    assert CODEC.read_room("visit", 0, b"") == Room("visit")


@pytest.mark.parametrize("notice", [SessionRevoked("session-1", NOON), TopicChanged("organization:7", "today")])
def test_a_notice_comes_back_as_it_was(notice: SessionRevoked | TopicChanged) -> None:
    assert CODEC.read_notice(CODEC.write_notice(notice)) == notice


@pytest.mark.parametrize(
    "sealed",
    [b"", b"\x01", b"\x01" + b"x" * 40, b"\x02later", CODEC.write_event("other", NOON, events.End())],
    ids=["nothing", "short", "forged", "later", "of another room"],
)
def test_what_is_not_ours_counts_as_an_entry_without_anything_in_it(sealed: bytes) -> None:
    with capture_logs() as logs:
        assert CODEC.read_entry("visit", "log", 7, sealed).event == events.Unread()
        assert CODEC.read_room("visit", 7, sealed) == Room("visit", seq=7)
    assert [line["event"] for line in logs] == ["entry not readable"] + ["room not readable"] * bool(sealed)


@pytest.mark.parametrize(
    "plain", [b"Later\n2026-11-23T12:00:00+00:00\n{}", b"End\nnever\n{}", b"Admit\n2026-11-23T12:00:00+00:00\n{}", b""]
)
def test_an_event_of_another_release_counts_as_one_without_anything_in_it(plain: bytes) -> None:
    assert CODEC.read_entry("visit", "log", 7, CODEC._seal("visit", plain)).event == events.Unread()


@pytest.mark.parametrize("plain", [b"", b"Later\n{}", b"TopicChanged\n{}"])
def test_a_notice_of_another_release_is_unreadable(plain: bytes) -> None:
    with pytest.raises(Unreadable):
        CODEC.read_notice(CODEC._seal("", plain))


def test_another_key_reads_nothing() -> None:
    with pytest.raises(Unreadable):
        Codec(b"another key").read_notice(CODEC.write_notice(TopicChanged("a", "b")))
