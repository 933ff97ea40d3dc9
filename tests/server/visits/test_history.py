"""A patient's visits on the patient's page: those that the reader has a tie to, and no others."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.access import Role
from server.visits import actions
from tests.cast import World
from tests.server.directory.emergencies import LOCUM, hire_locum, opened
from tests.server.visits import journey

pytestmark = pytest.mark.anyio
PART = {"HX-Request": "true"}


def address(world: World) -> str:
    return f"/patients/{world.patient.id}/visits"


async def shown(world: World, who: str) -> str:
    answer = await (await world.signed_in(who)).get(address(world), headers=PART)
    assert answer.status_code == 200
    return answer.text


async def test_visits_to_come_stand_before_those_that_were_with_their_links(site: World) -> None:
    done, token = await site.visit(starts_at=site.clock.now - timedelta(hours=1))
    await journey.patient_waits(site, token)
    await actions.admit_patient(site.deps, site.live, site.actors["pcp"], done)
    await actions.end_visit(site.deps, site.live, site.actors["pcp"], done)
    later, _ = await site.visit(starts_at=site.clock.now + timedelta(days=2))
    sooner, _ = await site.visit(starts_at=site.clock.now + timedelta(days=1))
    page = await shown(site, "pcp")
    places = [page.index(f"/visits/{visit_id}") for visit_id in (sooner, later, done)]
    assert places == sorted(places)
    assert page.index("Visits to come") < places[0] < page.index("Visits so far") < places[2]


async def test_the_day_is_the_clinic_s(site: World) -> None:
    await site.visit(starts_at=site.clock.now + timedelta(hours=12))
    page = await shown(site, "pcp")
    assert "11/24/2026, 10:00\u00a0PM" in page


async def test_a_patient_without_visits_is_shown_none(site: World) -> None:
    await hire_locum(site)
    await opened(site)
    assert "No visits yet." in await shown(site, LOCUM)


async def test_a_clinic_s_cover_shows_that_clinic_s_visits_only(world: World) -> None:
    north = await world.second_clinic()
    await world.hire("northern", Role.PCP, north, "MT")
    await world.hire("northerndesk", Role.FRONT_DESK, north)
    here, _ = await world.visit()
    world.actors["pcp"] = replace(world.actors["pcp"], clinics=frozenset({north.id, world.clinic.id}))
    there, _ = await world.visit(practitioner_id=world.practitioners["northern"].id)
    seen = {who: await shown(world, who) for who in ("frontdesk", "northerndesk")}
    assert {who: (str(here) in page, str(there) in page) for who, page in seen.items()} == {
        "frontdesk": (True, False),
        "northerndesk": (False, True),
    }


async def test_the_care_team_sees_all_of_them(site: World) -> None:
    here, _ = await site.visit()
    await site.hire("northerner", Role.CARE_MANAGER, await site.second_clinic())
    typed = {"account": str(site.accounts["northerner"].id)}
    await (await site.signed_in("pcp")).post(f"/patients/{site.patient.id}/care-team", data=typed)
    assert str(here) in await shown(site, "northerner")


async def test_looking_is_noted_with_the_tie(site: World) -> None:
    await site.visit()
    await shown(site, "frontdesk")
    (event,) = await journey.audited(site, "read")
    assert (event.patient_id, event.why) == (site.patient.id, "coverage")


async def test_without_a_tie_a_clinician_is_offered_the_emergency_and_the_front_desk_is_not(site: World) -> None:
    visit_id, _ = await site.visit()
    await hire_locum(site)
    await site.hire("northerndesk", Role.FRONT_DESK, await site.second_clinic())
    for who, offered in ((LOCUM, True), ("northerndesk", False)):
        part = await shown(site, who)
        assert ("Open in an emergency" in part) is offered
        assert str(visit_id) not in part


async def test_without_a_tie_the_page_itself_is_refused(site: World) -> None:
    await site.visit()
    await hire_locum(site)
    answer = await (await site.signed_in(LOCUM)).get(address(site))
    assert answer.status_code == 403
    assert f"/patients/{site.patient.id}/emergency" in answer.text


async def test_without_scripts_it_is_a_page(site: World) -> None:
    visit_id, _ = await site.visit()
    page = (await (await site.signed_in("pcp")).get(address(site))).text
    assert "<html" in page
    assert f"/visits/{visit_id}" in page


async def test_a_stranger_is_told_nothing(site: World) -> None:
    await site.visit()
    assert (await (await site.signed_in("outsider")).get(address(site), headers=PART)).status_code == 404
