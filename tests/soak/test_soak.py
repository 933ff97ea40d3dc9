"""A short form of what `make soak` does for long: people come and go at a real server. Fuzzing: test_asgi.py."""

from tests.soak import soak_joins

SEED = 20261125


def test_people_come_and_go_and_the_server_neither_grows_nor_complains() -> None:
    said: list[str] = []
    assert soak_joins.soak(SEED, said.append, (40, 80)) == []
    assert said[0].startswith("40 joined and left")
