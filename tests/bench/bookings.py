"""How many bookings a second one process makes, durably, on both databases: held, confirmed, with visit and link."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

from server.db import Database
from server.migrations import upgrade
from server.scheduling import Sought
from server.scheduling.availability_rules import BookingLimits, Schedule, WeeklyRule
from server.visits.find_actions import Wish, confirm_hold, hold_time
from server.web import set_up_logging
from tests import postgres
from tests.bench.report import Row, quantile
from tests.cast import TEN, ZONE, World, opened_world
from tests.server.scheduling.schedules import works

# One person books after another for a patient: what is held for a patient is given back when another time is pressed.
WHO, EACH = ("frontdesk", "pcp", "psychiatrist", "caremanager"), 40
MINUTES = timedelta(minutes=1)


def measure() -> list[Row]:
    """Measure on SQLite, then on PostgreSQL, both as durable as when they are used."""
    set_up_logging("error")
    rows = []
    for name, addresses in (("SQLite", _sqlite), ("PostgreSQL", _postgres)):
        with tempfile.TemporaryDirectory(prefix="curbside-bench-") as folder, addresses(Path(folder)) as address:
            rows += asyncio.run(_measured(name, address, Path(folder)))
    return rows


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    yield f"sqlite+aiosqlite:///{folder / 'curbside.db'}"


@contextmanager
def _postgres(_: Path) -> Iterator[str]:
    with postgres.running(durable=True) as server, server.database() as name:
        yield server.address(name)


async def _measured(name: str, address: str, folder: Path) -> list[Row]:
    database = Database.open(address)
    await upgrade(database)
    async with opened_world(database, folder) as world:
        every_day = tuple(WeeklyRule(day, clock_time(), clock_time(), ZONE) for day in range(7))
        await works(world, "pcp", Schedule(ZONE, every_day, limits=BookingLimits(step=10)))
        began, spent = time.perf_counter(), []
        for some in await asyncio.gather(*(_books(world, person) for person in range(len(WHO)))):
            spent += some
        seconds = time.perf_counter() - began
    await database.close()
    return [
        Row(f"bookings per second, {name}, {len(WHO)} at once", round(len(spent) / seconds, 1), "1/s", better="higher"),
        Row(f"booking, {name}, p50", round(quantile(spent, 0.5)), "ms"),
        Row(f"booking, {name}, p99", round(quantile(spent, 0.99)), "ms"),
    ]


async def _books(world: World, person: int) -> list[float]:
    """Book one time after another of the same practitioner, as each of those at once does; ms of each."""
    spent, who = [], world.actors[WHO[person]]
    for number in range(EACH):
        starts_at = TEN + timedelta(days=1) + (person * EACH + number) * 10 * MINUTES
        began = time.perf_counter()
        row = await hold_time(world.deps, world.live, who, _wish(world, starts_at))
        await confirm_hold(world.deps, world.live, who, row.id, "", send=False)
        spent.append((time.perf_counter() - began) * 1000)
    return spent


def _wish(world: World, starts_at: datetime) -> Wish:
    sought = Sought(starts_at, starts_at + MINUTES, ZONE, 10)
    return Wish(world.patient.id, starts_at, {world.practitioners["pcp"].id: sought})
