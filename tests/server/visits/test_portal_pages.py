"""A signed-in patient's pages: visits, joining one, who looked at the record, and the switch."""

from datetime import timedelta

import httpx2
import pytest
from sqlmodel import select

from server.access import Actor, Why
from server.audit import Subject, note
from server.directory import Patient
from server.identity import AccessLink
from server.kit.ids import new_id
from server.visits import portal_pages
from server.visits.attendance_actions import mark_no_show
from tests.cast import World
from tests.server.identity.own_accounts import another_patient, make_own, own_account, signed_in
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


@pytest.fixture
async def maria(site: World) -> httpx2.AsyncClient:
    """Maria's browser, signed in with her account."""
    return await signed_in(site, await own_account(site))


async def text(browser: httpx2.AsyncClient, path: str = "/my") -> str:
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


async def noted(world: World, who: Actor, action: str, entity: str, why: str = "", **ago: float) -> None:
    async with world.deps.database.write() as session:
        moment = world.clock.now - timedelta(**ago)
        note(session, moment, who, action, Subject(entity, new_id(), world.patient.id), why)


# Visits


async def test_a_visit_to_come_says_when_in_the_patients_zone_with_whom_and_where(
    site: World, maria: httpx2.AsyncClient
) -> None:
    async with site.deps.database.write() as session:
        (await session.get_one(Patient, site.patient.id)).time_zone = "America/Los_Angeles"
    await site.visit(starts_at=site.clock.now + timedelta(days=7), reason="Depression")
    page = await text(maria)
    for words in ("Dr. R. Okafor", "Cedar Creek Clinic", "tel:406-555-0142", "Tuesday, December 1", "9:00\u00a0AM"):
        assert words in page
    assert "Pacific Time" in page
    assert "You can join from here on Tuesday, December 1 from 8:30\u00a0AM." in page
    assert "Depression" not in page


async def test_without_visits_the_page_says_so_and_that_nothing_was_shared(maria: httpx2.AsyncClient) -> None:
    page = await text(maria)
    assert "No visit is planned" in page
    assert "Nothing was shared with you yet." in page
    assert "Past visits" not in page


async def test_a_visit_that_nobody_came_to_is_past_and_did_not_take_place(
    site: World, maria: httpx2.AsyncClient
) -> None:
    visit_id, _ = await site.visit()
    await mark_no_show(site.deps, site.live, site.actors["frontdesk"], visit_id, missed=True)
    page = await text(maria)
    assert "No visit is planned" in page
    assert "11/24/2026" in page
    assert "Did not take place" in page


async def test_join_is_there_when_the_link_opens_and_not_before(site: World, maria: httpx2.AsyncClient) -> None:
    await site.visit(starts_at=site.clock.now + timedelta(minutes=31))
    assert "/join" not in await text(maria)
    site.clock.pass_(minutes=1)
    assert "/join" in await text(maria)


async def test_who_is_late_still_joins_and_who_comes_too_late_missed_it(site: World, maria: httpx2.AsyncClient) -> None:
    await site.visit()
    site.clock.pass_(minutes=21)
    assert "/join" in await text(maria)
    async with site.deps.database.write() as session:
        (row,) = (await session.exec(select(AccessLink))).all()
        row.closes_at = site.clock.now
    page = await text(maria)
    assert "/join" not in page
    assert "Did not take place" in page


async def test_a_locked_visit_says_to_call(site: World, maria: httpx2.AsyncClient) -> None:
    _, token = await site.visit()
    for _ in range(5):
        await site.browser().post(f"/v/{token}", data=journey.WRONG)
    page = await text(maria)
    assert "/join" not in page
    assert "Call the clinic at 406-555-0142" in page


async def test_joining_leads_into_the_visit_without_a_date_of_birth(site: World, maria: httpx2.AsyncClient) -> None:
    visit_id, _ = await site.visit()
    assert (await maria.post(f"/my/visits/{visit_id}/join")).headers["location"] == "/visit"
    assert (await maria.get("/visit")).headers["location"] == "/visit/before"
    assert (await maria.post("/visit/before", data=journey.BEFORE)).headers["location"] == "/visit/room"
    assert (await maria.post("/visit/ticket")).json()["standing"] == "waiting"


async def test_joining_twice_as_in_two_tabs_keeps_the_place(site: World, maria: httpx2.AsyncClient) -> None:
    visit_id, _ = await site.visit()
    for _ in range(2):
        assert (await maria.post(f"/my/visits/{visit_id}/join")).headers["location"] == "/visit"


async def test_where_another_phone_is_in_the_visit_joining_asks(site: World, maria: httpx2.AsyncClient) -> None:
    visit_id, token = await site.visit()
    phone = await journey.waiting(site, token)
    assert (await maria.post(f"/my/visits/{visit_id}/join")).headers["location"] == "/visit/device"
    assert "open on another device" in await text(maria, "/visit/device")
    assert (await phone.get("/visit/room")).status_code == 200


async def test_the_browser_that_opened_the_link_joins_from_the_account_too(site: World) -> None:
    visit_id, token = await site.visit()
    phone = await journey.waiting(site, token)
    phone.cookies.set("curbside", (await signed_in(site, await own_account(site))).cookies["curbside"])
    assert (await phone.post(f"/my/visits/{visit_id}/join")).headers["location"] == "/visit"


async def test_another_patients_visit_is_not_there(site: World, maria: httpx2.AsyncClient) -> None:
    leo = await another_patient(site, "Leo")
    theirs, token = await site.visit(patient_id=leo.id)
    assert "No visit is planned" in await text(maria)
    for unknown in (theirs, new_id(), "x"):
        assert (await maria.post(f"/my/visits/{unknown}/join")).status_code == 404
    assert (await journey.link_of(site, token)).browser_hash is None


async def test_nobody_but_a_patient_with_an_account_comes_here(site: World) -> None:
    _, token = await site.visit()
    for browser in (site.browser(), await journey.opened(site, token)):
        for path in ("/my", "/my/access"):
            assert (await browser.get(path)).headers["location"] == f"/login?next={path}"
    pcp = await site.signed_in("pcp")
    assert (await pcp.get("/my")).status_code == 403


async def test_a_patient_with_an_account_comes_to_no_page_of_staff(site: World, maria: httpx2.AsyncClient) -> None:
    for path in ("/today", "/patients", f"/patients/{site.patient.id}", "/admin"):
        assert (await maria.get(path)).status_code == 403
    assert (await maria.get("/")).headers["location"] == "/my"


async def test_the_page_speaks_the_records_language_until_another_is_chosen(
    site: World, maria: httpx2.AsyncClient
) -> None:
    async with site.deps.database.write() as session:
        (await session.get_one(Patient, site.patient.id)).language = "es"
    for path in ("/my", "/my/access"):
        assert '<html lang="es">' in await text(maria, path)
    maria.cookies.set("language", "en")
    assert '<html lang="en">' in await text(maria)


async def test_looking_at_ones_own_record_is_on_the_record_too(site: World, maria: httpx2.AsyncClient) -> None:
    await text(maria)
    await text(maria, "/my/access")
    looks = [event for event in await journey.audited(site, "read") if event.why == Why.OWN_RECORD]
    assert [(event.entity, event.patient_id) for event in looks] == [
        ("Encounter", site.patient.id),
        ("AuditEvent", site.patient.id),
    ]


# Who looked


async def test_who_looked_is_named_with_role_what_when_and_why(site: World, maria: httpx2.AsyncClient) -> None:
    await noted(site, site.actors["pcp"], "read", "Encounter", Why.PARTICIPANT, hours=1)
    page = await text(maria, "/my/access")
    for words in ("Dr. Rose Okafor", "Primary care doctor", "Looked at a visit of yours", "Takes part in your visit"):
        assert words in page
    assert "9:00\u00a0AM" in page
    assert "11/24/2026" in page


async def test_a_record_opened_in_an_emergency_is_marked(site: World, maria: httpx2.AsyncClient) -> None:
    await noted(site, site.actors["psychiatrist"], "read", "Patient", Why.EMERGENCY)
    page = await text(maria, "/my/access")
    assert "badge warn" in page
    assert "Opened in an emergency" in page


async def test_refusals_and_other_patients_are_not_listed(site: World, maria: httpx2.AsyncClient) -> None:
    away = site.actors["outsider"]
    await noted(site, away, "read", "Patient")
    page = await text(maria, "/my/access")
    assert "Farouk" not in page
    assert "Nobody so far" in page


async def test_ones_own_looks_and_those_by_the_link_are_told_apart(site: World, maria: httpx2.AsyncClient) -> None:
    _, token = await site.visit()
    await (await journey.opened(site, token)).get("/visit/before")
    await text(maria)
    page = await text(maria, "/my/access")
    assert "You, in this account" in page
    assert "You, by the link to a visit" in page


async def test_a_second_account_of_the_patient_is_named(site: World, maria: httpx2.AsyncClient) -> None:
    other = await own_account(site, email="d.alvarez@example.org")
    async with site.deps.database.write() as session:
        row = await session.merge(other)
        row.name = "Diego Alvarez"
    await text(await signed_in(site, other))
    page = await text(maria, "/my/access")
    assert "Diego Alvarez" in page
    assert "Has access to your visits" in page


async def test_the_same_look_many_times_a_day_is_one_line(site: World, maria: httpx2.AsyncClient) -> None:
    for minutes in range(3):
        await noted(site, site.actors["pcp"], "read", "Encounter", Why.PARTICIPANT, minutes=minutes)
    page = await text(maria, "/my/access")
    assert page.count("Dr. Rose Okafor") == 1
    assert "3 times" in page


async def test_the_list_goes_on_page_by_page(
    site: World, maria: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portal_pages, "LOOKS_ON_A_PAGE", 2)
    for name, hours in (("pcp", 1), ("caremanager", 2), ("frontdesk", 3)):
        await noted(site, site.actors[name], "read", "Encounter", Why.COVERAGE, hours=hours)
    first = await text(maria, "/my/access")
    assert "Okafor" in first
    assert "Whitfield" not in first
    older = first.split('href="/my/access?before=')[1].split('"')[0]
    last = await text(maria, f"/my/access?before={older}")
    assert "Whitfield" in last
    assert "Okafor" not in last
    assert "Earlier" not in last


@pytest.mark.parametrize("before", ["", "x", "2026-11-24", "2026-11-24T10:00:00", "%00"])
async def test_a_moment_that_is_none_shows_the_newest(site: World, maria: httpx2.AsyncClient, before: str) -> None:
    await noted(site, site.actors["pcp"], "read", "Encounter", Why.PARTICIPANT)
    assert "Okafor" in await text(maria, f"/my/access?before={before}")


# The switch


async def test_a_parent_goes_from_one_child_to_the_other(site: World) -> None:
    leo = await another_patient(site, "Leo")
    parent = await signed_in(site, await own_account(site, site.patient, leo), site.patient)
    assert "Visits of Leo Alvarez" in await text(parent)
    assert (await parent.post("/my/switch", data={"to": str(leo.id)})).headers["location"] == "/my"
    page = await text(parent)
    assert '<p class="dim">Leo Alvarez</p>' in page
    assert "Visits of Maria Alvarez" in page


async def test_staff_switch_to_their_own_visits_and_back(site: World) -> None:
    await make_own(site, site.accounts["pcp"], site.patient)
    pcp = await site.signed_in("pcp")
    assert "Your own visits" in await text(pcp, "/today")
    assert (await pcp.post("/my/switch", data={"to": ""})).headers["location"] == "/my"
    assert "Back to your work" in await text(pcp)
    assert (await pcp.get("/today")).status_code == 403
    assert (await pcp.post("/my/switch", data={"to": "work"})).headers["location"] == "/"
    assert (await pcp.get("/today")).status_code == 200


async def test_staff_without_visits_of_their_own_are_offered_none(site: World) -> None:
    pcp = await site.signed_in("pcp")
    assert "Your own visits" not in await text(pcp, "/today")
    assert (await pcp.post("/my/switch", data={"to": ""})).status_code == 404


@pytest.mark.parametrize("to", ["work", "outside", "x"])
async def test_nobody_switches_to_what_is_not_theirs(site: World, maria: httpx2.AsyncClient, to: str) -> None:
    wanted = str(site.outside_patient.id) if to == "outside" else to
    assert (await maria.post("/my/switch", data={"to": wanted})).status_code == 404
    assert await journey.audited(site, "act_as") == []
    assert '<p class="dim">Maria Alvarez</p>' in await text(maria)
