"""Calendars of elsewhere for tests."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import select

from server.kit.ids import new_id
from server.scheduling.feed_actions import add_feed
from server.scheduling.tables import CalendarBusy, CalendarFeed
from server.settings import Settings
from server.web import Deps
from tests.cast import World

HERE = Settings(outbound_allow=("127.0.0.1",))


def reaching(world: World) -> Deps:
    """Give the application's dependencies with loopback allowed."""
    return replace(world.deps, settings=HERE)


async def added(world: World, address: str = "https://calendar.test/a.ics", name: str = "pcp") -> CalendarFeed:
    """Add another calendar of somebody of the cast, by themselves."""
    return await add_feed(world.deps, world.actors[name], world.practitioners[name], address)


async def busy_row(world: World, start: datetime, end: datetime, name: str = "pcp") -> CalendarFeed:
    """Have somebody be busy elsewhere."""
    feed = await added(world, name=name)
    at: dict[str, Any] = {"organization_id": feed.organization_id, "practitioner_id": feed.practitioner_id}
    async with world.deps.database.write() as session:
        session.add(CalendarBusy(id=new_id(), feed_id=feed.id, starts_at=start, ends_at=end, **at))
    return feed


async def rows(world: World) -> list[CalendarBusy]:
    """Give all busy times that were read, in order."""
    async with world.deps.database.read() as session:
        return sorted((await session.exec(select(CalendarBusy))).all(), key=lambda row: row.starts_at)


async def kept(world: World, feed: CalendarFeed) -> CalendarFeed:
    """Give a calendar as it is now."""
    async with world.deps.database.read() as session:
        return await session.get_one(CalendarFeed, feed.id)
