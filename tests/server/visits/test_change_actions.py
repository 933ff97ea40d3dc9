"""A visit gets another time or is cancelled: time, link, room and mail change together, or nothing does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from server.access import Actor
from server.calls import Room
from server.identity import AccessLink
from server.kit import Conflict, Forbidden, NotFound
from server.scheduling import Appointment, CancelReason, SlotTaken
from server.visits import Encounter, change_actions
from server.visits.change_actions import Move, cancel_visit, move_visit
from tests.cast import TEN, World
from tests.server.visits import journey

pytestmark = pytest.mark.anyio

MINUTE, TOMORROW = timedelta(minutes=1), TEN + timedelta(days=1)


async def moved(world: World, visit_id: UUID, who: str | Actor = "pcp", **changes: Any) -> None:
    actor = world.actors[who] if isinstance(who, str) else who
    to = Move(**{"starts_at": TOMORROW, "minutes": 30, **changes})
    await move_visit(world.deps, world.live, actor, visit_id, to)


async def cancelled(world: World, visit_id: UUID, who: str | Actor = "pcp") -> None:
    actor = world.actors[who] if isinstance(who, str) else who
    await cancel_visit(world.deps, world.live, actor, visit_id, CancelReason.PATIENT)


async def rows(world: World, visit_id: UUID) -> tuple[Encounter, Appointment, AccessLink]:
    async with world.deps.database.read() as session:
        encounter = await session.get_one(Encounter, visit_id)
        appointment = await session.get_one(Appointment, encounter.appointment_id)
        return encounter, appointment, await session.get_one(AccessLink, encounter.link_id)


async def test_a_moved_visit_has_its_new_time_and_its_link_opens_around_it(world: World) -> None:
    visit_id, token = await world.visit()
    await moved(world, visit_id)
    _, appointment, link = await rows(world, visit_id)
    assert (appointment.starts_at, appointment.ends_at) == (TOMORROW, TOMORROW + 30 * MINUTE)
    assert (link.opens_at, link.closes_at) == (TOMORROW - 30 * MINUTE, TOMORROW + 90 * MINUTE)
    world.clock.now = TOMORROW
    await journey.opened(world, token)


async def test_a_visit_that_was_missed_is_booked_again_at_its_new_time(world: World) -> None:
    visit_id, _ = await world.visit()
    _, appointment, _ = await rows(world, visit_id)
    async with world.deps.database.write() as session:
        (await session.get_one(Appointment, appointment.id)).status = "noshow"
    await moved(world, visit_id)
    assert (await rows(world, visit_id))[1].status == "booked"


async def test_a_visit_does_not_move_onto_another_without_a_reason(world: World) -> None:
    visit_id, _ = await world.visit()
    await world.visit(starts_at=TOMORROW)
    with pytest.raises(SlotTaken):
        await moved(world, visit_id)
    assert (await rows(world, visit_id))[2].opens_at == TEN - 30 * MINUTE
    await moved(world, visit_id, overbook="Crisis")


async def test_a_cancelled_visit_is_over_its_link_opens_no_more_and_its_room_is_closed(world: World) -> None:
    visit_id, token = await world.visit()
    for _ in range(2):
        await cancelled(world, visit_id)
    encounter, appointment, link = await rows(world, visit_id)
    assert (encounter.status, appointment.status, appointment.cancel_reason) == ("cancelled", "cancelled", "pat")
    assert link.closed_at is not None
    async with world.deps.database.read() as session:
        assert (await session.get_one(Room, encounter.room_id)).ended_at is not None
    assert "cancel" in [event.action for event in await journey.audited(world, "cancel")]
    await world.visit(starts_at=TEN, overbook="")
    assert (await world.browser().post(f"/v/{token}", data=journey.BORN)).status_code != 303


async def test_a_visit_whose_patient_has_come_is_neither_moved_nor_cancelled(world: World) -> None:
    visit_id, token = await world.visit()
    await journey.waiting(world, token)
    for change in (moved, cancelled):
        with pytest.raises(Conflict, match="The patient has come"):
            await change(world, visit_id)


@pytest.mark.parametrize(("who", "error"), [("psychiatrist", None), ("admin", Forbidden), ("outsider", NotFound)])
async def test_only_who_has_to_do_with_a_visit_changes_it(
    world: World, who: str, error: type[Exception] | None
) -> None:
    visit_id, _ = await world.visit()
    for change in (moved, cancelled):
        if error is None:
            await change(world, visit_id, who)
        else:
            with pytest.raises(error):
                await change(world, visit_id, who)


async def test_the_patient_changes_their_own_visit_until_the_clinic_s_notice_begins(world: World) -> None:
    visit_id, token = await world.visit(starts_at=TEN + 120 * MINUTE)
    maria = await journey.patient_of(world, token)
    await moved(world, visit_id, maria, starts_at=TEN + 121 * MINUTE)
    world.clock.pass_(minutes=2)
    for change in (moved, cancelled):
        with pytest.raises(Conflict, match="too close to the visit"):
            await change(world, visit_id, maria)
    world.clock.pass_(minutes=-1)
    await cancelled(world, visit_id, maria)


async def test_a_patient_changes_nobody_else_s_visit(world: World) -> None:
    _, token = await world.visit(starts_at=TOMORROW)
    other, _ = await world.visit(starts_at=TOMORROW)
    maria = await journey.patient_of(world, token)
    with pytest.raises(NotFound):
        await cancelled(world, other, maria)
    with pytest.raises(NotFound):
        await cancelled(world, other, replace(maria, encounter_id=None, patient_id=None))


async def test_the_patient_is_told_by_mail_and_no_clinical_word_is_in_it(site_with_mail: World) -> None:
    visit_id, _ = await site_with_mail.visit(reason="Depression")
    await moved(site_with_mail, visit_id)
    await cancelled(site_with_mail, visit_id)
    letters = await journey.letters(site_with_mail)
    assert [letter.subject for letter in letters] == [
        "Your video visit is at another time",
        "Your video visit was cancelled",
    ]
    assert all("Wednesday" in letter.body and "Depression" not in letter.body for letter in letters)


async def test_a_mail_about_a_time_that_is_no_more_is_not_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    visit_id, _ = await world.visit(starts_at=TOMORROW)
    seen = change_actions._seen

    async def seen_before(*known: Any) -> Any:
        visit = await seen(*known)
        monkeypatch.setattr(change_actions, "_seen", seen)
        await moved(world, visit_id, starts_at=TOMORROW + 40 * MINUTE)
        return visit

    for change in (moved, cancelled):
        monkeypatch.setattr(change_actions, "_seen", seen_before)
        with pytest.raises(Conflict, match="in the meantime"):
            await change(world, visit_id)
