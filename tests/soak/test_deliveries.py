"""What the killing of senders would report: each thing that should not have happened, and nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from tests.soak.deliveries import Kill, Record, wrongs

KILL = Kill(2.0, frozenset({"m1", "t1"}))
FINE = Record(
    {"m1": "sent", "m2": "sent"},
    {"t1": "sent"},
    [KILL],
    [(1.0, "m1", b"hello"), (3.0, "m1", b"hello"), (4.0, "m2", b"hello")],
    [(1.0, "t1", b"hi"), (3.0, "t1", b"hi")],
    ["t1"],
    {"v1": (1, 1)},
)


def test_copies_that_a_kill_explains_are_not_wrong() -> None:
    assert wrongs(FINE) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mails_taken": FINE.mails_taken[:2]}, "m2 is lost"),
        ({"texts_sent": []}, "t1 is lost"),
        ({"texts_sent": ["t1", "t1"]}, "sent a text twice"),
        ({"texts_sent": ["t1", "t2"]}, "never queued"),
        ({"mails": {"m1": "sent", "m2": "failed"}}, "ended failed"),
        ({"texts": {"t1": "queued"}}, "ended queued"),
        ({"kills": []}, "no kill fell between"),
        ({"kills": [replace(KILL, open=frozenset({"t1"}))]}, "m1 came twice"),
        ({"kills": [replace(KILL, at=0.5)]}, "no kill fell between"),
        ({"kills": [replace(KILL, at=3.5)]}, "no kill fell between"),
        ({"reminders": {"v1": (0, 0)}}, "reminded of (0, 0) times"),
        ({"reminders": {"v1": (2, 1)}}, "reminded of (2, 1) times"),
        ({"texts_asked": [(1.0, "t1", b"hi"), (3.0, "t1", b"ho")]}, "not the same"),
    ],
)
def test_everything_else_is(change: dict[str, Any], words: str) -> None:
    assert any(words in wrong for wrong in wrongs(replace(FINE, **change)))
