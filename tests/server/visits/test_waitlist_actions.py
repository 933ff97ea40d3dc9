"""Putting patients on the waitlist, taking them off, and offering a time by hand: by whom, and what becomes of it."""

from datetime import timedelta

import pytest

from server.kit import Conflict, Forbidden, NotFound
from server.kit.ids import new_id
from server.scheduling import Appointment
from server.visits.waitlist_actions import offer_by_hand, remove_from_waitlist
from tests.cast import TEN, World
from tests.server.visits import journey, waitlists
from tests.server.visits.waitlists import TOMORROW, freed, offered, states, waits

pytestmark = pytest.mark.anyio


async def test_a_patient_is_put_on_the_waitlist_of_a_clinic_that_one_covers(site: World) -> None:
    entry = await waits(site)
    assert (entry.status, entry.weekdays, entry.added_by) == ("waiting", "0123456", site.accounts["frontdesk"].id)
    assert len(await journey.audited(site, "join_waitlist")) == 1
    north = await site.second_clinic()
    with pytest.raises(NotFound):
        await waits(site, clinic_id=north.id)
    with pytest.raises(NotFound):
        await waits(site, site.outside_patient)


async def test_only_a_visit_of_their_own_that_is_booked_can_be_brought_forward(site: World) -> None:
    neighbour = await waitlists.neighbour(site, "Rosa")
    visit_id, _ = await site.visit(starts_at=TOMORROW, patient_id=neighbour.id)
    appointment = await journey.appointment_of(site, visit_id)
    for wrong in (appointment.id, new_id()):
        with pytest.raises(NotFound):
            await waits(site, appointment_id=wrong)
    assert (await waits(site, neighbour, appointment_id=appointment.id)).appointment_id == appointment.id


async def test_who_is_taken_off_loses_what_is_offered_and_the_next_one_gets_it(site_with_mail: World) -> None:
    world = site_with_mail
    await waitlists.pcp_works(world)
    entry = await waits(world)
    world.clock.pass_(minutes=1)
    await waits(world, await waitlists.neighbour(world, "Rosa"))
    await freed(world)
    await offered(world)
    for _ in range(2):
        await remove_from_waitlist(world.deps, world.actors["frontdesk"], entry.id)
    assert len(await offered(world)) == 2
    assert await states(world) == (["removed", "waiting"], ["withdrawn", "offered"], ["open"])


@pytest.mark.parametrize(("who", "error"), [("admin", Forbidden), ("outsider", NotFound)])
async def test_only_who_has_to_do_with_the_patient_changes_the_waitlist(
    site: World, who: str, error: type[Exception]
) -> None:
    entry = await waits(site)
    with pytest.raises(error):
        await remove_from_waitlist(site.deps, site.actors[who], entry.id)
    with pytest.raises(NotFound):
        await remove_from_waitlist(site.deps, site.actors["frontdesk"], new_id())


async def test_a_time_is_offered_by_hand_to_one_person_and_goes_to_nobody_else(site: World) -> None:
    await waitlists.pcp_works(site)
    entry = await waits(site)
    await waits(site, await waitlists.neighbour(site, "Rosa"))
    pcp, desk = site.practitioners["pcp"].id, site.actors["frontdesk"]
    await offer_by_hand(site.deps, desk, entry.id, pcp, TOMORROW)
    assert [row.status for row in await journey.rows(site, Appointment)] == ["pending"]
    with pytest.raises(Conflict, match="offered already"):
        await offer_by_hand(site.deps, desk, entry.id, pcp, TOMORROW + timedelta(hours=1))
    site.clock.pass_(hours=1)
    await offered(site)
    assert await states(site) == (["waiting", "waiting"], ["expired"], ["closed"])


@pytest.mark.parametrize("hours", [-1, 0, 13])
async def test_what_is_past_too_near_or_outside_of_hours_is_not_offered(site: World, hours: int) -> None:
    await waitlists.pcp_works(site)
    entry = await waits(site)
    pcp = site.practitioners["pcp"].id
    with pytest.raises(Conflict, match="not free then"):
        await offer_by_hand(site.deps, site.actors["frontdesk"], entry.id, pcp, TEN + timedelta(hours=hours))
    assert (await states(site))[2] == ["closed"]


async def test_nobody_offers_the_time_of_a_practitioner_elsewhere(site: World) -> None:
    entry = await waits(site)
    far = site.practitioners["outsider"].id
    with pytest.raises(NotFound):
        await offer_by_hand(site.deps, site.actors["frontdesk"], entry.id, far, TOMORROW)
