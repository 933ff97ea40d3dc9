"""Patients hold, book and move by themselves: what is offered to them, once, and nothing else."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from server.kit import Conflict, Forbidden, NotFound, TooMany
from server.kit.ids import new_id
from server.scheduling import Appointment, AppointmentParticipant, SlotTaken, Status
from server.visits import Encounter
from server.visits.plan_actions import book_held, hold_time, move_own_visit, plan_from
from tests.cast import TEN, World
from tests.server.identity.own_accounts import another_patient
from tests.server.visits import journey
from tests.server.visits.planning import NINE, TEN_O_CLOCK, by_link, choice, follow_up

pytestmark = pytest.mark.anyio

MINUTES = timedelta(minutes=1)


async def appointment(world: World, id_: UUID) -> Appointment:
    async with world.deps.database.read() as session:
        return await session.get_one(Appointment, id_)


async def test_a_held_time_is_booked_with_its_visit_and_the_time_around_it_is_taken(world: World) -> None:
    kind = await follow_up(world)
    _, maria = await by_link(world)
    held = await hold_time(world.deps, maria, choice(world, kind))
    row = await appointment(world, held)
    assert (row.status, row.held_until, row.visit_type_id) == (Status.PENDING, TEN + 5 * MINUTES, kind.id)
    booked = await book_held(world.deps, world.live, maria, held)
    row = await appointment(world, held)
    assert (row.status, row.held_until, row.starts_at) == (Status.BOOKED, None, NINE)
    assert (await journey.encounter_of(world, booked.encounter_id)).appointment_id == held
    assert booked.planner is not None
    places: list[AppointmentParticipant] = await journey.rows(world, AppointmentParticipant)
    assert NINE + 30 * MINUTES in [place.busy_until for place in places]


async def test_a_form_that_is_sent_twice_at_once_books_once(world: World) -> None:
    kind = await follow_up(world)
    _, maria = await by_link(world)
    held = await hold_time(world.deps, maria, choice(world, kind))
    booked = await asyncio.gather(*(book_held(world.deps, world.live, maria, held) for _ in range(4)))
    assert len({one.encounter_id for one in booked}) == 1
    assert len([one for one in booked if one.link]) == 1
    assert len(await journey.rows(world, Encounter)) == 2


async def test_a_new_hold_gives_the_old_one_back(world: World) -> None:
    kind = await follow_up(world)
    _, maria = await by_link(world)
    first = await hold_time(world.deps, maria, choice(world, kind))
    await hold_time(world.deps, maria, choice(world, kind, TEN_O_CLOCK))
    assert (await appointment(world, first)).status == Status.CANCELLED
    with pytest.raises(SlotTaken):
        await book_held(world.deps, world.live, maria, first)


async def test_of_two_who_want_a_time_one_holds_it_and_the_other_has_it_when_that_runs_out(world: World) -> None:
    kind = await follow_up(world)
    _, maria = await by_link(world)
    rosa = await another_patient(world, "Rosa")
    _, other = await by_link(world, patient_id=rosa.id, starts_at=TEN + timedelta(days=8))
    held = await hold_time(world.deps, maria, choice(world, kind))
    with pytest.raises(SlotTaken):
        await hold_time(world.deps, other, choice(world, kind))
    world.clock.pass_(minutes=5)
    await book_held(world.deps, world.live, other, await hold_time(world.deps, other, choice(world, kind)))
    with pytest.raises(SlotTaken):
        await book_held(world.deps, world.live, maria, held)


@pytest.mark.parametrize(
    "changes",
    [
        {"starts_at": TEN + 40 * MINUTES},  # within the notice
        {"starts_at": NINE - 20 * MINUTES},  # before the hours
        {"starts_at": NINE + 5 * MINUTES},  # off the step
        {"starts_at": NINE + timedelta(days=70)},  # past the horizon
        {"starts_at": TEN - timedelta(days=1)},  # past
        {"state": "NY"},  # no licence there
    ],
)
async def test_nothing_is_held_that_is_not_offered(site: World, changes: dict[str, Any]) -> None:
    kind = await follow_up(site)
    _, maria = await by_link(site)
    with pytest.raises(SlotTaken):
        await hold_time(site.deps, maria, replace(choice(site, kind), **changes))


@pytest.mark.parametrize("changes", [{"self_bookable": False}, {"active": False}])
async def test_what_patients_do_not_book_alone_is_not_found(site: World, changes: dict[str, Any]) -> None:
    kind = await follow_up(site, **changes)
    _, maria = await by_link(site)
    with pytest.raises(NotFound):
        await hold_time(site.deps, maria, choice(site, kind))


async def test_nobody_who_does_not_give_it_and_nobody_elsewhere_is_booked(site: World) -> None:
    kind = await follow_up(site)
    _, maria = await by_link(site)
    wrong: dict[str, tuple[UUID, type[Exception]]] = {
        "psychiatrist": (site.practitioners["psychiatrist"].id, SlotTaken),
        "outsider": (site.practitioners["outsider"].id, NotFound),
        "nobody": (new_id(), NotFound),
    }
    for who, error in wrong.values():
        with pytest.raises(error):
            await hold_time(site.deps, maria, choice(site, kind, practitioner_id=who))


async def test_a_patient_books_no_one_else_s_hold_and_staff_book_elsewhere(site: World) -> None:
    kind = await follow_up(site)
    _, maria = await by_link(site)
    rosa = await another_patient(site, "Rosa")
    _, other = await by_link(site, patient_id=rosa.id, starts_at=TEN + timedelta(days=8))
    held = await hold_time(site.deps, maria, choice(site, kind))
    for actor, wanted in ((other, held), (maria, new_id()), (maria, None)):
        with pytest.raises(NotFound):
            await book_held(site.deps, site.live, actor, wanted)
    with pytest.raises((Forbidden, NotFound)):
        await hold_time(site.deps, site.actors["frontdesk"], choice(site, kind))


async def test_holds_are_limited(site: World) -> None:
    kind = await follow_up(site)
    _, maria = await by_link(site)
    for _ in range(20):
        await hold_time(site.deps, maria, choice(site, kind))
    with pytest.raises(TooMany):
        await hold_time(site.deps, maria, choice(site, kind))


async def test_a_hold_whose_time_has_come_is_booked_no_more(site: World) -> None:
    kind = await follow_up(site)
    _, maria = await by_link(site, starts_at=TEN + timedelta(days=14))
    held = await hold_time(site.deps, maria, choice(site, kind))
    site.clock.now = NINE
    with pytest.raises(SlotTaken):
        await book_held(site.deps, site.live, maria, held)


async def test_the_mail_brings_the_link_and_without_a_mail_the_answer_does(site_with_mail: World) -> None:
    world = site_with_mail
    kind = await follow_up(world)
    _, maria = await by_link(world)
    booked = await book_held(world.deps, world.live, maria, await hold_time(world.deps, maria, choice(world, kind)))
    (letter,) = await journey.letters(world)
    assert ("/v/" in letter.body, "Monday, November 30" in letter.body, booked.link) == (True, True, "")
    rosa = await another_patient(world, "Rosa")
    _, other = await by_link(world, patient_id=rosa.id, starts_at=TEN + timedelta(days=8))
    held = await hold_time(world.deps, other, choice(world, kind, TEN_O_CLOCK))
    assert (await book_held(world.deps, world.live, other, held)).link


async def test_with_an_account_there_is_no_planner(site: World) -> None:
    kind = await follow_up(site)
    _, maria = await by_link(site)
    account = replace(maria, encounter_id=None, patient_id=site.patient.id, account_id=site.accounts["pcp"].id)
    held = await hold_time(site.deps, account, choice(site, kind))
    assert (await book_held(site.deps, site.live, account, held)).planner is None


async def test_a_visit_moves_to_what_is_offered_only(world: World) -> None:
    await follow_up(world)
    visit_id, maria = await by_link(world)
    moved = await move_own_visit(world.deps, world.live, maria, visit_id, NINE)
    assert moved.appointment.starts_at == NINE
    places: list[AppointmentParticipant] = await journey.rows(world, AppointmentParticipant)
    assert NINE + 30 * MINUTES in [place.busy_until for place in places]
    for wrong in (NINE - 20 * MINUTES, TEN + 40 * MINUTES):
        with pytest.raises(SlotTaken):
            await move_own_visit(world.deps, world.live, maria, visit_id, wrong)


async def test_a_patient_is_not_in_two_visits_at_once(site: World) -> None:
    kind = await follow_up(site)
    visit_id, maria = await by_link(site)
    their_other = site.practitioners["psychiatrist"].id
    await site.visit(starts_at=NINE + 10 * MINUTES, practitioner_id=their_other)
    with pytest.raises(SlotTaken):
        await hold_time(site.deps, maria, choice(site, kind))
    with pytest.raises(SlotTaken):
        await move_own_visit(site.deps, site.live, maria, visit_id, NINE)
    await hold_time(site.deps, maria, choice(site, kind, TEN_O_CLOCK))


async def test_a_visit_moves_to_where_the_licence_lasts(site: World) -> None:
    await follow_up(site)
    _, token = await site.visit()
    await journey.patient_waits(site, token, replace(journey.HOME, state="NY"))
    visit_id, maria = await by_link(site)
    with pytest.raises(SlotTaken):
        await move_own_visit(site.deps, site.live, maria, visit_id, NINE)


async def test_nobody_moves_another_s_visit_nor_their_own_too_late(site: World) -> None:
    await follow_up(site)
    _, maria = await by_link(site)
    other, _ = await by_link(site, starts_at=TEN + timedelta(days=8))
    with pytest.raises(NotFound):
        await move_own_visit(site.deps, site.live, maria, other, NINE)
    soon, late = await by_link(site, starts_at=TEN + 30 * MINUTES)
    with pytest.raises(Conflict, match="too close"):
        await move_own_visit(site.deps, site.live, late, soon, NINE)


async def test_a_browser_that_holds_a_link_plans_by_it_too(site: World) -> None:
    _, token = await site.visit()
    maria = await journey.patient_of(site, token)
    secret = await plan_from(site.deps, maria)
    assert (await journey.link_of(site, token)).planner_hash == secret.digest
    with pytest.raises(NotFound):
        await plan_from(site.deps, replace(maria, encounter_id=new_id()))
