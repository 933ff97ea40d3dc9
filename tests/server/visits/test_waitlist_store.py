"""The waitlist is found within the clinics that one covers; offers by their secret; and one row is held by one."""

from collections import Counter

import pytest
from sqlalchemy.exc import IntegrityError

from server.kit import NotFound, new_secret
from server.kit.ids import new_id
from server.scheduling import FreedTime, WaitlistEntry, WaitlistOffer
from server.visits.waitlist_store import (
    MOST_OF_A_DAY,
    MOST_TIMES,
    entry_by_id,
    free_times,
    offer_by_token,
    open_times,
    waiting_at,
)
from tests.cast import TEN, World
from tests.server.scheduling.schedules import works
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


async def test_an_offer_is_found_by_its_secret_and_stands_beside_who_waits(world: World) -> None:
    entry = await waits(world)
    await freed(world)
    (time,) = await journey.rows(world, FreedTime)
    offer = await an_offer(world, entry, time)
    secret = offer.token_hash
    await keep(world, offer)
    async with world.deps.database.write() as session:
        found = await offer_by_token(session, secret, lock=True)
        (waiting,) = await waiting_at(session, world.actors["pcp"], world.patient.id)
    assert (found.entry.id, found.freed.id, found.patient.id) == (entry.id, time.id, world.patient.id)
    assert [(told.id, of.id) for told, of in waiting.offers] == [(found.offer.id, time.id)]


async def test_a_place_is_found_for_change_by_those_who_may_and_by_no_stranger(world: World) -> None:
    entry = await waits(world)
    async with world.deps.database.write() as session:
        assert (await entry_by_id(session, world.actors["frontdesk"], entry.id)).id == entry.id
        for who, wanted in (("outsider", entry.id), ("frontdesk", new_id()), ("frontdesk", None)):
            with pytest.raises(NotFound):
                await entry_by_id(session, world.actors[who], wanted)


async def test_what_may_be_offered_by_hand_is_a_few_times_of_several_days(world: World) -> None:
    await works(world, "pcp")
    entry = await waits(world)
    async with world.deps.database.read() as session:
        times = await free_times(session, world.actors["frontdesk"], entry, world.patient, TEN)
    days = Counter(offer.start.date() for offer, _ in times)
    assert (len(times), max(days.values())) == (MOST_TIMES, MOST_OF_A_DAY)


async def test_a_made_up_secret_finds_no_offer(world: World) -> None:
    async with world.deps.database.read() as session:
        with pytest.raises(NotFound):
            await offer_by_token(session, new_secret().digest)
