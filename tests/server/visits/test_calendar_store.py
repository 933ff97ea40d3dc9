"""Who sees what in a calendar: names only with a tie, everything else as a time that is taken."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from server.access import Role
from server.directory import CareTeamParticipant
from server.kit import NotFound
from server.kit.ids import new_id
from server.visits.calendar_rules import Kind, View
from server.visits.calendar_store import Asked, Calendar, calendar_of
from server.visits.tables import Encounter
from tests.cast import TEN, World
from tests.server.scheduling.appointments import booked
from tests.server.scheduling.feeds import busy_row
from tests.server.scheduling.schedules import works

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
DAY = Asked(View.DAY, date(2026, 11, 24))


async def seen(world: World, who: str, asked: Asked = DAY) -> Calendar:
    return await calendar_of(world.deps, world.actors[who], asked)


async def of_pcp(world: World, who: str) -> Calendar:
    return await seen(world, who, replace(DAY, people=(world.practitioners["pcp"].id,)))


async def test_a_practitioner_sees_their_own_visits_by_name_and_may_move_them(world: World) -> None:
    visit_id, _ = await world.visit()
    calendar = await seen(world, "pcp")
    (entry,) = calendar.entries
    assert (entry.kind, entry.encounter_id, entry.movable) == (Kind.VISIT, visit_id, True)
    assert entry.patient is not None
    assert entry.patient.id == world.patient.id
    assert [person.id for person in calendar.people] == [world.practitioners["pcp"].id]


async def test_the_front_desk_sees_its_clinic_side_by_side(world: World) -> None:
    await world.visit()
    calendar = await seen(world, "frontdesk")
    assert calendar.clinic is not None
    assert calendar.clinic.id == world.clinic.id
    assert world.practitioners["pcp"].id in {person.id for person in calendar.people}
    assert calendar.entries[0].kind is Kind.VISIT


async def test_who_has_no_tie_to_the_patient_sees_only_that_the_time_is_taken(world: World) -> None:
    await world.visit()
    north = await world.second_clinic()
    await world.hire("stranger", Role.PCP, north, "MT")
    (entry,) = (await of_pcp(world, "stranger")).entries
    assert (entry.kind, entry.patient, entry.encounter_id, entry.movable) == (Kind.BUSY, None, None, False)


async def test_who_is_in_the_care_team_sees_whose_visit_it_is(world: World) -> None:
    await world.visit()
    north = await world.second_clinic()
    await world.hire("stranger", Role.CARE_MANAGER, north)
    at = {"organization_id": north.organization_id, "patient_id": world.patient.id, "added_at": TEN}
    account_id = world.accounts["stranger"].id
    async with world.deps.database.write() as session:
        session.add(CareTeamParticipant(id=new_id(), account_id=account_id, **at))
    assert (await of_pcp(world, "stranger")).entries[0].kind is Kind.VISIT


async def test_a_joint_visit_is_one_entry_in_each_column(world: World) -> None:
    both = [world.practitioners[name].id for name in ("pcp", "psychiatrist")]
    await booked(world, TEN, "pcp", "psychiatrist")
    (entry,) = (await seen(world, "pcp", replace(DAY, people=tuple(both)))).entries
    assert list(entry.practitioners) == both


async def test_holds_and_other_calendars_take_time_too(world: World) -> None:
    await booked(world, TEN, held_until=TEN + HOUR)
    await busy_row(world, TEN - HOUR, TEN)
    await works(world, "pcp")
    calendar = await seen(world, "pcp")
    assert [entry.kind for entry in calendar.entries] == [Kind.ELSEWHERE, Kind.HOLD]
    ((person, hours, away),) = calendar.hours_on(date(2026, 11, 24))
    assert (person.id, len(hours), away) == (world.practitioners["pcp"].id, 1, [])
    assert [one.id for one in calendar.people_of(calendar.entries[0])] == [person.id]


async def test_what_has_begun_is_not_moved(world: World) -> None:
    visit_id, _ = await world.visit()
    async with world.deps.database.write() as session:
        (await session.get_one(Encounter, visit_id)).status = "in-progress"
    assert not (await seen(world, "pcp")).entries[0].movable


async def test_clinics_and_people_of_elsewhere_are_not_found(world: World) -> None:
    for asked in (
        replace(DAY, clinic=new_id()),
        replace(DAY, clinic=world.practitioners["outsider"].clinic_id),
        replace(DAY, people=(world.practitioners["outsider"].id,)),
    ):
        with pytest.raises(NotFound):
            await seen(world, "pcp", asked)


async def test_times_are_in_the_zone_of_the_clinic_that_is_shown(world: World) -> None:
    north = await world.second_clinic()
    async with world.deps.database.write() as session:
        (await session.get_one(type(north), north.id)).time_zone = "America/New_York"
    calendar = await seen(world, "frontdesk", Asked(View.DAY, None, north.id))
    assert calendar.zone == "America/New_York"
    assert (calendar.people, calendar.day) == ([], date(2026, 11, 24))
