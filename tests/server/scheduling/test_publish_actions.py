"""A secret address is made, shown once, taken back; behind it is what its owner chose, and no patient's name."""

from datetime import timedelta

import pytest
from sqlmodel import select

from server.kit import Forbidden
from server.scheduling.publish_actions import close_address, note_published, open_address, published
from server.scheduling.publish_rules import Detail
from server.scheduling.tables import CalendarAddress
from tests.cast import TEN, World
from tests.server.scheduling.appointments import booked

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


async def opened(world: World, detail: Detail = Detail.BUSY) -> str:
    """Make the pcp's address and give its token."""
    url = await open_address(world.deps, world.actors["pcp"], world.practitioners["pcp"], detail)
    assert url.startswith(f"{world.deps.settings.public_url}/feeds/")
    return url.rpartition("/")[2].removesuffix(".ics")


async def content(world: World, token: str) -> str:
    found = await published(world.deps, token)
    assert found is not None
    await note_published(world.deps, found)
    return found.content.decode()


async def test_busy_says_when_and_nothing_else(world: World) -> None:
    await booked(world, TEN, reason="Low mood")
    said = await content(world, await opened(world))
    assert "SUMMARY:Busy" in said
    assert not [word for word in (world.patient.family_name, "mood", world.clinic.name, "Visit") if word in said]


async def test_full_says_that_it_is_a_visit_and_where_but_not_whose(world: World) -> None:
    await booked(world, TEN, reason="Low mood")
    await booked(world, TEN + HOUR, held_until=TEN + HOUR)
    said = await content(world, await opened(world, Detail.FULL))
    assert "SUMMARY:Visit" in said
    assert "SUMMARY:Held for a visit" in said
    assert f"LOCATION:{world.clinic.name}" in said
    assert not [word for word in (world.patient.family_name, world.patient.given_name, "mood") if word in said]


async def test_a_hold_that_ran_out_is_not_in_it(world: World) -> None:
    await booked(world, TEN + HOUR, held_until=TEN + timedelta(minutes=5))
    token = await opened(world)
    world.clock.pass_(minutes=6)
    assert "VEVENT" not in await content(world, token)


async def test_only_the_hash_of_the_secret_is_kept(world: World) -> None:
    token = await opened(world)
    async with world.deps.database.read() as session:
        (row,) = (await session.exec(select(CalendarAddress))).all()
    assert token.encode() not in row.token_hash
    assert len(token) == 32  # 192 bit


async def test_a_new_address_takes_the_place_of_the_old_one_and_either_can_be_taken_back(world: World) -> None:
    pcp, actor = world.practitioners["pcp"], world.actors["pcp"]
    old = await opened(world)
    new = await opened(world)
    assert await published(world.deps, old) is None
    assert await published(world.deps, new) is not None
    await close_address(world.deps, actor, pcp)
    await close_address(world.deps, actor, pcp)
    assert await published(world.deps, new) is None


async def test_a_colleague_makes_no_address_of_somebody_elses_calendar(world: World) -> None:
    with pytest.raises(Forbidden):
        await open_address(world.deps, world.actors["psychiatrist"], world.practitioners["pcp"], Detail.FULL)
    with pytest.raises(Forbidden):
        await close_address(world.deps, world.actors["psychiatrist"], world.practitioners["pcp"])
