"""Finding time: who gives a visit, who of them fits, and what is free, within the organization only."""

from datetime import timedelta

import pytest

from server.kit import NotFound
from server.kit.ids import new_id
from server.scheduling import Fit, Reason, buffers_of, givers_of, languages_spoken, visit_type_by_id, visit_types
from server.scheduling.availability_rules import BookingLimits
from server.scheduling.tables import VisitType
from tests.cast import TEN, World
from tests.server.scheduling.appointments import booked
from tests.server.scheduling.finding import DAY, found, offered, speaks
from tests.server.scheduling.schedules import nine_to_five, works

pytestmark = pytest.mark.anyio

MINUTES = timedelta(minutes=1)


async def givers(world: World, kind: VisitType | None, who: str = "frontdesk") -> list[str]:
    async with world.deps.database.read() as session:
        return [one.family_name for one in await givers_of(session, world.actors[who], kind)]


async def test_kinds_of_visit_are_those_in_use_and_for_patients_those_they_book_alone(world: World) -> None:
    await offered(world, name="Therapy", self_bookable=True)
    await offered(world, name="Intake")
    await offered(world, name="Gone", active=False)
    async with world.deps.database.read() as session:
        staff, outsider = world.actors["frontdesk"], world.actors["outsider"]
        assert [kind.name for kind in await visit_types(session, staff)] == ["Intake", "Therapy"]
        assert [kind.name for kind in await visit_types(session, staff, self_bookable=True)] == ["Therapy"]
        assert await visit_types(session, outsider) == []


async def test_a_kind_that_is_not_offered_to_the_actor_is_not_found(world: World) -> None:
    kind, gone = await offered(world), await offered(world, active=False)
    async with world.deps.database.read() as session:
        assert (await visit_type_by_id(session, world.actors["frontdesk"], kind.id)).id == kind.id
        for who, id_, alone in (("outsider", kind.id, False), ("frontdesk", gone.id, False), ("pcp", kind.id, True)):
            with pytest.raises(NotFound):
                await visit_type_by_id(session, world.actors[who], id_, self_bookable=alone)
        with pytest.raises(NotFound):
            await visit_type_by_id(session, world.actors["frontdesk"], None)


async def test_a_visit_is_given_by_who_is_named_for_it_or_by_all_of_its_specialty(world: World) -> None:
    named = await offered(world, "pcp", "caremanager")
    special = await offered(world, specialty="Primary care")
    nobody_s = await offered(world, specialty="Cardiology")
    assert await givers(world, named) == ["Okafor", "Reyes"]
    assert await givers(world, special) == await givers(world, None) == ["Brandt", "Okafor", "Reyes"]
    assert await givers(world, nobody_s) == []
    assert await givers(world, named, "outsider") == []


async def test_the_soonest_times_are_offered_with_reasons(world: World) -> None:
    await works(world, "pcp")
    await works(world, "psychiatrist")
    await booked(world, TEN + 20 * MINUTES, "pcp")
    search = await found(world, state="ID", clinic=world.clinic.id)
    pcp, expires = world.practitioners["pcp"].id, TEN.date() + timedelta(days=200)
    first, second = search.first(2)
    assert (first.practitioner, first.start) == (pcp, TEN)
    assert second.start == TEN + 40 * MINUTES
    assert first.why == (Reason(Fit.LICENCE, "ID", expires), Reason(Fit.CLINIC, str(world.clinic.id)))


async def test_times_come_by_practitioner_too_and_only_of_those_who_are_wanted(world: World) -> None:
    for name in ("pcp", "psychiatrist", "caremanager"):
        await works(world, name)
    await booked(world, TEN, "pcp")
    wanted = frozenset(world.practitioners[name].id for name in ("pcp", "psychiatrist"))
    search = await found(world, practitioners=wanted, specialty="Primary care")
    assert [(person.family_name, offers[0].start) for person, offers in search.by_practitioner(2)] == [
        ("Brandt", TEN),
        ("Okafor", TEN + 20 * MINUTES),
    ]
    assert len(search.group().candidates) == 2


async def test_a_kind_of_visit_brings_its_specialty_and_whether_it_is_in_person(world: World) -> None:
    await works(world, "pcp")
    there = await offered(world, modality="in-person", specialty="Primary care")
    search = await found(world, visit_type=there)
    assert (search.need.visit.in_person, search.need.specialty) == (True, "Primary care")
    assert search.first(1)[0].why == (Reason(Fit.SPECIALTY, "Primary care"),)


async def test_one_time_is_asked_for_again_when_somebody_wants_it(world: World) -> None:
    await works(world, "pcp")
    pcp = world.practitioners["pcp"].id
    search = await found(world)
    assert search.offer_at(TEN + 20 * MINUTES, pcp)
    for moment in (
        TEN + 5 * MINUTES,
        TEN + timedelta(seconds=1),
        TEN - 20 * MINUTES,
        TEN + DAY,
        TEN + 9 * 60 * MINUTES,
    ):
        assert search.offer_at(moment, pcp) is None
    assert search.offer_at(TEN, world.practitioners["psychiatrist"].id) is None


async def test_who_lost_a_time_is_offered_the_next_and_others_at_that_one(world: World) -> None:
    await works(world, "pcp")
    await works(world, "psychiatrist")
    await booked(world, TEN, "pcp")
    pcp, psychiatrist = (world.practitioners[name].id for name in ("pcp", "psychiatrist"))
    instead = (await found(world)).instead_of(TEN, pcp)
    assert [offer.start for offer in instead.next_times] == [TEN + n * MINUTES for n in (20, 40, 60)]
    assert [offer.practitioner for offer in instead.same_time] == [psychiatrist]
    nobody = (await found(world)).instead_of(TEN, new_id())
    assert (nobody.next_times, nobody.same_time) == ((), ())


async def test_a_day_that_is_full_because_of_its_morning_is_full_in_the_afternoon(world: World) -> None:
    await works(world, "pcp", nine_to_five(limits=BookingLimits(step=20, daily_maximum=1, before=5, after=10)))
    await booked(world, TEN, "pcp")
    search = await found(world, start=TEN + timedelta(hours=4), end=TEN + DAY)
    assert search.first(1)[0].start == TEN + 23 * timedelta(hours=1)
    kept = buffers_of(search.candidates)[world.practitioners["pcp"].id]
    assert (kept.before, kept.after) == (5, 10)


async def test_an_outsider_finds_nobody(world: World) -> None:
    await works(world, "pcp")
    search = await found(world, "outsider")
    assert (search.first(1), search.candidates) == ([], ())


async def test_the_languages_that_the_organization_speaks_are_known(world: World) -> None:
    for name in ("pcp", "psychiatrist", "outsider"):
        await speaks(world, name, "hmn" if name == "outsider" else "es")
    async with world.deps.database.read() as session:
        assert await languages_spoken(session, world.actors["frontdesk"]) == ["es"]
