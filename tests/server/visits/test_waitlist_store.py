"""The waitlist is found within the clinics that one covers; offers by their secret; and one row is held by one."""

import pytest
from sqlalchemy.exc import IntegrityError

from server.kit import NotFound, new_secret
from server.kit.ids import new_id
from server.scheduling import FreedTime, WaitlistEntry, WaitlistOffer
from server.visits.waitlist_store import offer_by_token, open_times, waiting_at
from tests.cast import TEN, World
from tests.server.visits import journey, waitlists
from tests.server.visits.waitlists import TOMORROW, freed, waits

pytestmark = pytest.mark.anyio


async def an_offer(world: World, entry: WaitlistEntry, time: FreedTime, status: str = "offered") -> WaitlistOffer:
    visit_id, _ = await world.visit(starts_at=TOMORROW)
    return WaitlistOffer(
        id=new_id(),
        organization_id=entry.organization_id,
        entry_id=entry.id,
        freed_time_id=time.id,
        appointment_id=(await journey.appointment_of(world, visit_id)).id,
        token_hash=new_secret().digest,
        status=status,
        offered_at=TEN,
        expires_at=TOMORROW,
    )


async def keep(world: World, *rows: WaitlistOffer) -> None:
    async with world.deps.database.write() as session:
        session.add_all(rows)


async def test_who_waits_is_seen_at_the_clinics_that_one_covers(world: World) -> None:
    entry = await waits(world)
    async with world.deps.database.read() as session:
        assert [one.entry.id for one in await waiting_at(session, world.actors["pcp"])] == [entry.id]
        assert await waiting_at(session, world.actors["outsider"]) == []
        assert await waiting_at(session, world.actors["outsider"], world.patient.id) == []


async def test_the_database_lets_no_time_and_no_person_have_two_offers_at_once(world: World) -> None:
    one, other = await waits(world), await waits(world, await waitlists.neighbour(world, "Rosa"))
    await freed(world)
    await freed(world)
    first, second = await journey.rows(world, FreedTime)
    await keep(world, await an_offer(world, one, first))
    for entry, time in ((other, first), (one, second)):
        with pytest.raises(IntegrityError):
            await keep(world, await an_offer(world, entry, time))
    with pytest.raises(IntegrityError):  # nor the same time twice
        await keep(world, await an_offer(world, one, first, "declined"))
    await keep(world, await an_offer(world, other, second))
    async with world.deps.database.read() as session:
        assert await open_times(session, 10) == []


async def test_a_made_up_secret_finds_no_offer(world: World) -> None:
    async with world.deps.database.read() as session:
        with pytest.raises(NotFound):
            await offer_by_token(session, new_secret().digest)
