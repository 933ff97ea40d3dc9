"""What was sent lately: who was cut off anywhere hears the rest on any node, once and in order."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from signaling import events
from signaling.backplane import Entry, Past
from signaling.effects import Greet
from signaling.frames import parse_server
from signaling.place import Place
from signaling.protocol import Changed, ChangedBody
from signaling.roster import Room
from signaling.sent import KEPT_MAILS, MOST_CHARACTERS, Mail, Position, Sent
from tests.playbook import NOON, chat, offer, ticket_of
from tests.signaling.test_properties import EVENTS

WHO = "patient"


def word(text: str) -> Changed:
    return Changed(id="1", body=ChangedBody(topic=text))


def filled(many: int) -> Sent:
    """A message to the patient and one to the practitioner in each entry."""
    sent = Sent(0)
    for number in range(1, many + 1):
        sent.record(number, (WHO,), word(f"{number}"))
        sent.record(number, ("pcp",), word("other"))
    return sent


def topics(sent: Sent, number: int, order: int = 0) -> list[str] | None:
    missed = sent.since(WHO, Position(number, order))
    return None if missed is None else [json.loads(m.text)["body"]["topic"] for m in missed]


def test_what_came_after_a_position_is_given_to_whom_it_was_for() -> None:
    assert topics(filled(5), 3) == ["3", "4", "5"]
    assert topics(filled(5), 3, 1) == ["4", "5"]


def test_what_is_sent_says_its_place_in_the_log() -> None:
    mail = Sent(0).record(7, (WHO,), word("a"))
    assert (parse_server(mail.text).pos, mail.type) == (str(mail.position), "changed")


def test_within_an_entry_the_order_counts() -> None:
    sent = Sent(0)
    positions = [sent.record(7, (WHO,), word(text)).position for text in ("a", "b", "c")]
    assert positions == [(7, 1), (7, 2), (7, 3)]
    assert topics(sent, 7, 2) == ["c"]
    assert (sent.end(7), sent.end(8)) == ((7, 3), (8, 0))
    assert Sent(0).end(4) == (4, 0)


def test_only_the_last_messages_are_kept_and_who_missed_more_begins_anew() -> None:
    sent = filled(2 * KEPT_MAILS)
    assert topics(sent, 1) is None
    last = topics(sent, 2 * KEPT_MAILS - 10)
    assert last is not None
    assert len(last) == 11


def test_who_missed_very_much_begins_anew() -> None:
    sent = Sent(0)
    for number in range(1, 4):
        sent.record(number, (WHO,), word("x" * (MOST_CHARACTERS // 3)))
    assert topics(sent, 1) is None
    assert topics(sent, 3) is not None


def test_somebody_who_began_anew_does_not_hear_what_was_before() -> None:
    sent = filled(5)
    sent.begin(WHO, 4)
    assert topics(sent, 3) is None
    assert topics(sent, 4) == ["4", "5"]


def test_a_position_is_written_and_read() -> None:
    assert Position.read(str(Position(41, 2))) == (41, 2)


STORY = st.lists(
    st.one_of(
        EVENTS,
        st.builds(lambda text: events.Received("pcp-1", "pcp", offer(WHO, ref=text)), st.sampled_from("abc")),
        st.builds(lambda text: events.Received("pcp-1", "pcp", chat(text, ref=text)), st.sampled_from("abc")),
        st.builds(lambda: events.Disconnected(f"{WHO}-1", WHO)),
        st.just(events.NodeLost(WHO)),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(STORY, st.data())
def test_cut_anywhere_and_back_on_any_node_nothing_is_lost_or_told_twice(story: list[Any], data: st.DataObject) -> None:
    begin = [
        events.Connected("pcp-1", ticket_of("pcp"), "page-1"),
        events.Connected(f"{WHO}-1", ticket_of(WHO), "page-1"),
    ]
    log = [Entry("log", n, NOON + timedelta(seconds=n), event) for n, event in enumerate([*begin, *story], 1)]
    here = Place(Room("visit"), "log", NOON, Sent(0))
    states, told, welcomed = [here.room], list[Mail](), 0
    for entry in log:
        for effect in here.fold(entry):
            mail = here.note(effect)
            if isinstance(effect, Greet) and effect.participant == WHO and effect.anew:
                told, welcomed = [], entry.number
            if mail and WHO in mail.participants:
                told.append(mail)
        states.append(here.room)
    heard = data.draw(st.integers(0, len(told)))
    position = told[heard - 1].position if heard else Position(welcomed)
    base = data.draw(st.integers(0, len(log)))
    there = Place.after(Past("log", NOON, states[base], tuple(log[base:])))
    assert there.room == here.room
    missed = there.sent.since(WHO, position)
    assert (missed is None) == (position.number <= base)
    if missed is not None:
        assert told[:heard] + missed == told
