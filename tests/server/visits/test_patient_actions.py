"""What a patient does on the way in, on both databases: confirm, arrive once, keep the place, take another device."""

import asyncio
from datetime import timedelta

import pytest

from server.calls import Room
from server.directory import Patient
from server.directory.store import PatientContact, keep_contact
from server.identity import Browser, prove_link
from server.kit import Conflict, Gone, NotFound, TooMany, digest, field_name
from server.visits import SafetyCheck, TelehealthConsent, actions
from server.visits.patient_actions import ConsentGiven, arrive, confirm, send_device_code
from server.visits.rules import CONSENT_VERSION
from server.visits.store import Safety, opened_safety
from signaling import Ticket
from tests.cast import BORN, World
from tests.server.visits import journey
from tests.server.visits.conftest import Heard

pytestmark = pytest.mark.anyio


async def second_device(world: World, token: str) -> Browser:
    """The device that asks after another one was let in."""
    await prove_link(world.deps, token, BORN.isoformat(), None)
    asking = await prove_link(world.deps, token, BORN.isoformat(), None)
    assert asking is not None
    assert not asking.let_in
    return asking


def ticket_in(world: World, answer: dict[str, object]) -> Ticket:
    return world.live.tickets.open(str(answer["ticket"]))


# Consent and safety


async def test_consent_is_kept_with_version_language_and_who_gave_it(world: World) -> None:
    _, token = await world.visit()
    consent = ConsentGiven("representative", "es", "Rosa Alvarez", "sister")
    await confirm(world.deps, world.live, await journey.patient_of(world, token), consent, journey.HOME)
    (row,) = await journey.rows(world, TelehealthConsent)
    assert (row.text_version, row.language, row.given_by, row.given_at) == (
        CONSENT_VERSION,
        "es",
        "representative",
        world.clock.now,
    )
    sealed = {"giver_name": row.giver_name, "relationship": row.relationship}
    opened = {k: world.deps.keyring.open(v, field_name("telehealth_consent", row.id, k)) for k, v in sealed.items()}
    assert opened == {"giver_name": "Rosa Alvarez", "relationship": "sister"}


async def test_a_patient_who_agrees_for_themselves_leaves_no_other_name(site: World) -> None:
    _, token = await site.visit()
    await confirm(site.deps, site.live, await journey.patient_of(site, token), journey.HERSELF, journey.HOME)
    (row,) = await journey.rows(site, TelehealthConsent)
    assert (row.given_by, row.giver_name, row.relationship) == ("patient", None, None)


async def test_confirming_again_keeps_each_consent_and_only_the_last_address(world: World) -> None:
    _, token = await world.visit()
    maria = await journey.patient_of(world, token)
    await confirm(world.deps, world.live, maria, journey.HERSELF, journey.HOME)
    moved = Safety("9 Elm Road", "Boise", "ID", "208-555-0100", "Ann", "208-555-0101", "my son")
    await confirm(world.deps, world.live, maria, journey.HERSELF, moved)
    (row,) = await journey.rows(world, SafetyCheck)
    assert opened_safety(world.deps.keyring, row) == moved
    assert len(await journey.rows(world, TelehealthConsent)) == 2


async def test_a_form_sent_twice_at_once_breaks_nothing(world: World) -> None:
    _, token = await world.visit()
    maria = await journey.patient_of(world, token)
    send = (confirm(world.deps, world.live, maria, journey.HERSELF, journey.HOME) for _ in range(3))
    await asyncio.gather(*send)
    assert len(await journey.rows(world, SafetyCheck)) == 1


# Arriving


async def test_nobody_arrives_before_the_gate(site: World) -> None:
    visit_id, token = await site.visit()
    with pytest.raises(Conflict):
        await arrive(site.deps, site.live, await journey.patient_of(site, token))
    assert await journey.seats(site) == []
    assert (await journey.encounter_of(site, visit_id)).status == "planned"


async def test_arriving_takes_a_seat_in_the_waiting_room_and_tells_staff(world: World, listen: Heard) -> None:
    visit_id, token = await world.visit()
    maria = await journey.patient_of(world, token)
    await confirm(world.deps, world.live, maria, journey.HERSELF, journey.HOME)
    told = listen(world)
    answer = await arrive(world.deps, world.live, maria)
    encounter, (seat,) = await journey.encounter_of(world, visit_id), await journey.seats(world)
    assert (encounter.status, encounter.arrived_at, seat.standing) == ("arrived", world.clock.now, "waiting")
    assert (answer["standing"], answer["participant"], answer["iceServers"]) == ("waiting", str(seat.id), [])
    assert ("changed", f"organization:{world.clinic.organization_id}", "today") in told
    assert ("changed", str(encounter.room_id), "waiting") in told


async def test_the_ticket_says_waiting_and_names_the_patient_only_in_short(site: World) -> None:
    _, token = await site.visit()
    maria = await journey.patient_waits(site, token)
    ticket = ticket_in(site, await arrive(site.deps, site.live, maria))
    assert (ticket.standing, ticket.role, ticket.name) == ("waiting", "patient", "M. Alvarez")
    assert ticket.session == maria.session_key
    assert ticket.audiences == ()


async def test_coming_back_keeps_the_place_and_the_time_of_arrival(world: World) -> None:
    visit_id, token = await world.visit()
    maria = await journey.patient_waits(world, token)
    came = world.clock.now
    world.clock.pass_(minutes=9)
    answers = await asyncio.gather(*(arrive(world.deps, world.live, maria) for _ in range(3)))
    assert len({answer["participant"] for answer in answers}) == len(await journey.seats(world)) == 1
    assert (await journey.encounter_of(world, visit_id)).arrived_at == came
    assert len(await journey.audited(world, "arrive")) == 1


async def test_an_admitted_patient_comes_back_admitted(site: World) -> None:
    visit_id, token = await site.visit()
    maria = await journey.patient_waits(site, token)
    await actions.admit_patient(site.deps, site.live, site.actors["pcp"], visit_id)
    answer = await arrive(site.deps, site.live, maria)
    assert (answer["standing"], ticket_in(site, answer).standing) == ("admitted", "admitted")


async def test_a_visit_that_is_over_is_entered_by_nobody(site: World) -> None:
    visit_id, token = await site.visit()
    maria = await journey.patient_waits(site, token)
    await actions.end_visit(site.deps, site.live, site.actors["pcp"], visit_id)
    with pytest.raises(Gone):
        await arrive(site.deps, site.live, maria)
    with pytest.raises(Gone):
        await confirm(site.deps, site.live, maria, journey.HERSELF, journey.HOME)


async def test_coming_and_ending_at_once_leaves_nobody_in_a_room_that_is_over(world: World) -> None:
    visit_id, token = await world.visit()
    maria = await journey.patient_waits(world, token)
    await asyncio.gather(
        actions.end_visit(world.deps, world.live, world.actors["pcp"], visit_id),
        arrive(world.deps, world.live, maria),
        return_exceptions=True,
    )
    (room,) = await journey.rows(world, Room)
    assert ((await journey.encounter_of(world, visit_id)).status, room.ended_at) == ("finished", world.clock.now)


async def test_a_link_opened_in_time_brings_nobody_in_when_it_is_too_old(site: World) -> None:
    _, token = await site.visit()
    maria = await journey.patient_of(site, token)
    await confirm(site.deps, site.live, maria, journey.HERSELF, journey.HOME)
    site.clock.pass_(minutes=80)
    with pytest.raises(Gone):
        await arrive(site.deps, site.live, maria)


async def test_who_came_in_time_waits_as_long_as_it_takes(site: World) -> None:
    _, token = await site.visit()
    maria = await journey.patient_waits(site, token)
    site.clock.pass_(hours=5)
    assert (await arrive(site.deps, site.live, maria))["standing"] == "waiting"


# Another device


async def test_the_code_goes_to_the_address_on_file(site: World) -> None:
    _, token = await site.visit()
    asking = await second_device(site, token)
    assert await send_device_code(site.deps, asking.secret.digest)
    (letter,) = await journey.letters(site)
    assert letter.recipient == "m.alvarez@example.org"
    assert [word for word in letter.body.split() if word.isdigit() and len(word) == 6]


async def test_without_an_address_no_code_is_made(site: World) -> None:
    _, token = await site.visit()
    asking = await second_device(site, token)
    async with site.deps.database.write() as session:
        keep_contact(site.deps.keyring, await session.get_one(Patient, site.patient.id), PatientContact())
    assert not await send_device_code(site.deps, asking.secret.digest)
    assert (await journey.link_of(site, token)).code_hash is None


async def test_a_link_that_opens_nothing_sends_no_code(site: World) -> None:
    _, token = await site.visit()
    asking = await second_device(site, token)
    site.clock.now += timedelta(hours=2)
    assert not await send_device_code(site.deps, asking.secret.digest)
    assert await journey.letters(site) == []


async def test_asking_anew_brings_no_further_codes(site: World) -> None:
    _, token = await site.visit()
    for _ in range(3):
        await send_device_code(site.deps, (await second_device(site, token)).secret.digest)
    asking = await second_device(site, token)
    with pytest.raises(TooMany):
        await send_device_code(site.deps, asking.secret.digest)
    assert len(await journey.letters(site)) == 3


async def test_a_device_that_does_not_ask_gets_no_code(site: World) -> None:
    with pytest.raises(NotFound):
        await send_device_code(site.deps, digest("nobody"))
