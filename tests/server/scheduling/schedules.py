"""Schedules for tests."""

from datetime import time
from typing import Any

from server.scheduling.availability_rules import BookingLimits, Schedule, WeeklyRule
from server.scheduling.schedule_actions import keep_schedule
from tests.cast import ZONE, World

WEEKDAYS = range(5)


def nine_to_five(**changes: Any) -> Schedule:
    """Give weekdays from nine to five at the clinic."""
    weekly = tuple(WeeklyRule(day, time(9), time(17), ZONE) for day in WEEKDAYS)
    return Schedule(**{"zone": ZONE, "weekly": weekly, "limits": BookingLimits(step=20), **changes})


async def works(
    world: World, name: str, schedule: Schedule | None = None, version: int = 0, who: str = "admin"
) -> None:
    """Have somebody of the cast work, from nine to five unless a schedule is given."""
    person = world.practitioners[name]
    await keep_schedule(world.deps, world.actors[who], person.id, schedule or nine_to_five(), version)
