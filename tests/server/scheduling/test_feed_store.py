"""Calendars of elsewhere belong to one practitioner; the address of who left opens nothing."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, update

from server.identity import Membership
from server.scheduling import CancelReason, cancel
from server.scheduling.feed_store import (
    address_by_token,
    address_of,
    busy_elsewhere,
    due_feed,
    feeds_of,
    leased_feed,
    rows_of_feed,
    shown_appointments,
)
from server.scheduling.publish_actions import open_address
from server.scheduling.publish_rules import Detail
from tests.cast import TEN, World
from tests.server.scheduling.appointments import booked
from tests.server.scheduling.feeds import added, busy_row

pytestmark = pytest.mark.anyio

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def test_busy_times_are_given_by_practitioner_and_within_the_organization(world: World) -> None:
    pcp, other = world.practitioners["pcp"].id, world.practitioners["psychiatrist"].id
    await busy_row(world, TEN, TEN + HOUR)
    async with world.deps.database.read() as session:
        found = await busy_elsewhere(session, world.actors["frontdesk"], [pcp, other], TEN, TEN + DAY)
        after = await busy_elsewhere(session, world.actors["frontdesk"], [pcp], TEN + HOUR, TEN + DAY)
        far = await busy_elsewhere(session, world.actors["outsider"], [pcp], TEN, TEN + DAY)
    assert dict(found) == {pcp: [(TEN, TEN + HOUR)]}
    assert not after
    assert not far


async def test_a_busy_time_that_ends_before_it_starts_is_refused_by_the_database(world: World) -> None:
    with pytest.raises(IntegrityError):
        await busy_row(world, TEN, TEN)


async def test_feeds_are_found_by_their_owner_and_when_they_are_due(world: World) -> None:
    row = await added(world)
    async with world.deps.database.read() as session:
        assert [one.id for one in await feeds_of(session, world.actors["pcp"], row.practitioner_id)] == [row.id]
        assert not await feeds_of(session, world.actors["outsider"], row.practitioner_id)
        assert await rows_of_feed(session, row.id) == []
    async with world.deps.database.write() as session:
        assert await due_feed(session, TEN - HOUR) is None
        assert (await due_feed(session, TEN)) is not None
        assert await leased_feed(session, row.id, TEN) is not None
        assert await leased_feed(session, row.id, TEN + HOUR) is None


async def test_an_address_opens_its_calendar_as_long_as_its_owner_is_a_member(world: World) -> None:
    pcp = world.practitioners["pcp"]
    url = await open_address(world.deps, world.actors["pcp"], pcp, Detail.BUSY)
    token = url.rpartition("/")[2].removesuffix(".ics")
    async with world.deps.database.read() as session:
        found = await address_by_token(session, token)
        assert found is not None
        assert found[1].id == pcp.id
        assert await address_by_token(session, token[:-1]) is None
        assert await address_of(session, world.actors["outsider"], pcp.id) is None
    async with world.deps.database.write() as session:
        theirs = col(Membership.account_id) == pcp.account_id
        await session.exec(update(Membership).where(theirs).values(disabled_at=TEN))
    async with world.deps.database.read() as session:
        assert await address_by_token(session, token) is None


async def test_what_was_cancelled_or_is_of_somebody_else_is_not_shown(world: World) -> None:
    pcp = world.practitioners["pcp"].id
    shown, gone = await booked(world, TEN), await booked(world, TEN + HOUR)
    await booked(world, TEN, "psychiatrist")
    async with world.deps.database.write() as session:
        await cancel(session, world.deps, world.actors["frontdesk"], gone.id, CancelReason.PATIENT)
    async with world.deps.database.read() as session:
        found = await shown_appointments(session, world.actors["pcp"], pcp, TEN - DAY, TEN + DAY)
        far = await shown_appointments(session, world.actors["outsider"], pcp, TEN - DAY, TEN + DAY)
    assert [row.id for row in found] == [shown.id]
    assert not far
