"""Queries of visits: who is given what, what stays sealed, and what another organization's people are told: nothing."""

from uuid import UUID

import pytest

from server.access import Action, Actor
from server.kit import Forbidden, NotFound, SealBroken
from server.kit.ids import new_id
from server.visits.patient_actions import ConsentGiven, confirm
from server.visits.store import (
    Safety,
    Visit,
    consent_to,
    encounters_around,
    last_safety_check,
    opened_safety,
    safety_checks,
    safety_row,
    visit_by_id,
    was_made,
)
from server.visits.tables import SafetyCheck
from tests.cast import TEN, World
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def look(world: World, actor: Actor, action: Action, visit_id: UUID | None) -> Visit:
    async with world.deps.database.read() as session:
        return await visit_by_id(session, actor, action, visit_id)


async def test_a_visit_comes_with_everything_around_it(world: World) -> None:
    visit_id, _ = await world.visit()
    visit = await look(world, world.actors["pcp"], Action.CONDUCT_VISIT, visit_id)
    assert (visit.patient.family_name, visit.clinic.name, visit.lead.family_name) == (
        "Alvarez",
        "Cedar Creek Clinic",
        "Okafor",
    )
    assert visit.why == "participant"


async def test_a_colleague_may_read_a_visit_and_not_conduct_it(site: World) -> None:
    visit_id, _ = await site.visit()
    read = await look(site, site.actors["psychiatrist"], Action.READ_VISIT, visit_id)
    assert read.why == "coverage"
    with pytest.raises(Forbidden):
        await look(site, site.actors["psychiatrist"], Action.CONDUCT_VISIT, visit_id)
    with pytest.raises(Forbidden):
        read.practitioner_of(site.actors["psychiatrist"])


async def test_the_front_desk_is_no_practitioner_of_a_visit_whose_practitioner_has_no_account(site: World) -> None:
    visit_id, _ = await site.visit()
    visit = await look(site, site.actors["frontdesk"], Action.READ_VISIT, visit_id)
    visit.lead.account_id = None
    with pytest.raises(Forbidden):
        visit.practitioner_of(Actor(frozenset(), site.clinic.organization_id))


@pytest.mark.parametrize("action", [Action.READ_VISIT, Action.MANAGE_VISIT, Action.CONDUCT_VISIT, Action.ATTEND_VISIT])
async def test_a_stranger_finds_no_visit_whatever_they_want_of_it(site: World, action: Action) -> None:
    visit_id, _ = await site.visit()
    with pytest.raises(NotFound):
        await look(site, site.actors["outsider"], action, visit_id)


async def test_a_visit_that_never_was_is_not_found(site: World) -> None:
    for unknown in (None, new_id()):
        with pytest.raises(NotFound):
            await look(site, site.actors["pcp"], Action.READ_VISIT, unknown)


async def test_a_patient_attends_the_visit_of_their_link_and_no_other(site: World) -> None:
    visit_id, token = await site.visit()
    other_id, _ = await site.visit()
    maria = await journey.patient_of(site, token)
    assert (await look(site, maria, Action.ATTEND_VISIT, visit_id)).why == "own visit link"
    with pytest.raises(NotFound):
        await look(site, maria, Action.ATTEND_VISIT, other_id)
    with pytest.raises(NotFound):
        await look(site, maria, Action.READ_VISIT, visit_id)


async def test_a_key_is_known_to_its_organization_and_hidden_from_another(world: World) -> None:
    visit_id, _ = await world.visit()
    async with world.deps.database.read() as session:
        assert await was_made(session, world.actors["frontdesk"], visit_id)
        assert not await was_made(session, world.actors["outsider"], new_id())
        with pytest.raises(NotFound):
            await was_made(session, world.actors["outsider"], visit_id)


async def test_encounters_and_safety_checks_stay_within_the_organization(world: World) -> None:
    visit_id, token = await world.visit()
    await journey.patient_waits(world, token)
    appointment = await journey.appointment_of(world, visit_id)
    async with world.deps.database.read() as session:
        for name, count in (("frontdesk", 1), ("outsider", 0)):
            who = world.actors[name]
            assert len(await encounters_around(session, who, [appointment.id])) == count
            assert len(await safety_checks(session, who, [visit_id])) == count
            assert (await last_safety_check(session, who, world.patient.id) is not None) == bool(count)
            assert (await consent_to(session, who, visit_id) is not None) == bool(count)


async def test_the_last_confirmation_of_any_visit_fills_the_next_form(world: World) -> None:
    _, first = await world.visit()
    await journey.patient_waits(world, first)
    world.clock.pass_(minutes=5)
    _, second = await world.visit()
    await journey.patient_waits(
        world, second, Safety("9 Elm Road", "Boise", "ID", "208-555-0100", "Ann", "208-555-0101")
    )
    async with world.deps.database.read() as session:
        row = await last_safety_check(session, world.actors["pcp"], world.patient.id)
    assert opened_safety(world.deps.keyring, row).street == "9 Elm Road"


async def test_the_latest_consent_counts(world: World) -> None:
    visit_id, token = await world.visit()
    maria = await journey.patient_of(world, token)
    await confirm(world.deps, world.live, maria, journey.HERSELF, journey.HOME)
    world.clock.pass_(minutes=1)
    await confirm(world.deps, world.live, maria, ConsentGiven("parent", "es", "Rosa Alvarez", "mother"), journey.HOME)
    async with world.deps.database.read() as session:
        consent = await consent_to(session, world.actors["pcp"], visit_id)
    assert consent is not None
    assert (consent.given_by, consent.language, consent.given_at) == ("parent", "es", world.clock.now)


async def test_where_a_patient_is_lies_sealed_and_opens_only_in_its_own_row(site: World) -> None:
    visit_id, _ = await site.visit()
    visit = await look(site, site.actors["pcp"], Action.READ_VISIT, visit_id)
    safety = Safety("118 Larch Street", "Missoula", "MT", "406-555-0177", "D. Alvarez", "406-555-0168", "my sister")
    row = safety_row(site.deps.keyring, visit, new_id(), safety, TEN)
    assert opened_safety(site.deps.keyring, row) == safety
    assert b"Larch" not in row.street
    copied = SafetyCheck(**{**row.model_dump(), "id": new_id()})
    with pytest.raises(SealBroken):
        opened_safety(site.deps.keyring, copied)


async def test_without_a_confirmation_nothing_is_known(site: World) -> None:
    assert opened_safety(site.deps.keyring, None) == Safety()
