"""Of any number who book at once, one gets it: two servers on one database, two hundred people over HTTP."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlmodel import col, select

from server.directory import Patient
from server.identity import SignIn, start_session
from server.kit.ids import new_id
from server.scheduling import Appointment, AppointmentParticipant, local_moment
from server.scheduling.availability_rules import BookingLimits, Schedule, WeeklyRule
from server.visits.find_form import slot
from server.visits.tables import Encounter
from tests.cast import ZONE, World
from tests.e2e.served import Served
from tests.server.scheduling.schedules import works
from tests.server.visits.journey import rows

pytestmark = pytest.mark.anyio

CROWD = 200
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
WHO = ("frontdesk", "pcp", "psychiatrist", "caremanager")
STEP = 10


@dataclass
class Crowd:
    """Two hundred browsers, each of somebody who books for another patient, half of them on each server."""

    world: World
    at: datetime
    browsers: list[httpx2.AsyncClient]
    patients: list[UUID]

    async def race(self, crowd: int, wishes: Sequence[tuple[datetime, Sequence[str]]]) -> None:
        """Have so many press at once, the wishes going round: a moment and with whom.

        One gets it and books it; the others are told so in a friendly way, with other times.
        """
        wanted = islice(cycle(wishes), crowd)
        everybody = zip(cycle(self.browsers), self.patients, wanted, strict=False)
        answers = await asyncio.gather(*(self._press(browser, patient, *wish) for browser, patient, wish in everybody))
        assert Counter(answer.status_code for answer in answers) == {303: 1, 409: crowd - 1}
        lost = [answer.text for answer in answers if answer.status_code == 409]
        assert all("Somebody was quicker" in page and 'name="slot"' in page for page in lost)
        (won,) = (index for index, answer in enumerate(answers) if answer.status_code == 303)
        browser = self.browsers[won % len(self.browsers)]
        assert (await browser.post(answers[won].headers["location"], data={})).status_code == 201

    async def _press(
        self, browser: httpx2.AsyncClient, patient: UUID, at: datetime, names: Sequence[str]
    ) -> httpx2.Response:
        ids = [str(self.world.practitioners[name].id) for name in names]
        whom = dict(zip(("who", "who_1"), ids, strict=False))
        data = {"patient": str(patient), "slot": slot(at, map(UUID, ids)), "minutes": "30", "days": "7", **whom}
        return await browser.post("/visits/find", data=data)

    async def booked(self, name: str) -> int:
        """Count the appointments that take somebody's time; all of them are booked."""
        query = (
            select(Appointment.status)
            .join(AppointmentParticipant, col(AppointmentParticipant.appointment_id) == Appointment.id)
            .where(
                AppointmentParticipant.practitioner_id == self.world.practitioners[name].id,
                col(AppointmentParticipant.busy_from).is_not(None),
            )
        )
        async with self.world.deps.database.read() as session:
            found = (await session.exec(query)).all()
        assert set(found) == {"booked"}
        return len(found)


@pytest.fixture
async def crowd(world: World, database_url: str, tmp_path: Path) -> AsyncIterator[Crowd]:
    """Start two servers on the world's database, and have everybody signed in before them."""
    world.clock.now = datetime.now(UTC)
    for name in ("pcp", "psychiatrist"):
        await works(world, name, _always())
    at = local_moment(datetime.now(UTC).date() + 2 * DAY, time(10), ZONE)
    assert at is not None
    async with AsyncExitStack() as stack:
        servers = [
            Served(tmp_path, {"CURBSIDE_DEMO": "", "CURBSIDE_DATABASE_URL": _plain(database_url)}) for _ in range(2)
        ]
        for server in servers:
            stack.callback(server.stop)
        await asyncio.gather(*(asyncio.to_thread(server.start) for server in servers))
        browsers = [await _browser(stack, world, server.url, who) for who in WHO for server in servers]
        yield Crowd(world, at, browsers, await _patients(world))


@pytest.mark.parametrize("others", [30, pytest.param(200, marks=pytest.mark.long)])
async def test_of_two_hundred_who_want_the_same_time_one_gets_it(crowd: Crowd, others: int) -> None:
    """A slot, slots that overlap, and a joint visit whose people are named in either order; each on a day of its own.

    One test, for starting the servers takes longer than each race. With `--long` all three are of two hundred.
    """
    days = [crowd.at + n * DAY for n in range(3)]
    await crowd.race(CROWD, [(days[0], ["pcp"])])
    await crowd.race(others, [(days[1] + minutes * MINUTE, ["pcp"]) for minutes in (0, STEP, 2 * STEP)])
    both = [(days[2], ["pcp", "psychiatrist"]), (days[2] + STEP * MINUTE, ["psychiatrist", "pcp"])]
    await crowd.race(others, both)
    assert len(await rows(crowd.world, Encounter)) == 3
    assert await crowd.booked("pcp") == 3
    assert await crowd.booked("psychiatrist") == 1


def _always() -> Schedule:
    weekly = tuple(WeeklyRule(day, time(8), time(18), ZONE) for day in range(7))
    return Schedule(ZONE, weekly, limits=BookingLimits(step=STEP))


def _plain(address: str) -> str:
    """The address as an operator writes it."""
    return re.sub(r"\+\w+", "", address, count=1)


async def _browser(stack: AsyncExitStack, world: World, url: str, who: str) -> httpx2.AsyncClient:
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=0)  # none goes to a line just closed
    browser = httpx2.AsyncClient(base_url=url, headers={"Origin": url}, timeout=60, limits=limits)
    secret = await start_session(world.deps, world.accounts[who], SignIn("127.0.0.1", methods=("pwd",)))
    browser.cookies.set("curbside", secret.text)
    return await stack.enter_async_context(browser)


async def _patients(world: World) -> list[UUID]:
    values: dict[str, Any] = world.patient.model_dump(exclude={"id", "phone", "email", "record_number"})
    made = [Patient(**{**values, "id": new_id()}) for _ in range(CROWD)]
    async with world.deps.database.write() as session:
        session.add_all(made)
    return [one.id for one in made]
