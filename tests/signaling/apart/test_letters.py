"""Letters and answers come back as they were written; what is no letter of this release is said to be none."""

from __future__ import annotations

import pytest

from signaling.apart import letters
from signaling.apart.letters import Alive, Declined, Failed, Kept, SessionsAsked, Taken, Unreadable
from signaling.apart.seal import NotOurs, Seal
from signaling.ports import Joined, Left, Said
from tests.playbook import NOON

JOINED = Joined("visit", "patient", "waiting", "hub-1", NOON)
LEFT = Left("visit", "patient", "hub-1", NOON)
SAID = Said("visit", "patient", "m1", "¿Me oye?", NOON)
ASKED = SessionsAsked(("a", "b"))


@pytest.mark.parametrize("letter", [JOINED, LEFT, SAID, ASKED, SessionsAsked(())])
def test_a_letter_comes_back_as_it_was_written(letter: letters.Letter) -> None:
    assert letters.read_letter(letters.write(letter)) == letter


@pytest.mark.parametrize("answer", [Taken(), Kept(NOON), Declined(), Alive(("a",)), Failed()])
def test_an_answer_comes_back_as_it_was_written(answer: letters.Answer) -> None:
    assert letters.read_answer(letters.write(answer)) == answer


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b'{"v": 2, "kind": "Taken", "body": {}}',
        b'{"v": 1, "kind": "Unheard", "body": {}}',
        b'{"v": 1, "kind": "Said", "body": {"room": "visit"}}',
        b'{"v": 1, "kind": "Taken", "body": {}}',
    ],
)
def test_what_is_no_letter_is_not_read(text: bytes) -> None:
    with pytest.raises(Unreadable):
        letters.read_letter(text)


def test_presence_and_chat_of_a_room_keep_their_order_and_a_question_has_none() -> None:
    assert letters.lane(JOINED) == letters.lane(LEFT) == "presence visit"
    assert letters.lane(SAID) == "chat visit"
    assert letters.lane(ASKED) is None


def test_a_sealed_letter_opens_with_the_same_key_in_the_same_place_only() -> None:
    sealed = Seal(b"key").close(b"what was said", "letter|1")
    assert b"said" not in sealed
    assert Seal(b"key").open(sealed, "letter|1") == b"what was said"
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for key, text, place in (
        (b"other", sealed, "letter|1"),
        (b"key", sealed, "letter|2"),
        (b"key", changed, "letter|1"),
        (b"key", b"", "letter|1"),
    ):
        with pytest.raises(NotOurs):
            Seal(key).open(text, place)
