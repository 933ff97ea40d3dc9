"""Patients who plan by themselves, for tests: a kind of visit, a browser that came by a link, a choice of a time."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2

from server.access import Actor
from server.scheduling import BookingLimits, VisitType
from server.scheduling.availability_rules import Schedule
from server.visits.plan_actions import Choice
from tests.cast import TEN, World
from tests.server.scheduling.finding import offered
from tests.server.scheduling.schedules import nine_to_five, works
from tests.server.visits import journey

# The Monday after the cast's Tuesday, at the clinic's nine and ten o'clock.
NINE = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
TEN_O_CLOCK = NINE + timedelta(hours=1)


async def follow_up(world: World, schedule: Schedule | None = None, **changes: Any) -> VisitType:
    """Have the pcp work from nine to five, and offer a kind of visit of theirs that patients book alone."""
    limits = BookingLimits(step=20, notice=60, horizon=60, after=10)
    await works(world, "pcp", schedule or nine_to_five(limits=limits))
    return await offered(
        world, "pcp", **{"name": "Check-up", "self_bookable": True, "instructions": "Have water at hand.", **changes}
    )


def choice(world: World, kind: VisitType, starts_at: datetime = NINE, **changes: Any) -> Choice:
    """Choose a time of the pcp's."""
    values = {"visit_type_id": kind.id, "practitioner_id": world.practitioners["pcp"].id, "state": "MT", **changes}
    return Choice(starts_at=starts_at, **values)


async def by_link(world: World, **changes: Any) -> tuple[UUID, Actor]:
    """Set up a visit with the pcp in a week; gives its id and the patient on its link."""
    visit_id, token = await world.visit(**{"starts_at": TEN + timedelta(days=7), **changes})
    return visit_id, await journey.patient_of(world, token)


async def planner(world: World, token: str, **headers: str) -> httpx2.AsyncClient:
    """A browser that has answered a link's question to change visits."""
    browser = world.browser(**headers)
    answer = await browser.post(f"/v/{token}/plan", data=journey.BORN)
    assert answer.headers.get("location") == "/plan", answer.text
    return browser


def times(page: str) -> list[str]:
    """The values of a page's times."""
    return re.findall(r'name="at" value="([^"]+)"', page)


def at(world: World, moment: datetime, name: str = "pcp") -> str:
    """A time as its button posts it."""
    return f"{moment.isoformat()}|{world.practitioners[name].id}"
