"""Consults that ring, people who accept at once, and somebody who kills the nodes: one winner each, and none is lost.

Some cases are taken: everybody accepts at the same moment, on either node, and asks again until there is an answer.
The others are left alone, and go through all steps of their path to a written one. Meanwhile the rows are watched: how
long after a step was due the next one was committed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx2
from sqlmodel import col, func, select

from server.consults import Consult, ConsultEvent, ConsultRing
from server.kit import utc_now
from server.kit.ids import new_id
from tests.bench.report import quantile
from tests.load.specialists import Offered, Person, Staff, hired

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.e2e.served import Served

BUDGET_SECONDS = 3.0
"""From the moment at which a step is due, or its only node is back, until the next one is durable."""

LOOK_SECONDS = 0.05
AGAIN_SECONDS = 0.2
PRESS_AGAIN_SECONDS = 1.0
"""So soon somebody presses again who was told nothing: sooner, they would keep the nodes from coming back."""

HTTP_SECONDS = 60.0
STORMS = 3
"""So many cases are accepted by everybody at the same time."""

ASKERS = 4


@dataclass(frozen=True)
class Scale:
    """How much of it: cases, how many of them nobody takes, who accepts, seconds of a step, and steps."""

    cases: int
    left: int
    people: int
    seconds: int
    steps: int
    dead: tuple[float, float] = (0.5, 2.5)
    alive: tuple[float, float] = (1.0, 6.0)

    @property
    def rings(self) -> int:
        """How many rings a case has that nobody takes: everybody at first, then one person after the other."""
        return self.people + self.steps - 1

    def offered(self) -> tuple[Offered, Offered]:
        """Give the services: of cases that are taken, which ring long enough, and of those that nobody takes."""
        ladder = [("person", number % self.people, self.seconds) for number in range(1, self.steps)]
        path = (("everyone_covering", 0, self.seconds), *ladder)
        return Offered("Taken", path, restarts=3), Offered("Left", path)


@dataclass
class Report:
    """What was seen: kills, who was told that they won, and the seconds by which each step was late.

    `over_death` are those steps for which a node was dead while they were due.
    """

    kills: int = 0
    unanswered: int = 0
    asked_at_once: int = 0
    won: dict[UUID, set[UUID]] = field(default_factory=dict)
    lost: Counter[UUID] = field(default_factory=Counter)
    late: list[float] = field(default_factory=list)
    over_death: list[float] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Give it for a person."""
        answers = f"{sum(map(len, self.won.values()))} won, {sum(self.lost.values())} came too late"
        return [
            f"{self.asked_at_once} cases rang at once; {self.kills} kills; {answers}, {self.unanswered} asked again",
            _spread("due → next step committed, all", self.late),
            _spread("due → next step committed, a node being dead", self.over_death),
        ]


class Rings:
    """One run over nodes that are up."""

    def __init__(self, nodes: Sequence[Served], staff: Staff, seed: int, scale: Scale) -> None:
        self.report = Report()
        self._nodes, self._staff, self._scale, self._chance = nodes, staff, scale, Random(seed)
        self._http = httpx2.AsyncClient(timeout=HTTP_SECONDS, limits=httpx2.Limits(max_keepalive_connections=0))
        cases = [new_id() for _ in range(scale.cases)]
        self._left, self._taken = cases[: scale.left], cases[scale.left :]
        self._due: dict[UUID, datetime] = {}
        self._dead_since: datetime | None = None
        self._deaths: list[tuple[datetime, datetime]] = []

    async def run(self) -> Report:
        """Ask all, accept and kill until every case is where it belongs, and say what is wrong."""
        await self._ask_all()
        killer, watcher = asyncio.create_task(self._kill()), asyncio.create_task(self._watch())
        try:
            await asyncio.gather(self._take_all(), self._all_settled())
        finally:
            await _ended(killer, watcher)
            await self._http.aclose()
        await self._compare()
        return self.report

    async def _ask_all(self) -> None:
        gate = asyncio.Semaphore(ASKERS)

        async def one(service: UUID, case: UUID) -> None:
            async with gate:
                answer = await self._staff.ask(self._http, self._chance.choice(self._nodes).url, service, case)
            assert answer.status_code == 303, answer.status_code

        taken, left = self._staff.services
        await asyncio.gather(*(one(taken, case) for case in self._taken))
        await asyncio.gather(*(one(left, case) for case in self._left))
        query = select(func.count()).where(col(Consult.status) == "ringing")
        async with self._staff.database.read() as session:
            self.report.asked_at_once = (await session.exec(query)).one()

    async def _take_all(self) -> None:
        gate = asyncio.Semaphore(STORMS)

        async def one(case: UUID) -> None:
            async with gate:
                await asyncio.gather(*(self._accept(person, case) for person in self._staff.people))

        await asyncio.gather(*(one(case) for case in self._chance.sample(self._taken, len(self._taken))))

    async def _accept(self, person: Person, case: UUID) -> None:
        headers = self._staff.headers(person)
        while True:
            url = f"{self._chance.choice(self._nodes).url}/consults/{case}/accept"
            try:
                answer = await self._http.post(url, headers=headers)
            except httpx2.TransportError:  # killed over it, or not there: nobody was told anything
                self.report.unanswered += 1
                await asyncio.sleep(PRESS_AGAIN_SECONDS)
                continue
            return self._answered(person, case, answer)

    def _answered(self, person: Person, case: UUID, answer: httpx2.Response) -> None:
        if answer.status_code == 200 and answer.json()["ticket"]:
            self.report.won.setdefault(case, set()).add(person.account)
        elif answer.status_code == 409 and answer.json()["by"]:
            self.report.lost[case] += 1
        else:
            self.report.wrongs.append(f"accepting was answered by {answer.status_code}")

    async def _kill(self) -> None:
        """Kill a node now and then, and start it again; never two at a time."""
        while True:
            await asyncio.sleep(self._chance.uniform(*self._scale.alive))
            node = self._chance.choice(self._nodes)
            self._dead_since = utc_now()
            await asyncio.to_thread(node.kill)
            self.report.kills += 1
            await asyncio.shield(asyncio.create_task(self._start(node, self._chance.uniform(*self._scale.dead))))

    async def _start(self, node: Served, after: float) -> None:
        await asyncio.sleep(after)
        await asyncio.to_thread(node.start)
        assert self._dead_since is not None
        self._deaths.append((self._dead_since, utc_now()))
        self._dead_since = None

    async def _watch(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        """Compare when each case is due with what it was at the last look: a step that was due has been taken."""
        query = select(Consult.id, Consult.status, Consult.due_at)
        async with self._staff.database.read() as session:
            rows = (await session.exec(query)).all()
        now = utc_now()
        for case, status, due in rows:
            before = self._due.pop(case, None)
            if before is not None and before < now and due != before and status != "accepted":
                self._count(before, now)
            if due is not None:
                self._due[case] = due

    def _count(self, due: datetime, now: datetime) -> None:
        dead = [(since, until) for since, until in self._deaths if since <= now and until >= due]
        if self._dead_since is not None:
            dead.append((self._dead_since, now))
        back = max((until for _, until in dead), default=due) if len(self._nodes) == 1 else due
        late = max(timedelta(), now - max(due, back)).total_seconds()
        self.report.late.append(late)
        if dead:
            self.report.over_death.append(late)

    async def _all_settled(self) -> None:
        query = select(func.count()).where(col(Consult.status) == "ringing")
        steps = self._scale.seconds * self._scale.steps
        async with asyncio.timeout(8 * steps + 600):
            while True:
                async with self._staff.database.read() as session:
                    if not (await session.exec(query)).one():
                        return
                await asyncio.sleep(AGAIN_SECONDS)

    async def _compare(self) -> None:
        """Hold the answers against the rows."""
        async with self._staff.database.read() as session:
            cases = {row.id: row for row in (await session.exec(select(Consult))).all()}
            rings = (await session.exec(select(ConsultRing))).all()
            events = Counter((await session.exec(select(ConsultEvent.consult_id, ConsultEvent.kind))).all())
        for case in self._taken:
            self._compare_taken(cases.get(case), case, events)
        of_case = Counter(ring.consult_id for ring in rings)
        for case in self._left:
            row = cases.get(case)
            self._expect(row is not None and row.status == "written", f"{case} is lost: {row and row.status}")
            self._expect(of_case[case] == self._scale.rings, f"{of_case[case]} rings, not {self._scale.rings}")
            self._expect(events[case, "written"] == 1, "made a written one twice")
        self._expect(all(ring.ended_at for ring in rings), "a ring goes on after its case")
        slow = [late for late in self.report.late if late > 5 * BUDGET_SECONDS]
        self._expect(not slow, f"{len(slow)} steps were taken more than {5 * BUDGET_SECONDS:.0f} s late")
        self.report.wrongs += [f"{node.port}: {line[:300]}" for node in self._nodes for line in _failures(node)]

    def _compare_taken(self, row: Consult | None, case: UUID, events: Counter[Any]) -> None:
        won = self.report.won.get(case, set())
        self._expect(row is not None and row.status == "accepted", f"{case} is lost: {row and row.status}")
        self._expect(row is not None and {row.accepted_by} == won, f"{case}: {len(won)} were told that they won")
        self._expect(events[case, "accepted"] == 1, f"accepted {events[case, 'accepted']} times")
        self._expect(self.report.lost[case] == self._scale.people - 1, f"{self.report.lost[case]} came too late")

    def _expect(self, is_so: bool, otherwise: str) -> None:
        if not is_so:
            self.report.wrongs.append(otherwise)


@asynccontextmanager
async def ready(nodes: Sequence[Served], address: str, seed: int, scale: Scale) -> AsyncIterator[Rings]:
    """Hire who is rung, on nodes that are up."""
    staff = await hired(nodes, scale.people, address, *scale.offered())
    try:
        yield Rings(nodes, staff, seed, scale)
    finally:
        await staff.database.close()


async def _ended(*tasks: asyncio.Task[None]) -> None:
    """End what goes on without an end. What it fell over, if it did, is raised."""
    for task in tasks:
        if not task.done():
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _failures(node: Served) -> list[str]:
    return [line for line in node.log.read_text().splitlines() if "job failed" in line or "Traceback" in line]


def _spread(what: str, seconds: Sequence[float]) -> str:
    if not seconds:
        return f"{what}: none"
    p50, p99 = quantile(seconds, 0.5), quantile(seconds, 0.99)
    return f"{what}: {len(seconds)} steps, p50 {p50:.2f} s, p99 {p99:.2f} s, worst {max(seconds):.2f} s"
