"""What holds in a room whatever happens in it: a few hundred random stories, checked entry by entry."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling import effects, events, ports
from signaling.frames import Refusal, parse
from signaling.room import step
from signaling.roster import Room
from tests.playbook import NOON, RoomPlay, ticket_of
from tests.signaling.frames import random_frame

PEOPLE = ("patient", "pcp", "psychiatrist")
QUIET = {"admitted"}
"""All that somebody waiting may be sent from a room, beside what answers them alone."""


def frame(seed: int) -> Any:
    """A random message that the parser lets through, or a leave."""
    chance = Random(seed)
    while True:
        try:
            message = parse(random_frame(chance))
        except Refusal:
            continue
        if message.type != "join":
            return message


WHO = st.sampled_from(PEOPLE)
LINE = st.integers(1, 2)
RECEIVED = st.builds(
    lambda who, line, seed: events.Received(f"{who}-{line}", who, frame(seed)), WHO, LINE, st.integers(0, 999)
)
EVENTS = st.one_of(
    st.builds(
        lambda who, line, standing, page: events.Connected(f"{who}-{line}", ticket_of(who, standing), f"page-{page}"),
        WHO,
        LINE,
        st.sampled_from(["waiting", "admitted"]),
        LINE,
    ),
    st.builds(lambda who, line: events.Disconnected(f"{who}-{line}", who), WHO, LINE),
    RECEIVED,
    RECEIVED.map(lambda received: received),
    st.builds(events.Admit, WHO),
    st.builds(events.Remove, WHO, st.just("reason")),
    st.just(events.End()),
    st.builds(lambda who: events.Revoke(f"session-{who}"), WHO),
    st.builds(lambda who: events.ChatRefused(ports.Said("visit", who, "m", "hello", NOON), "unavailable"), WHO),
)


class Witness:
    """Looks at every step of a room and knows what may never be."""

    def __init__(self) -> None:
        self.connected: dict[str, str] = {}

    def look(self, event: events.Event, before: Room, after: Room, asked: tuple[effects.Effect, ...]) -> None:
        """Check one step."""
        for effect in asked:
            if isinstance(effect, effects.Send):
                self._send(event, after, effect)
            elif isinstance(effect, effects.Greet):
                assert effect.standing == "admitted" or effect.others == ()
            elif isinstance(effect, effects.Report):
                self._fact(effect.fact)
            elif isinstance(effect, effects.CommitChat):
                assert isinstance(event, events.Received)
                assert before.members[event.participant].admitted

    def _send(self, event: events.Event, after: Room, effect: effects.Send) -> None:
        admitted = {m.participant for m in after.members.values() if m.admitted}
        message: Any = effect.message
        if message.type not in QUIET:
            assert set(effect.participants) <= admitted, f"{message.type} reached somebody who is not in the call"
        if message.type in {"offer", "answer", "candidate", "media"}:
            assert isinstance(event, events.Received)
            assert (message.sender, message.room) == (event.participant, "visit")
            assert event.participant not in effect.participants

    def _fact(self, fact: ports.Joined | ports.Left) -> None:
        if isinstance(fact, ports.Joined):
            self.connected[fact.participant] = fact.connection
        else:
            assert self.connected.pop(fact.participant) == fact.connection, "left by another connection than joined"


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.tuples(EVENTS, st.floats(0, 20)), max_size=30))
def test_whatever_happens_the_rules_of_the_room_hold(story: list[tuple[events.Event, float]]) -> None:
    play, witness = RoomPlay(), Witness()
    for event, seconds in story:
        play.passes(seconds).tell(event)
        if play.commits():
            play.committed()
        play.forget()
    room = Room("visit")
    for event, at in play.script:
        before = room
        room, asked = step(room, event, at)
        witness.look(event, before, room, asked)
    assert room == play.room
    assert set(witness.connected) == set(room.members)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(EVENTS, max_size=20))
def test_every_room_is_forgotten_once_nobody_is_there(story: list[events.Event]) -> None:
    play = RoomPlay()
    for event in story:
        play.tell(event)
    for member in tuple(play.room.members.values()):
        play.loses(member.participant, by=member.connection)
    play.tell(events.Admit("outsider")).passes(timedelta(minutes=20).total_seconds())
    assert effects.Forget() in play.effects


def test_the_witness_sees_what_is_wrong() -> None:
    empty, fact = Room("visit"), effects.Report(ports.Left("visit", "patient", "patient-1", NOON))
    with pytest.raises(KeyError):
        Witness().look(events.End(), empty, empty, (fact,))
