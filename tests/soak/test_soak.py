"""A short form of what `make soak` does for long: people come and go at a real server. Fuzzing: test_asgi.py."""

from tests.soak import soak_joins, soak_post

SEED = 20261125


def test_people_come_and_go_and_the_server_neither_grows_nor_complains() -> None:
    said: list[str] = []
    assert soak_joins.soak(SEED, said.append, (40, 80)) == []
    assert said[0].startswith("40 joined and left")


def test_senders_are_killed_and_no_message_is_lost_or_doubled_without_a_reason() -> None:
    said: list[str] = []
    assert soak_post.soak(SEED, said.append, 8, both=False) == []
    assert said[0] == "sqlite: 8 kills, 40 mails and 40 texts queued and sent"
