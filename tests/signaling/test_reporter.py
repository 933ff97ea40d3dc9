"""What reaches the application of who comes and goes, while it is slower than they are."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from signaling.effects import CommitChat
from signaling.outage import Outage
from signaling.ports import Joined, Left, Offline, Online, Said
from signaling.reporter import Outcome, Reporter
from tests.playbook import NOON
from tests.signaling.stage import Application, StageTime, settle

pytestmark = pytest.mark.anyio

FLOOD = 1_000


class Rows(Application):
    """An application that takes its time, and whose rows are those of `server.calls`: one connection per seat."""

    def __init__(self, time: StageTime) -> None:
        super().__init__(time)
        self.turns = asyncio.Semaphore(0)
        self.seats: dict[str, str | None] = {}
        self.online_at: set[tuple[str, str]] = set()

    async def joined(self, fact: Joined) -> None:
        await self.turns.acquire()
        await super().joined(fact)
        self.seats[fact.participant] = fact.connection

    async def left(self, fact: Left) -> None:
        await self.turns.acquire()
        await super().left(fact)
        if self.seats.get(fact.participant) == fact.connection:
            self.seats[fact.participant] = None

    async def online(self, fact: Online) -> None:
        await self.turns.acquire()
        await super().online(fact)
        self.online_at.add((fact.account, fact.node))

    async def offline(self, fact: Offline) -> None:
        await self.turns.acquire()
        await super().offline(fact)
        self.online_at.discard((fact.account, fact.node))


@dataclass
class Desk:
    """A reporter before such an application."""

    rows: Rows
    reporter: Reporter
    refused: Counter[str]
    answers: list[Outcome]

    def reports(self, fact: Joined | Left) -> None:
        """Somebody came or went."""
        self.reporter.report(fact, lambda: self.refused.update([fact.participant]))

    async def takes(self, many: int = 1) -> None:
        """The application gets something done."""
        for _ in range(many):
            self.rows.turns.release()
        await settle()

    async def takes_all(self) -> None:
        """The application gets everything done."""
        while self.reporter._lanes._waiting:
            await self.takes()


def desk() -> Desk:
    time = StageTime()
    answers: list[Outcome] = []

    async def answer(_: str, outcome: Outcome) -> None:
        answers.append(outcome)

    rows = Rows(time)
    return Desk(rows, Reporter(rows, time, time, answer, Outage()), Counter(), answers)


def joined(who: str, line: int) -> Joined:
    return Joined("visit", who, "admitted", f"{who}-{line}", NOON)


def left(who: str, line: int) -> Left:
    return Left("visit", who, f"{who}-{line}", NOON)


async def test_of_a_flood_of_comings_the_last_is_told_and_nobody_else_has_to_wait_for_it() -> None:
    here = desk()
    with capture_logs() as logs:
        here.reports(joined("pcp", 0))
        for number in range(FLOOD):
            here.reports(joined("patient", number))
            here.reports(left("patient", number))
        here.reports(joined("psychiatrist", 0))
        here.reports(joined("patient", FLOOD))
        await here.takes_all()
    assert here.rows.facts == [joined("pcp", 0), joined("psychiatrist", 0), joined("patient", FLOOD)]
    assert (logs, +here.refused) == ([], Counter())


async def test_who_goes_is_told_after_the_coming_that_it_ends() -> None:
    here = desk()
    for number in range(3):
        here.reports(joined("patient", number))
        await settle()
    here.reports(left("patient", 2))
    await here.takes_all()
    assert here.rows.facts == [joined("patient", 0), joined("patient", 2), left("patient", 2)]
    assert here.rows.seats == {"patient": None}


async def test_of_one_person_s_pages_the_last_word_is_told() -> None:
    here = desk()
    for _ in range(FLOOD):
        here.reporter.tell(Online("pcp", "hub", NOON))
        here.reporter.tell(Offline("pcp", "hub", NOON))
    await here.takes_all()
    assert len(here.rows.pages) == 3
    assert here.rows.online_at == set()


async def test_every_word_of_the_chat_is_committed_in_order_beside_a_flood() -> None:
    here = desk()
    for number in range(100):
        here.reports(joined("patient", number))
        said = Said("visit", "patient", f"m{number}", "hello", NOON)
        here.reporter.commit(CommitChat("patient-0", said, "M. Alvarez"), lambda: pytest.fail("no room"))
    async with asyncio.timeout(5):
        while len(here.answers) < 100:
            await settle()
    await here.takes_all()
    assert list(here.rows.rows) == [("patient", f"m{number}") for number in range(100)]


async def test_what_is_said_again_while_it_waits_is_committed_once_and_afterwards_again() -> None:
    here, said = desk(), CommitChat("patient-0", Said("visit", "patient", "m0", "hello", NOON), "M. Alvarez")
    here.rows.open.clear()
    for _ in range(5):
        here.reporter.commit(said, lambda: pytest.fail("no room"))
        await settle()
    here.rows.open.set()
    await settle()
    assert (here.rows.commits, len(here.answers)) == (1, 1)
    here.reporter.commit(said, lambda: pytest.fail("no room"))
    await settle()
    assert (here.rows.commits, len(here.answers)) == (2, 2)


COMES = st.tuples(st.sampled_from(["patient", "pcp", "psychiatrist"]), st.booleans())
HISTORY = st.lists(st.one_of(COMES, COMES, st.none()), max_size=60)


@settings(max_examples=100, deadline=None)
@given(history=HISTORY)
async def test_the_rows_end_as_if_everything_had_been_told(history: list[tuple[str, bool] | None]) -> None:
    here, plain = desk(), desk()
    plain.rows.turns = asyncio.Semaphore(len(history))
    lines: Counter[str] = Counter()
    for turn in history:  # None: the application gets one thing done
        if turn is None:
            await here.takes()
            continue
        who, goes = turn[0], turn[1] and plain.rows.seats.get(turn[0]) is not None  # who is not there cannot go
        lines[who] += not goes
        fact = (left if goes else joined)(who, lines[who])
        here.reports(fact)
        await (plain.rows.left(fact) if isinstance(fact, Left) else plain.rows.joined(fact))
        assert len(here.reporter._lanes._waiting["presence visit"]) <= 1 + 2 * len(lines)
    await here.takes_all()
    assert here.rows.seats == plain.rows.seats
    assert not here.refused
