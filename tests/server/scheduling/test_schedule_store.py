"""Practitioners as a search sees them: their hours, what takes their time, and in what they fit."""

from datetime import timedelta

import pytest

from server.identity import ClinicCoverage
from server.kit.ids import new_id
from server.scheduling import Buffers, CancelReason, cancel
from server.scheduling.match_rules import Candidate
from server.scheduling.schedule_store import at_work, busy_of, candidates_of
from server.scheduling.slot_rules import Busy, BusyKind
from server.scheduling.tables import PractitionerLanguage
from tests.cast import TEN, World
from tests.server.scheduling.appointments import booked
from tests.server.scheduling.schedules import nine_to_five, works

pytestmark = pytest.mark.anyio

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


async def candidates(world: World, *names: str, who: str = "frontdesk") -> list[Candidate]:
    people = [world.practitioners[name] for name in names]
    async with world.deps.database.read() as session:
        return await candidates_of(session, world.actors[who], people, TEN, TEN + DAY, world.clock.now)


async def busy(world: World, name: str = "pcp", who: str = "frontdesk") -> list[Busy]:
    id_ = world.practitioners[name].id
    async with world.deps.database.read() as session:
        found = await busy_of(session, world.actors[who], [id_], TEN, TEN + DAY, world.clock.now)
    return found.get(id_, [])


async def test_who_has_hours_is_a_candidate_with_what_they_can_and_in_the_order_asked_for(world: World) -> None:
    north = await world.second_clinic()
    at = {"account_id": world.accounts["pcp"].id, "organization_id": north.organization_id}
    async with world.deps.database.write() as session:
        session.add(ClinicCoverage(id=new_id(), clinic_id=north.id, **at))
        session.add(PractitionerLanguage(id=new_id(), practitioner_id=world.practitioners["pcp"].id, language="es"))
    await works(world, "pcp")
    await works(world, "psychiatrist")
    other, pcp = await candidates(world, "psychiatrist", "caremanager", "pcp")
    assert (other.practitioner, pcp.practitioner) == tuple(
        world.practitioners[name].id for name in ("psychiatrist", "pcp")
    )
    assert (pcp.specialty, pcp.languages, pcp.clinics) == (
        "Primary care",
        frozenset({"es"}),
        frozenset({world.clinic.id, north.id}),
    )
    assert {licence.state for licence in pcp.licences} == {"MT", "ID"}
    assert pcp.schedule == nine_to_five()
    assert (other.languages, pcp.busy) == (frozenset(), ())


async def test_an_appointment_takes_time_with_what_is_kept_free_around_it(world: World) -> None:
    await booked(world, TEN, buffers={world.practitioners["pcp"].id: Buffers(5, 10)})
    assert await busy(world) == [Busy.of(TEN, TEN + 20 * MINUTE, BusyKind.APPOINTMENT, 5, 10)]


async def test_a_hold_takes_time_as_such_until_it_runs_out(world: World) -> None:
    await booked(world, TEN, held_until=world.clock.now + 10 * MINUTE)
    assert [one.kind for one in await busy(world)] == [BusyKind.HOLD]
    world.clock.pass_(minutes=10)
    assert await busy(world) == []


async def test_what_is_cancelled_or_lies_elsewhere_takes_none(world: World) -> None:
    row = await booked(world, TEN)
    await booked(world, TEN + DAY)
    await booked(world, TEN, "psychiatrist")
    async with world.deps.database.write() as session:
        await cancel(session, world.deps, world.actors["frontdesk"], row.id, CancelReason.PATIENT)
    assert await busy(world) == []


async def test_at_work_is_who_has_hours_now(world: World) -> None:
    await works(world, "pcp")
    people = list(world.practitioners.values())
    for hours, names in ((0, {"pcp"}), (12, set())):
        async with world.deps.database.read() as session:
            found = await at_work(session, people, TEN + timedelta(hours=hours))
        assert {name for name, person in world.practitioners.items() if person.id in found} == names


async def test_an_outsider_sees_neither_hours_nor_appointments(world: World) -> None:
    await works(world, "pcp")
    await booked(world, TEN)
    assert await candidates(world, "pcp", who="outsider") == []
    assert await busy(world, who="outsider") == []
