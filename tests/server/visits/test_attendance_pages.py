"""Checking in and no-shows as staff see them: on Today and on the visit's own page."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.cast import World
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def post(world: World, visit_id: UUID, path: str, who: str = "frontdesk", **data: str) -> str:
    answer = await (await world.signed_in(who)).post(f"/visits/{visit_id}/{path}", data=data)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def page(world: World, path: str, who: str = "frontdesk") -> str:
    return (await (await world.signed_in(who)).get(path)).text


async def test_the_front_desk_checks_in_from_today_who_is_expected(site: World) -> None:
    visit_id, _ = await site.visit()
    assert "Check M. Alvarez in" in await page(site, "/today")
    assert await post(site, visit_id, "check-in") == "/today"
    assert "Checked in" in await page(site, "/today")


async def test_today_offers_no_check_in_to_the_clinician_nor_long_before(site: World) -> None:
    await site.visit()
    assert "Check M. Alvarez in" not in await page(site, "/today", "pcp")
    site.clock.pass_(minutes=-31)
    assert "Check M. Alvarez in" not in await page(site, "/today")


async def test_a_no_show_on_today_is_one_step_from_being_checked_in(site: World) -> None:
    visit_id, _ = await site.visit()
    await post(site, visit_id, "no-show")
    assert "M. Alvarez came after all" in await page(site, "/today")


async def test_a_checked_in_patient_is_next_and_the_clinician_may_start(site: World) -> None:
    visit_id, _ = await site.visit()
    await post(site, visit_id, "check-in")
    assert "Start visit with M. Alvarez" in await page(site, "/today", "pcp")


async def test_the_visits_page_offers_what_fits_and_leads_back_to_itself(site: World) -> None:
    visit_id, _ = await site.visit()
    sheet = f"/visits/{visit_id}"
    assert "Check in" in await page(site, sheet)
    assert await post(site, visit_id, "check-in", back="sheet") == sheet
    shown = await page(site, sheet, "pcp")
    assert "The visit took place" in shown
    assert "Another time" not in shown
    await post(site, visit_id, "check-in", undo="1", back="sheet")
    await post(site, visit_id, "no-show", back="sheet")
    shown = await page(site, sheet)
    assert "Came after all" in shown
    assert "Take back no-show" in shown
    assert "Another time" in shown


async def test_a_visit_of_another_day_offers_neither(site: World) -> None:
    visit_id, _ = await site.visit(starts_at=site.clock.now + timedelta(days=3))
    shown = await page(site, f"/visits/{visit_id}")
    assert "Check in<" not in shown
    assert "No-show<" not in shown
    answer = await (await site.signed_in("frontdesk")).post(f"/visits/{visit_id}/check-in")
    assert answer.status_code == 409


async def test_htmx_is_answered_without_a_page(site: World) -> None:
    visit_id, _ = await site.visit()
    browser = await site.signed_in("frontdesk", **{"HX-Request": "true"})
    assert (await browser.post(f"/visits/{visit_id}/check-in")).status_code == 204
    assert (await journey.appointment_of(site, visit_id)).status == "arrived"
