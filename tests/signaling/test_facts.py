"""The table of facts: each is told by its own name, and keeps its order with its own."""

from __future__ import annotations

from typing import get_args

import pytest

from signaling import facts
from signaling.ports import Happened, Joined, Left, Measured, Offline, Online, Said
from tests.playbook import NOON
from tests.signaling.stage import Application, StageTime

pytestmark = pytest.mark.anyio

JOINED = Joined("visit", "patient", "admitted", "hub-1", NOON)
LEFT = Left("visit", "patient", "hub-1", NOON)
ONLINE = Online("pcp", "hub", NOON)
OFFLINE = Offline("pcp", "hub", NOON)
HAPPENED = Happened("visit", "patient", "lost", NOON)
MEASURED = Measured("visit", "patient", (), (), NOON)
SAID = Said("visit", "patient", "m1", "hello", NOON)


def test_the_table_knows_every_fact_there_is() -> None:
    assert set(facts._KINDS) == set(get_args(facts.Fact))


async def test_each_fact_is_told_as_what_it_is() -> None:
    application = Application(StageTime())
    for fact in (JOINED, LEFT, ONLINE, OFFLINE, HAPPENED, MEASURED):
        assert await facts.tell(application, fact) is None
    assert await facts.tell(application, SAID) == NOON
    assert application.facts == [JOINED, LEFT]
    assert application.pages == [ONLINE, OFFLINE]
    assert application.story == [HAPPENED, MEASURED]
    assert list(application.rows) == [("patient", "m1")]


@pytest.mark.parametrize(
    ("fact", "lane", "whom", "begins"),
    [
        (JOINED, "presence visit", "patient", True),
        (LEFT, "presence visit", "patient", False),
        (ONLINE, "account pcp", "hub", True),
        (OFFLINE, "account pcp", "hub", False),
        (SAID, "chat visit", None, False),
        (HAPPENED, "observed", None, False),
        (MEASURED, "observed", None, False),
    ],
)
def test_what_is_acknowledged_or_told_once_gives_way_to_nothing(
    fact: facts.Fact, lane: str, whom: str | None, begins: bool
) -> None:
    assert (facts.lane(fact), facts.whom(fact), facts.begins(fact)) == (lane, whom, begins)
