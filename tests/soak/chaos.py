"""Two nodes, fifty rooms, and somebody who pulls plugs: nothing that a person was told may be lost or doubled.

At random instants a node is killed and started again, all links to Redis are cut, Redis is killed and comes back empty,
or a node stands still for ten seconds. After each blow the time is taken until every room is back: until what each
person says after it has been heard by the other. The budget is 3 s from the recovery of the node or of the client that
was hurt; it is printed, and a test allows five times as much.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.served import Served
from tests.soak.people import Person, Room, Wrong, admit, book, desk
from tests.soak.site import NODES, Site

BUDGET_SECONDS = 3.0
PAUSE_SECONDS = 10.0
NOTICED_SECONDS = 5.0
"""So long may a client take to notice that nobody is at the other end."""

SLOW_SECONDS = 12.0
PATIENCE = 48.0
"""After the first of the two somebody is looked at more closely, after the second they are given up."""

EVERY_SECONDS = 5.0
"""So often something is said in each room, beside what is said to see who is back."""

AT_ONCE = 8
BLOWS = ("kill a node", "cut Redis", "restart Redis empty", "pause a node")


@dataclass
class Report:
    """What was seen."""

    seed: int
    rooms: int
    said: int = 0
    back: list[tuple[str, float]] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    returns: Counter[str] = field(default_factory=Counter)

    @property
    def slowest(self) -> float:
        """Seconds until the last room was back, after the worst blow."""
        return max((seconds for _, seconds in self.back), default=0.0)

    def __str__(self) -> str:
        """Give it as lines for a person."""
        lines = [f"chaos: seed {self.seed}, {self.rooms} rooms, {self.said} messages said, {len(self.back)} blows"]
        for blow in BLOWS:
            times = sorted(seconds for name, seconds in self.back if name == blow)
            if times:
                middle, worst = times[len(times) // 2], times[-1]
                lines.append(
                    f"  {blow}, {len(times)} times: all rooms back in {middle:.2f} s (median), {worst:.2f} s (worst)"
                )
        lines.append(f"  comings: {dict(self.returns)}; budget {BUDGET_SECONDS} s; worst {self.slowest:.2f} s")
        return "\n".join([*lines, *(f"  LATE: {late}" for late in self.late), *(f"  WRONG: {w}" for w in self.wrongs)])


@dataclass(frozen=True)
class Blow:
    """One thing done to the site: what, to which node if to one, and how many seconds after all was well."""

    kind: str
    node: int
    after: float


def plan(seed: int) -> Iterator[Blow]:
    """Give blows without end, the same ones for a seed: every kind once in each round, in any order."""
    chance = random.Random(seed)
    while True:
        for kind in chance.sample(BLOWS, len(BLOWS)):
            yield Blow(kind, chance.randrange(NODES), chance.uniform(0.2, 2.0))


class Chaos:
    """One run over a site that is up: `fill` it, then `run`, and `leave` in any case."""

    def __init__(self, site: Site, seed: int, rooms: int) -> None:
        self._site = site
        self._plan = plan(seed)
        self._chance = random.Random(seed)
        self._count = rooms
        self._rooms: list[Room] = []
        self._stays: list[asyncio.Task[None]] = []
        self._pending: list[asyncio.Task[object]] = []
        self.report = Report(seed, rooms)

    async def fill(self) -> None:
        """Bring two people into every room, and admit who waits."""
        gate, who = asyncio.Semaphore(AT_ONCE), await desk(self._site.url)

        async def one(number: int) -> None:
            async with gate:
                room = await book(self._site.url, number, who)
            self._rooms.append(room)
            self._stays += [asyncio.create_task(person.stay()) for person in room.people]
            await self._until(lambda: all(person.welcomed_at for person in room.people), PATIENCE)
            await admit(room)
            await self._until(lambda: all(person.admitted for person in room.people), PATIENCE)

        await asyncio.gather(*(one(number) for number in range(self._count)))

    async def run(self, seconds: float) -> Report:
        """Strike for so many seconds, each kind at least once; the report says what is wrong in the end."""
        async with asyncio.timeout(2 * seconds + 240):
            chatter = asyncio.create_task(self._chatter())
            await self._strike(seconds)
            chatter.cancel()
            await asyncio.gather(chatter, return_exceptions=True)
            await self._settle()
        return self.report

    async def leave(self) -> None:
        """Let everybody go."""
        for task in (*self._stays, *self._pending):
            task.cancel()
        await asyncio.gather(*self._stays, *self._pending, return_exceptions=True)
        await asyncio.gather(*(person.http.aclose() for person in self._people), return_exceptions=True)

    @property
    def _people(self) -> list[Person]:
        return [person for room in self._rooms for person in room.people]

    async def _chatter(self) -> None:
        """Everybody says something now and then."""
        while True:
            await self._chance.choice(self._people).say("and so on")
            self.report.said += 1
            await asyncio.sleep(EVERY_SECONDS / self._count)

    async def _strike(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        for number, blow in enumerate(self._plan):
            if number >= len(BLOWS) and time.monotonic() > until:
                return
            await asyncio.sleep(blow.after)
            recovered = await self._blow(blow)
            await self._all_back(blow)
            self.report.back.append((blow.kind, max(0.0, time.monotonic() - recovered)))
            await asyncio.gather(*self._pending)  # both nodes are up before the next one: there are only two

    async def _blow(self, blow: Blow) -> float:
        """Strike; gives the instant from which being back is counted. A node is started and woken on the way."""
        node = self._site.nodes[blow.node]
        match blow.kind:
            case "kill a node":
                await asyncio.to_thread(node.kill)
                struck = time.monotonic()
                self._later(asyncio.to_thread(node.start))
                return struck
            case "cut Redis":
                await asyncio.to_thread(self._site.cut_redis)
            case "restart Redis empty":
                await asyncio.to_thread(self._site.restart_redis)
            case _:
                node.pause()
                self._later(self._wake(node))
                return time.monotonic() + NOTICED_SECONDS
        return time.monotonic()

    async def _wake(self, node: Served) -> None:
        await asyncio.sleep(PAUSE_SECONDS)
        node.go_on()

    def _later(self, work: Coroutine[Any, Any, object]) -> None:
        self._pending.append(asyncio.create_task(work))

    async def _all_back(self, blow: Blow) -> None:
        """Have everybody say something and wait until the other has heard it; then let what is under way be done."""
        probes = [
            (person, other, await person.say("back?")) for a, b in self._pairs for person, other in ((a, b), (b, a))
        ]
        self.report.said += len(probes)
        for patience in (SLOW_SECONDS, PATIENCE):
            with suppress(TimeoutError):
                return await self._until(lambda: all(self._is_known(*probe) for probe in probes), patience)
            late = [f"{person} to {other}" for person, other, ref in probes if not self._is_known(person, other, ref)]
            self.report.late.append(f"{blow}, {len(late)} messages not heard yet: {'; '.join(late[:4])}")
        raise Wrong(self.report.late[-1])

    @property
    def _pairs(self) -> list[tuple[Person, Person]]:
        return [room.people for room in self._rooms]

    def _is_known(self, person: Person, other: Person, ref: str) -> bool:
        return ref in person.acknowledged and (person.self_id, ref) in other.known

    async def _until(self, is_so: Callable[[], bool], seconds: float) -> None:
        """Wait until something is so; whoever fell over meanwhile is told of at once."""
        async with asyncio.timeout(seconds):
            while not is_so():
                for stay in self._stays:
                    if stay.done():
                        stay.result()
                await asyncio.sleep(0.02)

    async def _settle(self) -> None:
        """Compare what everybody was told with what is there in the end."""
        await asyncio.gather(*self._pending)
        await self._until(lambda: not any(person.unsaid for person in self._people), 30)
        for room in self._rooms:
            for person, other in (room.people, room.people[::-1]):
                live = set(person.known)
                await person.recall()
                kept = {ref for sender, ref in person.known if sender == person.self_id}
                self._expect(person.acknowledged <= kept, f"{len(person.acknowledged - kept)} acknowledged, not kept")
                missed = {(sender, ref) for sender, ref in person.known if sender == other.self_id} - live
                self._expect(not missed, f"{len(missed)} messages never reached the other person")
                doubled = [line for line, times in person.heard.items() if times > 1]
                self._expect(not doubled, f"{len(doubled)} messages were heard twice")
                self.report.returns += person.returns

    def _expect(self, is_so: bool, otherwise: str) -> None:
        if not is_so:
            self.report.wrongs.append(otherwise)
