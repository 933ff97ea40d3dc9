"""Audit events: durable exactly when the change is, before anything is shown, and for every refusal."""

from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from server.access import Actor, Role
from server.audit import AuditEvent, Subject, note, note_denial, note_found, note_read
from server.db import Database
from server.directory import Organization
from server.kit.ids import new_id

if TYPE_CHECKING:
    from tests.cast import World

pytestmark = pytest.mark.anyio


async def events(database: Database) -> list[AuditEvent]:
    async with database.read() as session:
        return list((await session.exec(select(AuditEvent))).all())


async def the_event(database: Database) -> AuditEvent:
    (event,) = await events(database)
    return event


async def test_an_event_says_who_in_what_role_did_what_to_whose_record_when_and_why(world: "World") -> None:
    pcp, subject = world.actors["pcp"], Subject("Encounter", new_id(), world.patient.id)
    async with world.deps.database.write() as session:
        note(session, world.clock.now, pcp, "start", subject, "participant")
    event = await the_event(world.deps.database)
    assert (event.account_id, event.organization_id, event.roles) == (pcp.account_id, pcp.organization_id, "pcp")
    assert (event.action, event.entity, event.entity_id) == ("start", "Encounter", subject.entity_id)
    assert (event.patient_id, event.why, event.outcome) == (world.patient.id, "participant", "success")
    assert event.recorded_at == world.clock.now


async def test_an_event_is_taken_back_with_the_change_it_tells_of(world: "World") -> None:
    async def change_and_break() -> None:
        async with world.deps.database.write() as session:
            session.add(Organization(id=new_id(), name="New Clinic"))
            note(session, world.clock.now, world.actors["admin"], "create", Subject("Organization"))
            await session.flush()
            raise RuntimeError("the page broke")

    with pytest.raises(RuntimeError):
        await change_and_break()
    assert await events(world.deps.database) == []


async def test_a_look_is_durable_once_it_returns(world: "World") -> None:
    await note_read(world.deps, world.actors["psychiatrist"], Subject("Patient", world.patient.id), "organization")
    event = await the_event(world.deps.database)
    assert (event.action, event.outcome, event.why) == ("read", "success", "organization")


async def test_a_refusal_is_durable_although_nothing_was_changed(world: "World") -> None:
    outsider = world.actors["outsider"]

    async def refuse() -> None:
        async with world.deps.database.read():
            await note_denial(
                world.deps, outsider, "read", Subject("Patient", world.patient.id), "another organization"
            )
            raise PermissionError

    with pytest.raises(PermissionError):
        await refuse()
    event = await the_event(world.deps.database)
    assert (event.account_id, event.outcome, event.why) == (outsider.account_id, "denied", "another organization")


async def test_a_failed_sign_in_keeps_the_address_of_who_nobody_knows(site: "World") -> None:
    await note_denial(site.deps, None, "sign_in", Subject("Account"), "no such account", "192.0.2.7")
    event = await the_event(site.deps.database)
    assert (event.account_id, event.organization_id, event.roles) == (None, None, "")
    assert event.address == "192.0.2.7"


async def test_the_actors_own_address_comes_first(site: "World") -> None:
    patient = Actor(
        frozenset({Role.PATIENT}), site.clinic.organization_id, encounter_id=new_id(), address="198.51.100.3"
    )
    await note_denial(site.deps, patient, "attend", Subject("Encounter"), "locked", "192.0.2.7")
    assert (await the_event(site.deps.database)).address == "198.51.100.3"


async def test_several_roles_are_told_in_one_order(site: "World") -> None:
    both = Actor(frozenset({Role.PCP, Role.ADMINISTRATOR}), site.clinic.organization_id)
    await note_read(site.deps, both, Subject("Patient"), "")
    assert (await the_event(site.deps.database)).roles == "admin,pcp"


async def test_a_search_tells_of_each_person_whose_name_came_up(site: "World") -> None:
    ids = [site.patient.id, new_id()]
    await note_found(site.deps, site.actors["pcp"], ids)
    found = await events(site.deps.database)
    assert {(event.entity_id, event.patient_id) for event in found} == {(id_, id_) for id_ in ids}
    assert {event.why for event in found} == {"search, 2 found"}


async def test_a_search_that_finds_nobody_is_told_once(site: "World") -> None:
    await note_found(site.deps, site.actors["pcp"], [])
    event = await the_event(site.deps.database)
    assert (event.entity, event.patient_id, event.why) == ("Patient", None, "search, 0 found")


async def test_a_change_may_tell_that_it_was_refused(site: "World") -> None:
    async with site.deps.database.write() as session:
        note(session, site.clock.now, None, "wrong_answer", Subject("AccessLink"), outcome="denied")
    assert (await the_event(site.deps.database)).outcome == "denied"
