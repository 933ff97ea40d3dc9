"""A patient's own visit: seen, moved and cancelled by the link or the account, in their zone, and nobody else's."""

from datetime import timedelta

import httpx2
import pytest

from server.directory import Patient
from server.scheduling import Appointment, add_practitioner
from tests.cast import TEN, World
from tests.server.identity.own_accounts import another_patient, own_account, signed_in
from tests.server.visits import journey
from tests.server.visits.planning import NINE, at, follow_up, planner, times

pytestmark = pytest.mark.anyio

SOON = TEN + timedelta(days=7)
MINUTES = timedelta(minutes=1)


@pytest.fixture
async def maria(site: World) -> httpx2.AsyncClient:
    """Maria's browser, signed in with her account."""
    return await signed_in(site, await own_account(site))


async def test_by_the_link_a_visit_is_moved_in_two_steps(site: World) -> None:
    await follow_up(site)
    visit_id, token = await site.visit(starts_at=SOON)
    browser = await planner(site, token)
    page = (await browser.get("/plan/time?day=2026-11-30")).text
    assert at(site, NINE) in times(page)
    sure = await browser.post("/plan/time", data={"at": at(site, NINE)})
    assert ("Move your visit?" in sure.text, "Monday, November 30" in sure.text) == (True, True)
    assert (await journey.appointment_of(site, visit_id)).starts_at == SOON
    moved = await browser.post("/plan/time", data={"at": at(site, NINE), "sure": "1"})
    assert moved.headers["location"] == "/plan?news=moved"
    assert (await journey.appointment_of(site, visit_id)).starts_at == NINE
    assert "Moved to this time" in (await browser.get("/plan?news=moved")).text


async def test_with_an_account_a_visit_is_moved_and_cancelled_too(site: World, maria: httpx2.AsyncClient) -> None:
    await follow_up(site)
    visit_id, _ = await site.visit(starts_at=SOON)
    path = f"/my/visits/{visit_id}"
    assert path in (await maria.get("/my")).text
    assert (await maria.post(f"{path}/time", data={"at": at(site, NINE), "sure": "1"})).status_code == 303
    assert (await journey.appointment_of(site, visit_id)).starts_at == NINE
    assert "Cancel your visit?" in (await maria.get(f"{path}/cancel")).text
    for _ in range(2):
        assert (await maria.post(f"{path}/cancel")).headers["location"] == f"{path}?news=cancelled"
    row = await journey.appointment_of(site, visit_id)
    assert (row.status, row.cancel_reason) == ("cancelled", "pat")
    assert "This visit was cancelled" in (await maria.get(path)).text
    assert (await maria.get(f"{path}/time")).text.count("This visit was cancelled already.") == 1


async def test_another_s_visit_is_not_found(site: World, maria: httpx2.AsyncClient) -> None:
    rosa = await another_patient(site, "Rosa")
    visit_id, _ = await site.visit(starts_at=SOON, patient_id=rosa.id)
    for path in ("", "/time", "/cancel"):
        assert (await maria.get(f"/my/visits/{visit_id}{path}")).status_code == 404
    for path in ("/time", "/cancel"):
        assert (await maria.post(f"/my/visits/{visit_id}{path}", data={"at": at(site, NINE)})).status_code == 404
    assert (await maria.get("/my/visits/x")).status_code == 404


async def test_times_are_the_patient_s_with_the_clinic_s_beside_them_where_they_differ(site: World) -> None:
    await follow_up(site)
    _, token = await site.visit(starts_at=SOON)
    browser = await planner(site, token)
    assert "At the clinic it is" not in (await browser.get("/plan")).text
    async with site.deps.database.write() as session:
        (await session.get_one(Patient, site.patient.id)).time_zone = "America/Los_Angeles"
    page = (await browser.get("/plan")).text
    assert "9:00\u00a0AM" in page
    assert "At the clinic it is 10:00\u00a0AM (Mountain Time)." in page
    page = (await browser.get("/plan/time?day=2026-11-30")).text
    assert "All times are yours, in Pacific Time." in page
    assert "9:00\u00a0AM Mountain Time" in page


async def test_too_close_to_the_visit_the_clinic_is_called(site: World) -> None:
    await follow_up(site)
    visit_id, token = await site.visit(starts_at=TEN + 119 * MINUTES)
    browser = await planner(site, token)
    page = (await browser.get("/plan")).text
    assert "Change the time" not in page
    assert "tel:406-555-0142" in page
    for path in ("/plan/time", "/plan/cancel"):
        answer = await browser.get(path)
        assert (answer.status_code, "Please call the clinic" in answer.text) == (200, True)
        answer = await browser.post(path, data={"at": at(site, NINE), "sure": "1"})
        assert (answer.status_code, "Please call the clinic" in answer.text) == (409, True)
    assert (await journey.appointment_of(site, visit_id)).status == "booked"


async def test_a_time_that_was_just_taken_shows_the_next_ones(site: World) -> None:
    await follow_up(site)
    _, token = await site.visit(starts_at=SOON)
    browser = await planner(site, token)
    await site.visit(starts_at=NINE)
    answer = await browser.post("/plan/time", data={"at": at(site, NINE), "sure": "1"})
    assert answer.status_code == 409
    assert "Somebody just took this time." in answer.text
    assert times(answer.text)[0] == at(site, NINE + 20 * MINUTES)


@pytest.mark.parametrize("typed", ["", "x", "2026-11-30T16:00:00+00:00|x", "9" * 5000])
async def test_a_time_that_no_form_of_ours_sends_leads_back_to_the_times(site: World, typed: str) -> None:
    await follow_up(site)
    _, token = await site.visit(starts_at=SOON)
    browser = await planner(site, token)
    answer = await browser.post("/plan/time", data={"at": typed, "sure": "1"})
    assert answer.headers["location"] == "/plan/time"
    assert (await browser.get(f"/plan/time?day={typed}")).status_code == 200


async def test_a_visit_of_several_is_moved_by_the_clinic_and_cancelled_by_the_patient(site: World) -> None:
    await follow_up(site)
    visit_id, token = await site.visit(starts_at=SOON)
    row = await journey.appointment_of(site, visit_id)
    async with site.deps.database.write() as session:
        add_practitioner(session, await session.get_one(Appointment, row.id), site.practitioners["psychiatrist"].id)
    browser = await planner(site, token)
    assert "More people than one" in (await browser.get("/plan/time")).text
    assert (await browser.post("/plan/cancel")).status_code == 303


async def test_without_any_hours_the_clinic_is_called(site: World) -> None:
    _, token = await site.visit(starts_at=SOON)
    page = (await (await planner(site, token)).get("/plan/time")).text
    assert "No other time is free here" in page


async def test_looks_and_changes_are_in_the_audit_trail(site: World) -> None:
    await follow_up(site)
    _, token = await site.visit(starts_at=SOON)
    browser = await planner(site, token)
    await browser.get("/plan")
    await browser.post("/plan/cancel")
    events = await journey.audited(site, "read", "cancel")
    assert {event.action for event in events if event.patient_id == site.patient.id} == {"read", "cancel"}
