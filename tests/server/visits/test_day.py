"""Who sees which lines of the day, what a line says, and in which order people wait."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from server.access import Role
from server.calls import Seat
from server.directory import Clinic, PractitionerLicence
from server.identity import LinkState, prove_link
from server.scheduling import CancelReason
from server.visits import actions
from server.visits.change_actions import cancel_visit
from server.visits.day import Day, Line, day_of
from server.visits.rules import VisitState
from server.visits.store import Safety
from tests.cast import BORN, World
from tests.server.visits import journey

pytestmark = pytest.mark.anyio
IN_WYOMING = Safety("9 Elm Road", "Cody", "WY", "307-555-0100", "Ann", "307-555-0101", "")


async def today(world: World, who: str = "pcp") -> Day:
    return await day_of(world.deps, world.actors[who])


async def the_line(world: World, who: str = "pcp") -> Line:
    (line,) = (await today(world, who)).lines
    return line


async def with_psychiatrist(world: World, **changes: Any) -> tuple[UUID, str]:
    return await world.visit(practitioner_id=world.practitioners["psychiatrist"].id, **changes)


async def test_practitioners_see_their_own_visits_and_the_front_desk_all_of_the_clinic(world: World) -> None:
    mine, _ = await world.visit()
    theirs, _ = await with_psychiatrist(world)
    seen = {who: {line.encounter.id for line in (await today(world, who)).lines} for who in world.actors}
    assert seen == {
        "pcp": {mine},
        "psychiatrist": {theirs},
        "caremanager": set(),
        "frontdesk": {mine, theirs},
        "admin": {mine, theirs},
        "outsider": set(),
    }


async def test_the_front_desk_of_a_clinic_sees_no_visit_of_another(world: World) -> None:
    north = await world.second_clinic()
    await world.hire("northerndesk", Role.FRONT_DESK, north)
    await world.hire("floater", Role.FRONT_DESK, north, covers=False)
    await world.visit()
    counted = {who: len((await today(world, who)).lines) for who in ("frontdesk", "northerndesk", "floater")}
    assert counted == {"frontdesk": 1, "northerndesk": 0, "floater": 0}


async def test_the_day_is_that_of_a_clinic_that_is_covered(site: World) -> None:
    far = await site.second_clinic("A clinic in Maine")
    async with site.deps.database.write() as session:
        (await session.get_one(Clinic, far.id)).time_zone = "America/New_York"
    await site.hire("mainedesk", Role.FRONT_DESK, far)
    assert ((await today(site, "frontdesk")).zone, (await today(site, "mainedesk")).zone) == (
        "America/Denver",
        "America/New_York",
    )


async def test_a_line_says_when_who_why_and_how_long(site: World) -> None:
    await site.visit(minutes=40)
    line = await the_line(site)
    assert (line.reason, line.length, line.patient.family_name, line.is_mine) == ("Follow-up", 40, "Alvarez", True)
    assert (line.state, line.minutes, line.link, line.asking) == (VisitState.BOOKED, 0, LinkState.USABLE, False)
    assert (line.confirmed, line.safety, line.unlicensed) == (False, Safety(), False)


async def test_a_visit_without_a_reason_has_an_empty_one(site: World) -> None:
    await site.visit(reason="")
    assert (await the_line(site)).reason == ""


async def test_the_day_is_the_clinics_not_greenwichs(site: World) -> None:
    evening = site.clock.now + timedelta(hours=12)
    today_id, _ = await site.visit(starts_at=evening)
    tomorrow = evening + timedelta(hours=2, minutes=30)
    await site.visit(starts_at=tomorrow)
    await site.visit(starts_at=site.clock.now - timedelta(hours=11))
    assert [line.encounter.id for line in (await today(site)).lines] == [today_id]


async def test_midnight_takes_nobody_off_the_page_who_waits_or_talks(site: World) -> None:
    late = site.clock.now + timedelta(hours=13, minutes=50)
    site.clock.now = late
    waits, token = await site.visit()
    await journey.patient_waits(site, token)
    talks, other = await site.visit()
    await journey.patient_waits(site, other)
    await actions.admit_patient(site.deps, site.live, site.actors["pcp"], talks)
    await site.visit()
    site.clock.pass_(minutes=20)
    assert {line.encounter.id for line in (await today(site)).lines} == {waits, talks}


async def test_midnight_takes_no_visit_off_the_page_before_it_should_be_over(site: World) -> None:
    site.clock.pass_(hours=13, minutes=55)
    visit_id, _ = await site.visit(minutes=20)
    cancelled, _ = await site.visit(minutes=20)
    await cancel_visit(site.deps, site.live, site.actors["pcp"], cancelled, CancelReason.PATIENT)
    site.clock.pass_(minutes=19)
    assert [line.encounter.id for line in (await today(site)).lines] == [visit_id]
    site.clock.pass_(minutes=1)
    assert list((await today(site)).lines) == []


async def test_a_line_follows_the_visit_from_booked_to_finished(site: World) -> None:
    visit_id, token = await site.visit()
    states = [(await the_line(site)).state]
    await journey.patient_waits(site, token)
    site.clock.pass_(minutes=4)
    waiting = await the_line(site)
    await actions.admit_patient(site.deps, site.live, site.actors["pcp"], visit_id)
    site.clock.pass_(minutes=6)
    running = await the_line(site)
    await actions.end_visit(site.deps, site.live, site.actors["pcp"], visit_id)
    states += [waiting.state, running.state, (await the_line(site)).state]
    assert states == [VisitState.BOOKED, VisitState.WAITING, VisitState.IN_PROGRESS, VisitState.FINISHED]
    assert (waiting.minutes, running.minutes) == (4, 6)


async def test_who_waits_longest_stands_first_whenever_they_were_booked(site: World) -> None:
    first, early = await site.visit(starts_at=site.clock.now + timedelta(minutes=10))
    second, token = await site.visit()
    await journey.patient_waits(site, early)
    site.clock.pass_(minutes=5)
    await journey.patient_waits(site, token)
    day = await today(site)
    assert [line.encounter.id for line in day.waiting] == [first, second]
    assert (day.count("waiting"), day.count("booked"), day.next_id) == (2, 0, first)


async def test_the_visit_to_go_on_with_is_the_running_one_then_who_waits_then_who_comes(site: World) -> None:
    past, _ = await site.visit(starts_at=site.clock.now - timedelta(hours=1))
    coming, _ = await site.visit(starts_at=site.clock.now + timedelta(hours=1))
    assert (await today(site)).next_id == coming
    now, token = await site.visit()
    assert (await today(site)).next_id == now
    await journey.patient_waits(site, token)
    await actions.admit_patient(site.deps, site.live, site.actors["pcp"], now)
    day = await today(site)
    assert (day.next_id, day.lines[0].encounter.id) == (now, past)


async def test_a_day_without_visits_has_none_to_go_on_with(site: World) -> None:
    day = await today(site, "caremanager")
    assert (list(day.lines), day.waiting, day.next_id, day.zone) == ([], [], None, "America/Denver")


async def test_the_warning_stands_on_the_line_before_anybody_is_admitted(site: World) -> None:
    _, token = await site.visit()
    await journey.patient_waits(site, token, IN_WYOMING)
    line = await the_line(site, "frontdesk")
    assert (line.unlicensed, line.confirmed, line.safety.city, line.is_mine) == (True, True, "Cody", False)


async def test_a_licence_is_good_through_its_last_day_as_the_clinic_counts_days(site: World) -> None:
    site.clock.now += timedelta(hours=9)  # seven in the evening at the clinic, the next day in Greenwich
    async with site.deps.database.write() as session:
        for licence in await session.exec(select(PractitionerLicence).where(col(PractitionerLicence.state) == "MT")):
            licence.expires_on = date(2026, 11, 24)
    _, token = await site.visit()
    await journey.patient_waits(site, token)
    assert not (await the_line(site)).unlicensed
    site.clock.now += timedelta(hours=5)
    assert (await the_line(site)).unlicensed


async def test_a_line_knows_whether_the_patient_is_connected_and_what_the_link_wants(site: World) -> None:
    _, token = await site.visit()
    await journey.patient_waits(site, token)
    assert not (await the_line(site)).connected
    async with site.deps.database.write() as session:
        (seat,) = (await session.exec(select(Seat))).all()
        seat.connection = "c1"
    for _ in range(2):
        await prove_link(site.deps, token, BORN.isoformat(), None)
    for _ in range(5):
        await prove_link(site.deps, token, "1991-04-17", None)
    line = await the_line(site)
    assert (line.connected, line.asking, line.link) == (True, True, LinkState.LOCKED)


async def test_an_organization_without_a_clinic_still_has_a_day(site: World) -> None:
    stranger = site.actors["outsider"]
    actor = type(stranger)(stranger.roles, site.outside_patient.id, stranger.account_id)
    assert (await day_of(site.deps, actor)).zone == "UTC"
