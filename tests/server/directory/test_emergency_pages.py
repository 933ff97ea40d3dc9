"""Breaking the glass in a browser: the way from the refusal to the record, the banner, and the end."""

import re
from uuid import UUID

import httpx2
import pytest

from server.access import Role
from server.kit.ids import new_id
from tests.cast import World
from tests.server.directory.emergencies import LOCUM, REASON, hire_locum, rows
from tests.server.visits import journey

pytestmark = pytest.mark.anyio
PART = {"HX-Request": "true"}


@pytest.fixture
async def stage(site: World) -> World:
    await hire_locum(site)
    return site


@pytest.fixture
async def visit(stage: World) -> UUID:
    return (await stage.visit())[0]


@pytest.fixture
async def locum(stage: World) -> httpx2.AsyncClient:
    return await stage.signed_in(LOCUM)


def address(world: World) -> str:
    return f"/patients/{world.patient.id}/emergency"


async def break_glass(world: World, browser: httpx2.AsyncClient) -> httpx2.Response:
    return await browser.post(address(world), data={"reason": REASON})


async def test_the_refusal_offers_the_way_and_the_way_leads_into_the_record(
    stage: World, visit: UUID, locum: httpx2.AsyncClient
) -> None:
    refused = await locum.get(f"/visits/{visit}")
    assert refused.status_code == 403
    assert f'href="{address(stage)}"' in refused.text
    answer = await break_glass(stage, locum)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/patients/{stage.patient.id}")
    assert (await locum.get(f"/visits/{visit}")).status_code == 200


async def test_what_is_read_then_is_noted_as_break_glass(stage: World, visit: UUID, locum: httpx2.AsyncClient) -> None:
    await break_glass(stage, locum)
    await locum.get(f"/visits/{visit}")
    read = [event for event in await journey.audited(stage, "read") if event.entity == "Encounter"]
    assert [(event.why, event.entity_id) for event in read] == [("break-glass", visit)]


async def test_the_refusal_offers_nothing_to_a_role_that_may_not(stage: World, visit: UUID) -> None:
    await stage.hire("deskworker", Role.FRONT_DESK, await stage.second_clinic())
    refused = await (await stage.signed_in("deskworker")).get(f"/visits/{visit}")
    assert refused.status_code == 403
    assert "/emergency" not in refused.text


async def test_it_opens_nothing_but_reading(stage: World, visit: UUID, locum: httpx2.AsyncClient) -> None:
    await break_glass(stage, locum)
    page = await locum.get(f"/visits/{visit}")
    assert "New link" not in page.text
    assert "to be read" in page.text
    for path in (f"/visits/{visit}/link", f"/visits/{visit}/end", f"/patients/{stage.patient.id}/care-team"):
        assert (await locum.post(path, data={"account": str(stage.accounts[LOCUM].id)})).status_code == 403
    assert (await locum.get(f"/visits/{visit}/call")).status_code == 403


async def test_the_hour_ends_by_itself_with_the_next_request(
    stage: World, visit: UUID, locum: httpx2.AsyncClient
) -> None:
    await break_glass(stage, locum)
    answers = []
    for _ in range(6):
        answers.append((await locum.get(f"/visits/{visit}")).status_code)
        stage.clock.pass_(minutes=10)
    answers.append((await locum.get(f"/visits/{visit}")).status_code)
    assert answers == [200, 200, 200, 200, 200, 200, 403]


async def test_every_page_says_so_as_long_as_it_is_open(stage: World, locum: httpx2.AsyncClient) -> None:
    assert "/emergencies" not in (await locum.get("/today")).text
    await break_glass(stage, locum)
    assert 'hx-get="/emergencies"' in (await locum.get("/today")).text
    stage.clock.pass_(minutes=12)
    banner = (await locum.get("/emergencies", headers=PART)).text
    assert "M. Alvarez" in banner
    assert "48 minutes left" in banner
    assert "<html" not in banner


async def test_it_is_closed_from_the_banner(stage: World, visit: UUID, locum: httpx2.AsyncClient) -> None:
    await break_glass(stage, locum)
    page = (await locum.get("/emergencies")).text
    found = re.search(r'action="(/emergencies/[^"]+/close)"', page)
    assert found
    assert (await locum.post(found.group(1))).headers["location"] == "/"
    assert (await locum.get(f"/visits/{visit}")).status_code == 403
    assert "No record is open" in (await locum.get("/emergencies")).text


async def test_a_reason_that_is_too_short_is_kept_and_nothing_opens(stage: World, locum: httpx2.AsyncClient) -> None:
    answer = await locum.post(address(stage), data={"reason": "because"})
    assert answer.status_code == 422
    assert "Say in a sentence why" in answer.text
    assert ">because</textarea>" in answer.text
    assert await rows(stage) == []


async def test_the_form_says_what_it_means_and_looking_at_it_is_noted(stage: World, locum: httpx2.AsyncClient) -> None:
    page = (await locum.get(address(stage))).text
    assert "Maria Alvarez" in page
    assert "60 minutes" in page
    assert "open already" not in page
    (event,) = await journey.audited(stage, "read")
    assert event.patient_id == stage.patient.id


async def test_the_form_says_that_it_is_open_already(stage: World, locum: httpx2.AsyncClient) -> None:
    await break_glass(stage, locum)
    stage.clock.pass_(minutes=9)
    assert "for 51 minutes more" in (await locum.get(address(stage))).text


async def test_it_asks_for_the_person_to_be_proved_anew(stage: World, locum: httpx2.AsyncClient) -> None:
    stage.clock.pass_(minutes=10)
    answer = await break_glass(stage, locum)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(("/login", "/confirm"))
    assert await rows(stage) == []


async def test_who_treats_nobody_is_not_asked_for_a_reason(stage: World) -> None:
    desk = await stage.signed_in("frontdesk")
    assert (await desk.get(address(stage))).status_code == 403
    assert (await break_glass(stage, desk)).status_code == 403


@pytest.mark.parametrize("patient", ["outside", "unknown", "nonsense"])
async def test_who_is_not_of_the_organization_does_not_exist(
    stage: World, locum: httpx2.AsyncClient, patient: str
) -> None:
    wanted = {"outside": str(stage.outside_patient.id), "unknown": str(new_id())}.get(patient, patient)
    assert (await locum.get(f"/patients/{wanted}/emergency")).status_code == 404
    answer = await locum.post(f"/patients/{wanted}/emergency", data={"reason": REASON})
    assert answer.status_code == 404
