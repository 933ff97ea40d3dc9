"""The patient's link as a browser meets it: what opens, what never spends anything, and a second device that asks."""

import re
from datetime import date

import httpx2
import pytest

from server.directory import Patient
from server.visits import actions
from tests.cast import World
from tests.server.visits import journey
from tests.server.visits.conftest import Heard

pytestmark = pytest.mark.anyio

IN_INSTAGRAM = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 "
    "Instagram 385.0.0.23.81"
)
ASKS = "What is the patient's date of birth?"


async def code_from(world: World) -> str:
    *_, letter = await journey.letters(world)
    found = re.search(r"\b\d{6}\b", letter.body)
    assert found
    return found.group()


async def let_in(world: World, visit_id: object) -> httpx2.Response:
    staff = await world.signed_in("frontdesk")
    return await staff.post(f"/visits/{visit_id}/let-in")


async def lock(world: World, token: str) -> httpx2.Response:
    for _ in range(4):
        await world.browser().post(f"/v/{token}", data=journey.WRONG)
    return await world.browser().post(f"/v/{token}", data=journey.WRONG)


# Looking spends nothing


async def test_the_link_says_with_whom_where_and_when_and_asks_one_thing(site: World) -> None:
    _, token = await site.visit(reason="Depression")
    page = await site.browser().get(f"/v/{token}")
    assert page.status_code == 200
    for words in ("Dr. R. Okafor", "Cedar Creek Clinic", "Tuesday, November 24", "10:00\u00a0AM", ASKS, "988"):
        assert words in page.text


async def test_before_the_date_of_birth_nothing_says_whose_visit_it_is(site: World) -> None:
    _, token = await site.visit(reason="Depression")
    page = await site.browser().get(f"/v/{token}")
    for secret in ("Maria", "Alvarez", "1992", "Depression", "example.org"):
        assert secret not in page.text


async def test_a_mail_scanner_may_follow_the_link_as_often_as_it_likes(site: World) -> None:
    _, token = await site.visit()
    before = await journey.link_of(site, token)
    scanner = site.browser(**{"User-Agent": "Mozilla/5.0 (compatible; SafeLinks)"})
    for _ in range(20):
        assert (await scanner.get(f"/v/{token}")).status_code == 200
        assert (await scanner.head(f"/v/{token}")).status_code == 200
    assert await journey.link_of(site, token) == before
    assert "curbside_visit" not in scanner.cookies
    await journey.opened(site, token)


async def test_a_scanner_that_posts_the_form_without_an_answer_spends_nothing(site: World) -> None:
    _, token = await site.visit()
    for _ in range(6):
        answer = await site.browser().post(f"/v/{token}", data={})
        assert answer.status_code == 422
    assert (await journey.link_of(site, token)).wrong_answers == 0
    await journey.opened(site, token)


async def test_a_link_that_never_was_is_not_found(site: World) -> None:
    browser = site.browser()
    for text in ("x", "a" * 32, "%00"):
        assert (await browser.get(f"/v/{text}")).status_code == 404
    assert (await browser.post("/v/unknown", data=journey.BORN)).status_code == 404


async def test_one_address_may_not_try_links_without_end(site: World) -> None:
    browser = site.browser()
    answers = [(await browser.get("/v/unknown")).status_code for _ in range(61)]
    assert (answers[0], answers[-1]) == (404, 429)


# Inside an app


async def test_inside_an_app_the_real_browser_is_named_before_anything_is_asked(site: World) -> None:
    _, token = await site.visit()
    page = await site.browser(**{"User-Agent": IN_INSTAGRAM}).get(f"/v/{token}")
    assert "Open in Safari" in page.text
    assert f"http://127.0.0.1:8000/v/{token}" in page.text
    assert ASKS not in page.text


async def test_inside_an_app_one_may_try_all_the_same(site: World) -> None:
    _, token = await site.visit()
    browser = site.browser(**{"User-Agent": IN_INSTAGRAM})
    assert ASKS in (await browser.get(f"/v/{token}?here=1")).text
    assert (await browser.post(f"/v/{token}?here=1", data=journey.WRONG)).status_code == 422


async def test_a_closed_link_says_so_inside_an_app_too(site: World) -> None:
    _, token = await site.visit()
    site.clock.pass_(hours=3)
    page = await site.browser(**{"User-Agent": IN_INSTAGRAM}).get(f"/v/{token}")
    assert "This link is too old" in page.text


# The one question


async def test_the_right_date_binds_the_browser_and_leads_on(site: World) -> None:
    _, token = await site.visit()
    browser = site.browser()
    answer = await browser.post(f"/v/{token}", data=journey.BORN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/visit")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert token not in cookie
    assert (await browser.get(f"/v/{token}")).headers["location"] == "/visit"


async def test_a_wrong_date_says_so_and_keeps_what_was_typed(site: World) -> None:
    _, token = await site.visit()
    answer = await site.browser().post(f"/v/{token}", data=journey.WRONG)
    assert answer.status_code == 422
    assert "This does not fit this visit" in answer.text
    assert 'value="1991"' in answer.text
    assert not answer.cookies


async def test_a_date_that_is_none_says_how_to_type_one_and_is_no_wrong_answer(site: World) -> None:
    _, token = await site.visit()
    answer = await site.browser().post(f"/v/{token}", data={**journey.BORN, "born_month": "April"})
    assert answer.status_code == 422
    assert "Enter month, day and a four-digit year" in answer.text
    assert 'value="April"' in answer.text
    assert (await journey.link_of(site, token)).wrong_answers == 0


async def test_the_fifth_wrong_date_locks_the_link_and_staff_see_it_at_once(site: World, listen: Heard) -> None:
    _, token = await site.visit()
    told = listen(site)
    answer = await lock(site, token)
    assert "This link is locked" in answer.text
    assert ("changed", f"organization:{site.clinic.organization_id}", "today") in told
    right = await site.browser().post(f"/v/{token}", data=journey.BORN)
    assert "This link is locked" in right.text
    assert not right.cookies


async def test_a_lock_by_somebody_else_does_not_throw_the_holder_out(site: World) -> None:
    _, token = await site.visit()
    maria = await journey.waiting(site, token)
    await lock(site, token)
    assert (await maria.post("/visit/ticket")).status_code == 200
    assert (await maria.get(f"/v/{token}")).headers["location"] == "/visit"


async def test_the_page_speaks_the_patients_language(site: World) -> None:
    async with site.deps.database.write() as session:
        (await session.get_one(Patient, site.patient.id)).language = "es"
    _, token = await site.visit()
    page = await site.browser().get(f"/v/{token}")
    assert '<html lang="es">' in page.text
    assert "martes, 24 de noviembre" in page.text


# When it opens


async def test_too_early_it_says_when_to_come_back(site: World) -> None:
    _, token = await site.visit()
    site.clock.pass_(minutes=-31)
    page = await site.browser().get(f"/v/{token}")
    assert "You are early" in page.text
    assert "9:30\u00a0AM" in page.text
    assert "/visit" not in (await site.browser().post(f"/v/{token}", data=journey.BORN)).headers


async def test_shortly_before_the_visit_it_opens(site: World) -> None:
    _, token = await site.visit()
    site.clock.pass_(minutes=-30)
    page = await site.browser().get(f"/v/{token}")
    assert ASKS in page.text
    assert "Starts in 30 minutes" in page.text


async def test_long_after_it_is_too_old_and_says_whom_to_call(site: World) -> None:
    _, token = await site.visit()
    site.clock.pass_(minutes=80)
    page = await site.browser().get(f"/v/{token}")
    assert "This link is too old" in page.text
    assert "tel:406-555-0142" in page.text


async def test_an_overrun_does_not_close_the_link_of_an_admitted_visit(site: World) -> None:
    visit_id, token = await site.visit()
    maria = await journey.waiting(site, token)
    await actions.admit_patient(site.deps, site.live, site.actors["pcp"], visit_id)
    site.clock.pass_(hours=4)
    assert ASKS in (await site.browser().get(f"/v/{token}")).text
    assert (await maria.post("/visit/ticket")).json()["standing"] == "admitted"


async def test_a_patient_who_waits_comes_back_by_the_link_when_it_is_too_old_for_others(site: World) -> None:
    _, token = await site.visit()
    maria = await journey.waiting(site, token)
    site.clock.pass_(hours=4)
    assert (await maria.get(f"/v/{token}")).headers["location"] == "/visit"


async def test_after_the_end_the_link_opens_no_more(site: World) -> None:
    visit_id, token = await site.visit()
    maria = await journey.waiting(site, token)
    await actions.end_visit(site.deps, site.live, site.actors["pcp"], visit_id)
    for browser in (maria, site.browser()):
        assert "This visit is over" in (await browser.get(f"/v/{token}")).text
        assert "This visit is over" in (await browser.post(f"/v/{token}", data=journey.BORN)).text


async def test_a_replaced_link_points_to_the_newer_one(site: World) -> None:
    visit_id, token = await site.visit()
    await actions.renew_link(site.deps, site.live, site.actors["pcp"], visit_id, send=False)
    assert "There is a newer link" in (await site.browser().get(f"/v/{token}")).text


# A second device


async def test_a_second_device_is_told_how_to_come_in_and_is_not_in(site: World) -> None:
    _, token = await site.visit()
    await journey.waiting(site, token)
    laptop = await journey.asks_from_another_device(site, token)
    page = await laptop.get("/visit/device")
    assert "Your visit is open on another device" in page.text
    assert "Alvarez" not in page.text
    assert (await laptop.post("/visit/ticket")).status_code == 401
    assert (await laptop.get("/visit/before")).status_code == 401


async def test_staff_see_the_asking_device_and_let_it_in_from_today_with_one_post(site: World, listen: Heard) -> None:
    visit_id, token = await site.visit()
    phone = await journey.waiting(site, token)
    old = await journey.patient_of(site, token)
    told = listen(site)
    laptop = await journey.asks_from_another_device(site, token)
    assert ("changed", f"organization:{site.clinic.organization_id}", "today") in told
    assert "Let in on this device" in (await (await site.signed_in("frontdesk")).get("/today")).text
    assert (await let_in(site, visit_id)).headers["location"] == "/today"
    assert ("revoke", old.session_key) in told
    assert (await laptop.get("/visit/device")).headers["location"] == "/visit"
    assert (await laptop.post("/visit/ticket")).json()["standing"] == "waiting"
    assert (await phone.post("/visit/ticket", headers={"Accept": "application/json"})).status_code == 401


async def test_the_first_device_reads_what_to_do_when_it_was_signed_out(site: World) -> None:
    visit_id, token = await site.visit()
    phone = await journey.waiting(site, token)
    await journey.asks_from_another_device(site, token)
    await let_in(site, visit_id)
    page = await phone.get("/visit/room")
    assert page.status_code == 401
    assert "Please open your link again" in page.text


async def test_a_code_sent_to_the_address_on_file_lets_the_device_in(site_with_mail: World) -> None:
    site = site_with_mail
    _, token = await site.visit()
    phone = await journey.waiting(site, token)
    laptop = await journey.asks_from_another_device(site, token)
    assert "m•••@example.org" in (await laptop.get("/visit/device")).text
    assert "We sent a code" in (await laptop.post("/visit/device/code")).text
    answer = await laptop.post("/visit/device", data={"code": f" {await code_from(site)} "})
    assert answer.headers["location"] == "/visit"
    assert (await laptop.post("/visit/ticket")).status_code == 200
    assert (await phone.post("/visit/ticket")).status_code == 401


async def test_a_wrong_or_old_code_lets_nobody_in(site_with_mail: World) -> None:
    site = site_with_mail
    _, token = await site.visit()
    await journey.waiting(site, token)
    laptop = await journey.asks_from_another_device(site, token)
    await laptop.post("/visit/device/code")
    code = await code_from(site)
    wrong = await laptop.post("/visit/device", data={"code": "000000" if code != "000000" else "000001"})
    assert wrong.status_code == 422
    assert "This code does not fit" in wrong.text
    site.clock.pass_(minutes=10)
    assert (await laptop.post("/visit/device", data={"code": code})).status_code == 422
    assert (await laptop.post("/visit/ticket")).status_code == 401


async def test_five_wrong_codes_lock_the_link(site_with_mail: World) -> None:
    site = site_with_mail
    _, token = await site.visit()
    await journey.waiting(site, token)
    laptop = await journey.asks_from_another_device(site, token)
    await laptop.post("/visit/device/code")
    answers = [await laptop.post("/visit/device", data={"code": "nonsense"}) for _ in range(5)]
    assert "This link is locked" in answers[-1].text
    assert (await laptop.post("/visit/device", data={"code": await code_from(site)})).status_code == 409
    assert "This link is locked" in (await laptop.get("/visit/device")).text


async def test_without_a_way_to_send_mail_no_code_is_offered(site: World) -> None:
    _, token = await site.visit()
    await journey.waiting(site, token)
    page = await (await journey.asks_from_another_device(site, token)).get("/visit/device")
    assert "Send a code" not in page.text
    assert "Ask the clinic" in page.text


async def test_a_device_still_asking_when_the_visit_ends_is_told_that_it_is_over(site: World) -> None:
    visit_id, token = await site.visit()
    await journey.waiting(site, token)
    laptop = await journey.asks_from_another_device(site, token)
    await actions.end_visit(site.deps, site.live, site.actors["pcp"], visit_id)
    assert "This visit is over" in (await laptop.get("/visit/device")).text


async def test_who_does_not_ask_finds_no_page_for_a_second_device(site: World) -> None:
    browser = site.browser()
    assert (await browser.get("/visit/device")).status_code == 404
    assert (await browser.post("/visit/device", data={"code": "123456"})).status_code == 404
    assert (await browser.post("/visit/device/code")).status_code == 404


async def test_a_date_of_birth_changed_in_the_record_is_not_asked_of_a_link_made_before(site: World) -> None:
    visit_id, token = await site.visit()
    async with site.deps.database.write() as session:
        (await session.get_one(Patient, site.patient.id)).birth_date = date(1991, 4, 17)
    assert (await site.browser().post(f"/v/{token}", data=journey.WRONG)).status_code == 422
    renewed = await actions.renew_link(site.deps, site.live, site.actors["pcp"], visit_id, send=False)
    assert (await site.browser().post(f"/v/{renewed}", data=journey.WRONG)).status_code == 303


# One phone, impatient or with two visits


async def test_a_form_sent_twice_by_an_impatient_finger_is_no_second_device(site: World) -> None:
    _, token = await site.visit()
    phone = site.browser()
    await phone.get(f"/v/{token}")
    twin = site.browser()
    twin.cookies.update(phone.cookies)  # the second post leaves before the first one's answer has come
    answers = [await tap.post(f"/v/{token}", data=journey.BORN) for tap in (phone, twin)]
    assert [answer.headers["location"] for answer in answers] == ["/visit", "/visit"]
    assert phone.cookies["curbside_visit"] == twin.cookies["curbside_visit"]


async def test_a_phone_with_two_visits_goes_back_to_the_first_by_its_link(site: World) -> None:
    (_, first), (_, second) = await site.visit(), await site.visit()
    phone = site.browser()
    for token in (first, second):
        await phone.get(f"/v/{token}")
        assert (await phone.post(f"/v/{token}", data=journey.BORN)).headers["location"] == "/visit"
    of_the_second = phone.cookies["curbside_visit"]
    again = await phone.get(f"/v/{first}")
    assert again.headers["location"] == "/visit"
    assert phone.cookies["curbside_visit"] != of_the_second


async def test_the_mark_of_a_phone_opens_nothing_by_itself(site: World) -> None:
    _, token = await site.visit()
    phone = site.browser()
    await phone.get(f"/v/{token}")
    assert list(phone.cookies) == ["curbside_device"]
    assert (await phone.get("/visit")).status_code == 401


async def test_what_a_link_shows_before_anything_is_proved_is_on_the_record(site: World) -> None:
    visit_id, token = await site.visit()
    await site.browser().get(f"/v/{token}")
    event = (await journey.audited(site, "read"))[-1]
    assert (event.entity_id, event.patient_id, event.roles) == (visit_id, site.patient.id, "patient")
    assert (event.why, event.address) == ("visit link", "192.0.2.7")
