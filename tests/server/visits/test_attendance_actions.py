"""Who came and who did not: written by staff or by the server, taken back, and overtaken by a patient who comes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from server.access import Actor
from server.jobs import JobLease, take_lease
from server.kit import Conflict, Forbidden, Gone, NotFound
from server.scheduling import AppointmentParticipant, CancelReason
from server.visits import attendance_actions, find_no_shows
from server.visits.actions import end_visit
from server.visits.attendance_actions import check_in, mark_no_show, undo_check_in
from server.visits.attendance_store import unattended
from server.visits.callback_actions import ask_for_call
from server.visits.change_actions import Move, cancel_visit, move_visit
from tests.cast import World
from tests.server.visits import journey
from tests.server.visits.conftest import Heard

pytestmark = pytest.mark.anyio


def desk(world: World) -> Actor:
    return world.actors["frontdesk"]


async def no_show(world: World, visit_id: UUID, *, missed: bool = True) -> None:
    await mark_no_show(world.deps, world.live, desk(world), visit_id, missed=missed)


async def come(world: World, visit_id: UUID) -> None:
    await check_in(world.deps, world.live, desk(world), visit_id)


async def look(world: World, minutes: int = 30) -> None:
    """Run the job as if its lease were free."""
    async with world.deps.database.write() as session:
        held = await session.get(JobLease, attendance_actions.LEASE_NAME)
        if held:
            await session.delete(held)
    settings = world.deps.settings.model_copy(update={"no_show_minutes": minutes})
    await find_no_shows(replace(world.deps, settings=settings), world.live)


async def statuses(world: World, visit_id: UUID) -> tuple[str, str]:
    appointment, encounter = await journey.appointment_of(world, visit_id), await journey.encounter_of(world, visit_id)
    return appointment.status, encounter.status


async def deeds(world: World) -> list[str]:
    kinds = ("check_in", "undo_check_in", "no_show", "undo_no_show")
    return [event.action for event in await journey.audited(world, *kinds)]


# Checked in by staff


async def test_who_is_checked_in_has_arrived_without_being_in_the_video(world: World) -> None:
    visit_id, _ = await world.visit()
    await come(world, visit_id)
    await come(world, visit_id)
    assert await statuses(world, visit_id) == ("arrived", "planned")
    assert await deeds(world) == ["check_in"]


async def test_a_check_in_is_taken_back_and_twice_is_once(site: World) -> None:
    visit_id, _ = await site.visit()
    await come(site, visit_id)
    for _ in range(2):
        await undo_check_in(site.deps, site.live, desk(site), visit_id)
    assert await statuses(site, visit_id) == ("booked", "planned")
    assert await deeds(site) == ["check_in", "undo_check_in"]


async def test_nobody_is_checked_in_for_a_visit_of_another_day(site: World) -> None:
    visit_id, _ = await site.visit(starts_at=site.clock.now + timedelta(days=1))
    with pytest.raises(Conflict):
        await come(site, visit_id)


async def test_the_visit_of_who_is_checked_in_takes_place_without_video(world: World) -> None:
    visit_id, _ = await world.visit()
    await come(world, visit_id)
    await end_visit(world.deps, world.live, world.actors["pcp"], visit_id)
    assert await statuses(world, visit_id) == ("fulfilled", "finished")


async def test_who_is_checked_in_still_comes_into_the_waiting_room(site: World) -> None:
    visit_id, token = await site.visit()
    await come(site, visit_id)
    await journey.patient_waits(site, token)
    assert await statuses(site, visit_id) == ("arrived", "arrived")
    with pytest.raises(Conflict):
        await undo_check_in(site.deps, site.live, desk(site), visit_id)


async def test_a_visit_whose_patient_is_here_is_neither_missed_nor_moved_nor_cancelled(site: World) -> None:
    visit_id, _ = await site.visit()
    await come(site, visit_id)
    with pytest.raises(Conflict):
        await no_show(site, visit_id)
    with pytest.raises(Conflict):
        await move_visit(site.deps, site.live, desk(site), visit_id, Move(site.clock.now + timedelta(days=1), 20))
    with pytest.raises(Conflict):
        await cancel_visit(site.deps, site.live, desk(site), visit_id, CancelReason.PATIENT)


async def test_strangers_find_nothing_and_who_has_no_tie_is_refused(site: World) -> None:
    visit_id, _ = await site.visit()
    for act in (check_in, undo_check_in):
        with pytest.raises(NotFound):
            await act(site.deps, site.live, site.actors["outsider"], visit_id)
        with pytest.raises(Forbidden):
            await act(site.deps, site.live, site.actors["admin"], visit_id)
    with pytest.raises(NotFound):
        await check_in(site.deps, site.live, desk(site), None)


# Missed


async def test_a_no_show_is_marked_once_and_taken_back(site: World) -> None:
    visit_id, _ = await site.visit()
    await no_show(site, visit_id)
    await no_show(site, visit_id)
    assert await statuses(site, visit_id) == ("noshow", "planned")
    await no_show(site, visit_id, missed=False)
    assert await statuses(site, visit_id) == ("booked", "planned")
    assert await deeds(site) == ["no_show", "undo_no_show"]


async def test_nobody_is_missed_before_the_start(site: World) -> None:
    visit_id, _ = await site.visit(starts_at=site.clock.now + timedelta(minutes=1))
    with pytest.raises(Conflict, match="not begun"):
        await no_show(site, visit_id)


async def test_a_visit_that_is_over_is_neither_missed_nor_checked_in(site: World) -> None:
    visit_id, _ = await site.visit()
    await cancel_visit(site.deps, site.live, desk(site), visit_id, CancelReason.PATIENT)
    for deed in (no_show(site, visit_id), come(site, visit_id)):
        with pytest.raises(Gone):
            await deed


async def test_a_patient_who_comes_after_all_waits_like_anybody(world: World) -> None:
    visit_id, token = await world.visit()
    await no_show(world, visit_id)
    await journey.patient_waits(world, token)
    assert await statuses(world, visit_id) == ("arrived", "arrived")
    with pytest.raises(Conflict):
        await no_show(world, visit_id)


async def test_staff_check_in_who_came_after_all(site: World) -> None:
    visit_id, _ = await site.visit()
    await no_show(site, visit_id)
    await come(site, visit_id)
    assert await statuses(site, visit_id) == ("arrived", "planned")


async def test_a_no_show_keeps_the_time_until_its_planned_end(world: World) -> None:
    visit_id, _ = await world.visit()
    appointment = await journey.appointment_of(world, visit_id)
    await no_show(world, visit_id)
    places = await journey.rows(world, AppointmentParticipant)
    assert [place.busy_until for place in places if place.practitioner_id] == [appointment.ends_at]


# Found by the server


async def test_a_visit_to_which_nobody_came_is_missed_a_set_time_after_its_end(world: World, listen: Heard) -> None:
    visit_id, _ = await world.visit()
    world.clock.pass_(minutes=20 + 30, seconds=-1)
    await look(world)
    assert await statuses(world, visit_id) == ("booked", "planned")
    told = listen(world)
    world.clock.pass_(seconds=1)
    await look(world)
    assert await statuses(world, visit_id) == ("noshow", "planned")
    (event,) = await journey.audited(world, "no_show")
    assert (event.account_id, event.roles, event.why) == (None, "", "nobody came")
    assert (event.entity_id, event.patient_id) == (visit_id, world.patient.id)
    assert told == [("changed", f"organization:{world.clinic.organization_id}", "today")]


async def test_where_the_operator_leaves_it_to_people_nothing_is_missed_by_itself(site: World) -> None:
    visit_id, _ = await site.visit()
    site.clock.pass_(days=30)
    await look(site, minutes=0)
    assert await statuses(site, visit_id) == ("booked", "planned")


async def test_one_process_looks_in_a_minute(site: World) -> None:
    visit_id, _ = await site.visit()
    site.clock.pass_(days=1)
    async with site.deps.database.write() as session:
        assert await take_lease(session, attendance_actions.LEASE_NAME, "another node", timedelta(minutes=1))
    await find_no_shows(site.deps, site.live)
    assert await statuses(site, visit_id) == ("booked", "planned")


async def test_more_than_a_batch_is_found_at_once(site: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attendance_actions, "BATCH", 2)
    visits = [(await site.visit())[0] for _ in range(5)]
    site.clock.pass_(days=1)
    await look(site)
    assert [await statuses(site, visit_id) for visit_id in visits] == [("noshow", "planned")] * 5


async def test_what_somebody_took_back_is_not_found_again(world: World) -> None:
    visit_id, _ = await world.visit()
    world.clock.pass_(days=1)
    await look(world)
    await no_show(world, visit_id, missed=False)
    await look(world)
    assert await statuses(world, visit_id) == ("booked", "planned")


async def test_who_got_another_time_and_misses_that_one_is_found_again(site: World) -> None:
    visit_id, _ = await site.visit()
    site.clock.pass_(days=1)
    await look(site)
    await move_visit(site.deps, site.live, desk(site), visit_id, Move(site.clock.now + timedelta(days=1), 20))
    assert await statuses(site, visit_id) == ("booked", "planned")
    site.clock.pass_(days=2)
    await look(site)
    assert await statuses(site, visit_id) == ("noshow", "planned")


async def test_who_came_asked_to_be_called_or_cancelled_is_not_missed(site: World) -> None:
    came, cancelled, called = [await site.visit() for _ in range(3)]
    await journey.patient_waits(site, came[1])
    await cancel_visit(site.deps, site.live, desk(site), cancelled[0], CancelReason.PATIENT)
    await ask_for_call(site.deps, site.live, await journey.patient_of(site, called[1]), "406-555-0188")
    site.clock.pass_(days=1)
    await look(site)
    found = [(await statuses(site, visit_id))[0] for visit_id, _ in (came, cancelled, called)]
    assert found == ["arrived", "cancelled", "booked"]


async def test_who_comes_between_the_look_and_the_deed_is_not_missed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit_id, token = await world.visit()
    world.clock.pass_(minutes=55)

    async def looked(*words: Any) -> object:
        before = await unattended(*words)
        await journey.patient_waits(world, token)
        return before

    monkeypatch.setattr(attendance_actions, "unattended", looked)
    await look(world)
    assert await statuses(world, visit_id) == ("arrived", "arrived")
