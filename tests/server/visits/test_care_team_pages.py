"""The care team in a browser: a part of the patient's page, and what stands there without a tie."""

import re

import pytest

from server.access import Role
from server.kit.ids import new_id
from tests.cast import World
from tests.server.directory.emergencies import LOCUM, hire_locum
from tests.server.visits import journey

pytestmark = pytest.mark.anyio
PART = {"HX-Request": "true"}


def address(world: World) -> str:
    return f"/patients/{world.patient.id}/care-team"


async def test_the_patient_s_page_brings_it_as_a_part(site: World) -> None:
    page = (await (await site.signed_in("pcp")).get(f"/patients/{site.patient.id}")).text
    assert f'hx-get="{address(site)}"' in page
    assert f'hx-get="/patients/{site.patient.id}/visits"' in page


async def test_somebody_is_added_and_taken_off_again(site: World) -> None:
    await site.visit()
    pcp = await site.signed_in("pcp")
    answer = await pcp.post(address(site), data={"account": str(site.accounts["caremanager"].id)})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/patients/{site.patient.id}")
    part = (await pcp.get(address(site), headers=PART)).text
    assert "Take off the team: Tomas Reyes" in part
    assert "<html" not in part
    end = re.search(r'action="([^"]+/end)"', part)
    assert end
    assert (await pcp.post(end.group(1))).status_code == 303
    assert "Nobody yet." in (await pcp.get(address(site))).text


async def test_who_is_in_it_leaves_it_and_is_not_offered_again(site: World) -> None:
    await site.visit()
    pcp = await site.signed_in("pcp")
    assert "Dr. Rose Okafor</option>" in (await pcp.get(address(site))).text
    await pcp.post(address(site), data={"account": str(site.accounts["pcp"].id)})
    page = (await pcp.get(address(site))).text
    assert "Leave the team" in page
    assert "Dr. Rose Okafor</option>" not in page


@pytest.mark.parametrize("typed", ["", "nonsense", str(new_id())])
async def test_a_choice_that_is_none_is_said_beside_the_field(site: World, typed: str) -> None:
    await site.visit()
    answer = await (await site.signed_in("pcp")).post(address(site), data={"account": typed})
    assert answer.status_code == 422
    assert "Choose who joins the care team." in answer.text


async def test_looking_at_it_is_noted_with_the_tie(site: World) -> None:
    await site.visit()
    await (await site.signed_in("frontdesk")).get(address(site))
    (event,) = await journey.audited(site, "read")
    assert (event.entity, event.patient_id, event.why) == ("CareTeam", site.patient.id, "coverage")


async def test_without_a_tie_the_part_explains_and_names_nobody(site: World) -> None:
    await site.visit()
    await (await site.signed_in("pcp")).post(address(site), data={"account": str(site.accounts["caremanager"].id)})
    await hire_locum(site)
    locum = await site.signed_in(LOCUM)
    part = await locum.get(address(site), headers=PART)
    assert "One of them can add you." in part.text
    assert "Reyes" not in part.text
    assert (await locum.get(address(site))).status_code == 403
    assert [e for e in await journey.audited(site, "read") if e.account_id == site.accounts[LOCUM].id] == []


async def test_an_emergency_shows_it_without_changing_it(site: World) -> None:
    await site.visit()
    await hire_locum(site)
    locum = await site.signed_in(LOCUM)
    await locum.post(f"/patients/{site.patient.id}/emergency", data={"reason": "Found unresponsive at home"})
    page = (await locum.get(address(site))).text
    assert "Care team" in page
    assert "Add to the team" not in page


async def test_a_stranger_is_told_nothing(site: World) -> None:
    await site.visit()
    outsider = await site.signed_in("outsider")
    assert (await outsider.get(address(site), headers=PART)).status_code == 404
    assert (await outsider.post(address(site), data={})).status_code == 404


async def test_a_clinic_s_cover_does_not_reach_another_clinic_s_patient(site: World) -> None:
    await site.visit()
    await site.hire("northerner", Role.FRONT_DESK, await site.second_clinic())
    part = (await (await site.signed_in("northerner")).get(address(site), headers=PART)).text
    assert "Seen by those" in part
