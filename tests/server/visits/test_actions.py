"""What staff do with visits, on both databases: the rows, who may, what happens twice, and who is told."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from server.access import Actor
from server.calls import Room
from server.directory import Patient
from server.directory.store import PatientContact, keep_contact
from server.identity import LinkState, link_state, prove_link
from server.kit import Conflict, Forbidden, Gone, NotFound
from server.kit.ids import new_id
from server.outbox import OutboxMessage
from server.scheduling import Appointment
from server.visits import Encounter, actions
from tests.cast import BORN, World
from tests.server.visits import journey
from tests.server.visits.conftest import Heard

pytestmark = pytest.mark.anyio


def new_visit(world: World, **changes: Any) -> actions.NewVisit:
    terms: dict[str, Any] = {
        "key": new_id(),
        "patient_id": world.patient.id,
        "practitioner_id": world.practitioners["pcp"].id,
        "starts_at": world.clock.now,
        "minutes": 20,
        "reason": "Follow-up of diabetes",
        "send": True,
    }
    return actions.NewVisit(**{**terms, **changes})


async def create(world: World, new: actions.NewVisit, who: str = "pcp") -> str:
    return await actions.create_visit(world.deps, world.live, world.actors[who], new)


async def admit(world: World, visit_id: UUID, who: str = "pcp") -> None:
    await actions.admit_patient(world.deps, world.live, world.actors[who], visit_id)


async def end(world: World, visit_id: UUID, who: str = "pcp") -> None:
    await actions.end_visit(world.deps, world.live, world.actors[who], visit_id)


async def start(world: World, visit_id: UUID, who: str = "pcp") -> dict[str, object]:
    return await actions.start_visit(world.deps, world.live, world.actors[who], visit_id)


async def renew(world: World, visit_id: UUID, *, send: bool = False) -> str:
    return await actions.renew_link(world.deps, world.live, world.actors["frontdesk"], visit_id, send=send)


async def state_of(world: World, token: str) -> LinkState:
    return link_state(await journey.link_of(world, token), world.clock.now)


async def running(world: World) -> tuple[UUID, str]:
    """A visit with the patient admitted."""
    visit_id, token = await world.visit()
    await journey.patient_waits(world, token)
    await admit(world, visit_id)
    return visit_id, token


async def asking(world: World, token: str) -> None:
    """Two devices with the right date of birth: the second one asks."""
    for _ in range(2):
        assert await prove_link(world.deps, token, BORN.isoformat(), None)


# Setting up


async def test_a_new_visit_is_planned_with_an_appointment_a_room_and_a_link(world: World) -> None:
    new = new_visit(world, starts_at=world.clock.now + timedelta(hours=2))
    token = await create(world, new)
    encounter, appointment = await journey.encounter_of(world, new.key), await journey.appointment_of(world, new.key)
    link = await journey.link_of(world, token)
    assert (encounter.status, encounter.link_id, appointment.status) == ("planned", link.id, "booked")
    assert appointment.ends_at - appointment.starts_at == timedelta(minutes=20)
    assert (link.opens_at, link.closes_at) == (
        appointment.starts_at - timedelta(minutes=30),
        appointment.ends_at + timedelta(minutes=60),
    )


async def test_setting_up_is_noted_with_whose_visit_it_is(site: World) -> None:
    new = new_visit(site)
    await create(site, new)
    events = await journey.audited(site, "create", "send_link")
    assert {(e.entity, e.action) for e in events} == {
        ("Appointment", "create"),
        ("Encounter", "create"),
        ("Encounter", "send_link"),
    }
    assert {(e.account_id, e.patient_id) for e in events} == {(site.accounts["pcp"].id, site.patient.id)}


async def test_the_same_form_twice_makes_one_visit_and_one_mail(world: World) -> None:
    new = new_visit(world)
    assert await create(world, new) != ""
    assert await create(world, new) == ""
    assert len(await journey.rows(world, Encounter)) == len(await journey.letters(world)) == 1


async def test_the_same_form_twice_at_once_makes_one_visit_and_one_mail(world: World) -> None:
    new = new_visit(world)
    links = await asyncio.gather(*(create(world, new) for _ in range(4)))
    assert sorted(bool(link) for link in links) == [False, False, False, True]
    for table in (Encounter, Appointment, Room, OutboxMessage):
        assert len(await journey.rows(world, table)) == 1


async def test_a_key_of_another_organization_makes_nothing_and_tells_nothing(site: World) -> None:
    visit_id, _ = await site.visit()
    theirs = {"patient_id": site.outside_patient.id, "practitioner_id": site.practitioners["outsider"].id}
    with pytest.raises(NotFound):
        await create(site, new_visit(site, key=visit_id, **theirs), "outsider")
    assert len(await journey.rows(site, Appointment)) == 1


@pytest.mark.parametrize("stranger", ["patient_id", "practitioner_id"])
async def test_a_visit_with_somebody_of_another_organization_is_not_made(site: World, stranger: str) -> None:
    theirs = {"patient_id": site.outside_patient.id, "practitioner_id": site.practitioners["outsider"].id}
    with pytest.raises(NotFound):
        await create(site, new_visit(site, **{stranger: theirs[stranger]}))
    assert await journey.rows(site, Encounter) == []


async def test_a_patient_sets_up_no_visit(site: World) -> None:
    _, token = await site.visit()
    maria = await journey.patient_of(site, token)
    with pytest.raises((NotFound, Forbidden)):
        await actions.create_visit(site.deps, site.live, maria, new_visit(site))


async def test_the_mail_brings_the_link_and_no_word_of_why(site: World) -> None:
    token = await create(site, new_visit(site))
    (letter,) = await journey.letters(site)
    assert letter.recipient == "m.alvarez@example.org"
    assert f"/v/{token}" in letter.body
    assert "diabetes" not in letter.subject + letter.body


async def test_without_an_address_there_is_a_visit_and_no_mail(site: World) -> None:
    async with site.deps.database.write() as session:
        patient = await session.get_one(Patient, site.patient.id)
        keep_contact(site.deps.keyring, patient, PatientContact())
    assert await create(site, new_visit(site)) != ""
    assert await journey.letters(site) == []


async def test_the_links_text_is_nowhere_kept(site: World) -> None:
    token = await create(site, new_visit(site, send=False))
    link = await journey.link_of(site, token)
    assert token not in repr(link.model_dump())


# The link


async def test_a_new_link_replaces_the_old_one(world: World) -> None:
    visit_id, old = await world.visit()
    new = await renew(world, visit_id)
    assert [await state_of(world, old), await state_of(world, new)] == [LinkState.REPLACED, LinkState.USABLE]
    assert (await journey.encounter_of(world, visit_id)).link_id == (await journey.link_of(world, new)).id


async def test_a_new_link_for_a_visit_that_was_missed_is_open_from_now_on(site: World) -> None:
    visit_id, old = await site.visit()
    site.clock.pass_(days=1)
    assert await state_of(site, old) is LinkState.EXPIRED
    assert await state_of(site, await renew(site, visit_id)) is LinkState.USABLE


async def test_the_device_in_the_visit_keeps_its_place_under_a_new_link(world: World) -> None:
    visit_id, old = await running(world)
    await prove_link(world.deps, old, BORN.isoformat(), None)
    holder = (await journey.link_of(world, old)).browser_hash
    link = await journey.link_of(world, await renew(world, visit_id))
    assert (link.browser_hash, link.held_open) == (holder, True)


async def test_a_locked_link_opens_again_after_unlocking(world: World) -> None:
    visit_id, token = await world.visit()
    for _ in range(5):
        assert await prove_link(world.deps, token, "1991-04-17", None) is None
    assert await state_of(world, token) is LinkState.LOCKED
    await actions.unlock(world.deps, world.live, world.actors["frontdesk"], visit_id)
    assert await state_of(world, token) is LinkState.USABLE
    assert len(await journey.audited(world, "unlock_link")) == 1


async def test_letting_a_device_in_signs_the_first_one_out_at_once(world: World, listen: Heard) -> None:
    visit_id, token = await world.visit()
    await asking(world, token)
    before = await journey.patient_of(world, token)
    told = listen(world)
    await actions.let_device_in(world.deps, world.live, world.actors["frontdesk"], visit_id)
    assert ("revoke", before.session_key) in told
    assert (await journey.patient_of(world, token)).session_key != before.session_key


async def test_when_no_device_asks_none_is_let_in(site: World) -> None:
    visit_id, _ = await site.visit()
    with pytest.raises(Conflict):
        await actions.let_device_in(site.deps, site.live, site.actors["frontdesk"], visit_id)


# Starting and admitting


async def test_starting_seats_the_practitioner_under_the_name_that_patients_know(world: World) -> None:
    visit_id, _ = await world.visit()
    answer = await start(world, visit_id)
    (seat,) = await journey.seats(world)
    assert (seat.name, seat.role, seat.standing) == ("Dr. R. Okafor", "practitioner", "admitted")
    assert (answer["standing"], answer["participant"]) == ("admitted", str(seat.id))


async def test_starting_again_after_a_reload_changes_neither_seat_nor_time(site: World) -> None:
    visit_id, _ = await site.visit()
    first = await start(site, visit_id)
    began = site.clock.now
    site.clock.pass_(minutes=3)
    assert (await start(site, visit_id))["participant"] == first["participant"]
    assert (await journey.encounter_of(site, visit_id)).started_at == began
    assert len(await journey.audited(site, "start")) == 1


@pytest.mark.parametrize(
    ("who", "error"), [("psychiatrist", Forbidden), ("frontdesk", Forbidden), ("outsider", NotFound)]
)
async def test_only_the_visits_practitioner_starts_admits_and_ends(
    site: World, who: str, error: type[Exception]
) -> None:
    visit_id, token = await site.visit()
    await journey.patient_waits(site, token)
    for deed in (start, admit, end):
        with pytest.raises(error):
            await deed(site, visit_id, who)
    assert (await journey.encounter_of(site, visit_id)).status == "arrived"


async def test_admitting_opens_the_way_in_and_holds_the_link_open(world: World, listen: Heard) -> None:
    visit_id, token = await world.visit()
    await journey.patient_waits(world, token)
    told = listen(world)
    await admit(world, visit_id)
    (seat,) = await journey.seats(world)
    encounter = await journey.encounter_of(world, visit_id)
    assert (seat.standing, encounter.status, encounter.admitted_at) == ("admitted", "in-progress", world.clock.now)
    assert ("admit", str(seat.room_id), str(seat.id)) in told
    world.clock.pass_(hours=3)
    assert await state_of(world, token) is LinkState.USABLE


async def test_two_tabs_that_admit_at_once_admit_once(world: World) -> None:
    visit_id, token = await world.visit()
    await journey.patient_waits(world, token)
    await asyncio.gather(*(admit(world, visit_id) for _ in range(2)))
    assert len(await journey.audited(world, "admit")) == 1
    assert [seat.standing for seat in await journey.seats(world)] == ["admitted"]


async def test_nobody_is_admitted_before_coming(site: World) -> None:
    visit_id, _ = await site.visit()
    with pytest.raises(Conflict):
        await admit(site, visit_id)


# The end


async def test_the_end_is_for_everybody_and_for_good(world: World, listen: Heard) -> None:
    visit_id, token = await running(world)
    world.clock.pass_(minutes=17)
    told = listen(world)
    await end(world, visit_id)
    encounter, (room,) = await journey.encounter_of(world, visit_id), await journey.rows(world, Room)
    assert (encounter.status, encounter.ended_at, room.ended_at) == ("finished", world.clock.now, world.clock.now)
    assert (await journey.appointment_of(world, visit_id)).status == "fulfilled"
    assert ("end", str(room.id)) in told
    assert await state_of(world, token) is LinkState.ENDED


async def test_ending_twice_at_once_ends_once(world: World) -> None:
    visit_id, _ = await running(world)
    await asyncio.gather(end(world, visit_id), end(world, visit_id))
    ended = (await journey.encounter_of(world, visit_id)).ended_at
    world.clock.pass_(minutes=1)
    await end(world, visit_id)
    assert (await journey.encounter_of(world, visit_id)).ended_at == ended
    assert len(await journey.audited(world, "end")) == 1


async def test_a_visit_that_nobody_came_to_is_not_ended(site: World) -> None:
    visit_id, _ = await site.visit()
    with pytest.raises(Conflict):
        await end(site, visit_id)


async def test_a_visit_ends_also_when_the_patient_was_never_admitted(site: World) -> None:
    visit_id, token = await site.visit()
    await journey.patient_waits(site, token)
    await end(site, visit_id)
    assert (await journey.encounter_of(site, visit_id)).admitted_at is None


async def test_nothing_is_done_to_a_visit_that_is_over(site: World) -> None:
    visit_id, _ = await running(site)
    await end(site, visit_id)
    who = site.actors["pcp"]
    managing = (
        actions.announce_delay(site.deps, site.live, who, visit_id, 5),
        actions.let_device_in(site.deps, site.live, who, visit_id),
        actions.unlock(site.deps, site.live, who, visit_id),
    )
    others = (start(site, visit_id), admit(site, visit_id), renew(site, visit_id))
    for deed in (*others, *managing):
        with pytest.raises(Gone):
            await deed


# Delay, and who is told


async def test_a_delay_is_told_to_the_waiting_room_and_taken_back_with_none(site: World, listen: Heard) -> None:
    visit_id, _ = await site.visit()
    told = listen(site)
    for minutes, kept in ((15, 15), (0, None)):
        await actions.announce_delay(site.deps, site.live, site.actors["frontdesk"], visit_id, minutes)
        encounter = await journey.encounter_of(site, visit_id)
        assert encounter.late_minutes == kept
        assert ("changed", str(encounter.room_id), "visit") in told


async def test_whatever_is_done_today_and_the_waiting_room_beside_the_call_hear_of_it(
    site: World, listen: Heard
) -> None:
    visit_id, token = await site.visit()
    await journey.patient_waits(site, token)
    encounter = await journey.encounter_of(site, visit_id)
    told = listen(site)
    await admit(site, visit_id)
    assert ("changed", f"organization:{site.clinic.organization_id}", "today") in told
    assert ("changed", str(encounter.room_id), "waiting") in told


async def test_what_is_refused_wakes_nobody_and_leaves_no_trace_of_success(site: World, listen: Heard) -> None:
    visit_id, _ = await site.visit()
    before = len(await journey.audited(site))
    told = listen(site)
    with pytest.raises(Conflict):
        await admit(site, visit_id)
    with pytest.raises(NotFound):
        await actions.unlock(site.deps, site.live, site.actors["outsider"], visit_id)
    assert told == []
    assert len(await journey.audited(site)) == before


async def test_a_patient_manages_no_visit_not_even_their_own(site: World) -> None:
    visit_id, token = await site.visit()
    maria: Actor = await journey.patient_of(site, token)
    with pytest.raises(NotFound):
        await actions.renew_link(site.deps, site.live, maria, visit_id, send=False)
    with pytest.raises(NotFound):
        await actions.admit_patient(site.deps, site.live, maria, visit_id)
