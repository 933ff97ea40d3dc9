"""A short form of what `make soak` does for long: people come and go at a real server. Fuzzing: test_asgi.py."""

import pytest

from tests.soak import soak_joins, soak_post, soak_rings
from tests.soak.rings import Scale

SEED = 20261125


def test_people_come_and_go_and_the_server_neither_grows_nor_complains() -> None:
    said: list[str] = []
    assert soak_joins.soak(SEED, said.append, (40, 80)) == []
    assert said[0].startswith("40 joined and left")


def test_senders_are_killed_and_no_message_is_lost_or_doubled_without_a_reason() -> None:
    said: list[str] = []
    assert soak_post.soak(SEED, said.append, 8, both=False) == []
    assert said[0] == "sqlite: 8 kills, 40 mails and 40 texts queued and sent"


@pytest.mark.timeout(240)
def test_consults_ring_while_their_node_is_killed_and_each_has_one_winner_and_none_is_lost() -> None:
    said: list[str] = []
    assert soak_rings.on_one_node(SEED, said.append, Scale(cases=20, left=5, people=10, seconds=10, steps=2)) == []
    assert "15 won, 135 came too late" in said[0]
