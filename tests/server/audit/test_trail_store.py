"""Looking into the trail: within one organization, newest first, and a patient into their own record only."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.access import Actor, Role, Why
from server.audit import (
    AuditEvent,
    Filter,
    Subject,
    actions_of,
    events_of,
    head_of,
    looks_at_patient,
    note,
    people_of,
    seals_of,
)
from server.kit import Forbidden, NotFound
from server.kit.ids import new_id
from server.kit.pagination import Cursor
from tests.cast import World
from tests.server.audit.trail import chain_of, record, seal_all

pytestmark = pytest.mark.anyio


async def write(world: World, action: str, **changes: Any) -> None:
    who = world.actors[changes.pop("who", "pcp")]
    subject = Subject("Patient", new_id(), changes.pop("patient", world.patient.id))
    async with world.deps.database.write() as session:
        note(session, world.clock.now, who, action, subject, changes.pop("why", ""))
    world.clock.pass_(minutes=1)


async def found(world: World, wanted: Filter | None = None, who: str = "admin", **page: Any) -> list[str]:
    async with world.deps.database.read() as session:
        cursor, most = page.get("cursor"), page.get("most", 50)
        return [e.action for e in await events_of(session, world.actors[who], wanted or Filter(), cursor, most)]


async def test_the_newest_come_first_and_none_of_another_organization(world: World) -> None:
    await write(world, "one")
    await write(world, "two")
    await write(world, "three", who="outsider")
    assert await found(world) == ["two", "one"]


@pytest.mark.parametrize("who", ["pcp", "psychiatrist", "caremanager", "frontdesk", "outsider"])
async def test_only_administrators_look_into_the_trail(site: World, who: str) -> None:
    async with site.deps.database.read() as session:
        for ask in (actions_of, people_of, head_of):
            with pytest.raises(Forbidden):
                await ask(session, site.actors[who])
        with pytest.raises(Forbidden):
            await events_of(session, site.actors[who], Filter(), None, 5)


async def test_a_cursor_goes_on_after_the_last_that_was_shown_also_within_one_moment(world: World) -> None:
    await record(world, 5)
    shown: list[AuditEvent] = []
    cursor = None
    for _ in range(3):
        async with world.deps.database.read() as session:
            page = await events_of(session, world.actors["admin"], Filter(), cursor, 2)
        shown += page
        cursor = Cursor(page[-1].recorded_at, page[-1].id)
    assert len({event.id for event in shown}) == 5
    assert [event.id for event in shown] == sorted((event.id for event in shown), reverse=True)


async def test_it_can_be_filtered_by_person_patient_action_and_day(world: World) -> None:
    other, began = new_id(), world.clock.now
    await write(world, "read")
    await write(world, "update", who="caremanager")
    await write(world, "create", patient=other)
    pcp = world.actors["pcp"].account_id
    assert await found(world, Filter(account_id=pcp)) == ["create", "read"]
    assert await found(world, Filter(patient_id=other)) == ["create"]
    assert await found(world, Filter(action="update")) == ["update"]
    assert await found(world, Filter(outcome="denied")) == []
    assert await found(world, Filter(since=began + timedelta(minutes=1))) == ["create", "update"]
    assert await found(world, Filter(until=began + timedelta(minutes=1))) == ["read"]


async def test_emergencies_alone_are_what_was_opened_and_what_was_done_then(world: World) -> None:
    await write(world, "read", why=Why.EMERGENCY)
    await write(world, "open_in_emergency")
    await write(world, "read", why=Why.CARE_TEAM)
    assert await found(world, Filter(emergencies=True)) == ["open_in_emergency", "read"]


async def test_what_can_be_chosen_is_what_occurs(world: World) -> None:
    await write(world, "update")
    await write(world, "read", who="caremanager")
    await write(world, "secret", who="outsider")
    async with world.deps.database.read() as session:
        assert await actions_of(session, world.actors["admin"]) == ["read", "update"]
        people = await people_of(session, world.actors["admin"])
    assert set(people) == {world.actors["pcp"].account_id, world.actors["caremanager"].account_id}


async def test_the_head_and_the_links_are_the_organizations(world: World) -> None:
    async with world.deps.database.read() as session:
        assert await head_of(session, world.actors["admin"]) is None
    made = await record(world, 2)
    await record(world, 5, "outsider")
    await seal_all(world)
    async with world.deps.database.read() as session:
        head = await head_of(session, world.actors["admin"])
        links = await seals_of(session, made)
    assert head is not None
    assert (head.chain, head.sequence) == (chain_of(world), 2)
    assert [links[id_].sequence for id_ in made] == [1, 2]


def patient(world: World) -> Actor:
    return Actor(frozenset({Role.PATIENT}), world.clinic.organization_id, new_id(), patient_id=world.patient.id)


async def test_a_patient_sees_who_looked_at_their_record_and_nothing_else(world: World) -> None:
    await write(world, "read")
    await write(world, "update", patient=new_id())
    await write(world, "create", patient=world.outside_patient.id, who="outsider")
    async with world.deps.database.read() as session:
        assert [event.action for event in await looks_at_patient(session, patient(world))] == ["read"]


async def test_a_patient_is_not_told_of_what_was_refused(world: World) -> None:
    visit, _ = await world.visit()
    psychiatrist = await world.signed_in("psychiatrist")
    await psychiatrist.get(f"/visits/{visit}/call")
    async with world.deps.database.read() as session:
        looks = await looks_at_patient(session, patient(world))
    assert {event.outcome for event in looks} == {"success"}


async def test_a_patient_reads_on_where_the_list_ended(world: World) -> None:
    for action in ("one", "two", "three"):
        await write(world, action)
    async with world.deps.database.read() as session:
        first = await looks_at_patient(session, patient(world), limit=2)
        rest = await looks_at_patient(session, patient(world), before=first[-1].recorded_at)
    assert [event.action for event in (*first, *rest)] == ["three", "two", "one"]


async def test_nobody_else_can_ask_as_a_patient(site: World) -> None:
    async with site.deps.database.read() as session:
        for stranger in (replace(patient(site), patient_id=None), site.actors["pcp"]):
            with pytest.raises((NotFound, Forbidden)):
                await looks_at_patient(session, stranger)
