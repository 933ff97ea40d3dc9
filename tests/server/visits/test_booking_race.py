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
DAY = timedelta(days=1)
WHO = ("frontdesk", "pcp", "psychiatrist", "caremanager")
STEP = 10


@dataclass
class Crowd:
    """Two hundred browsers, each of somebody who books for another patient, half of them on each server."""

    world: World
    at: datetime
    browsers: list[httpx2.AsyncClient]
    patients: list[UUID]

    async def press(self, wishes: Sequence[tuple[datetime, Sequence[str]]]) -> list[httpx2.Response]:
        """Have everybody press at once: the wishes go round, a moment and with whom."""
        wanted = islice(cycle(wishes), CROWD)
        return await asyncio.gather(
            *(
                self._press(browser, patient, *wish)
                for browser, patient, wish in zip(cycle(self.browsers), self.patients, wanted, strict=False)
            )
        )

    async def _press(
        self, browser: httpx2.AsyncClient, patient: UUID, at: datetime, names: Sequence[str]
    ) -> httpx2.Response:
        ids = [str(self.world.practitioners[name].id) for name in names]
        whom = dict(zip(("who", "who_1"), ids, strict=False))
        data = {"patient": str(patient), "slot": slot(at, map(UUID, ids)), "minutes": "30", "days": "7", **whom}
        return await browser.post("/visits/find", data=data)

    async def booked(self, answers: Sequence[httpx2.Response], *names: str) -> None:
        """Assert that one of them got it, that the others read so, and that the one can book it with its visit."""
        assert Counter(answer.status_code for answer in answers) == {303: 1, 409: CROWD - 1}
        assert all("Somebody was quicker" in answer.text for answer in answers if answer.status_code == 409)
        assert all(
            "Okafor" in answer.text or "Brandt" in answer.text for answer in answers if answer.status_code == 409
        )
        (won,) = (answer for answer in answers if answer.status_code == 303)
        browser = self.browsers[answers.index(won) % len(self.browsers)]
        done = await browser.post(won.headers["location"], data={})
        assert done.status_code == 201
        for name in names:
            assert await self._taken(name) == ["booked"]

    async def _taken(self, name: str) -> list[str]:
        query = (
            select(Appointment.status)
            .join(AppointmentParticipant, col(AppointmentParticipant.appointment_id) == Appointment.id)
            .where(
                AppointmentParticipant.practitioner_id == self.world.practitioners[name].id,
                col(AppointmentParticipant.busy_from).is_not(None),
            )
        )
        async with self.world.deps.database.read() as session:
            return list((await session.exec(query)).all())


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
            await asyncio.to_thread(server.start)
        browsers = [await _browser(stack, world, server.url, who) for who in WHO for server in servers]
        yield Crowd(world, at, browsers, await _patients(world))


async def test_one_of_two_hundred_gets_a_slot(crowd: Crowd) -> None:
    await crowd.booked(await crowd.press([(crowd.at, ["pcp"])]), "pcp")
    assert len(await rows(crowd.world, Encounter)) == 1


async def test_one_of_two_hundred_gets_one_of_slots_that_overlap(crowd: Crowd) -> None:
    overlapping = [(crowd.at + timedelta(minutes=minutes), ["pcp"]) for minutes in (0, STEP, 2 * STEP)]
    await crowd.booked(await crowd.press(overlapping), "pcp")


async def test_one_of_two_hundred_gets_a_joint_visit_in_whatever_order_people_were_named(crowd: Crowd) -> None:
    both = [(crowd.at, ["pcp", "psychiatrist"]), (crowd.at + timedelta(minutes=STEP), ["psychiatrist", "pcp"])]
    await crowd.booked(await crowd.press(both), "pcp", "psychiatrist")


def _always() -> Schedule:
    weekly = tuple(WeeklyRule(day, time(8), time(18), ZONE) for day in range(7))
    return Schedule(ZONE, weekly, limits=BookingLimits(step=STEP))


def _plain(address: str) -> str:
    """The address as an operator writes it."""
    return re.sub(r"\+\w+", "", address, count=1)


async def _browser(stack: AsyncExitStack, world: World, url: str, who: str) -> httpx2.AsyncClient:
    limits = httpx2.Limits(max_connections=None)
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
