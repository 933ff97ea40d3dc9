"""What a patient sees and presses by a reminder's link, early and on the day; looking changes nothing."""

from datetime import timedelta

import pytest

from server.directory import Patient
from server.visits import remind_due
from tests.cast import TEN, World
from tests.server.visits import journey, reminded

pytestmark = pytest.mark.anyio

SOON = TEN + timedelta(days=2)


async def test_the_page_of_an_early_link_asks_whether_they_come_and_the_staff_see_the_answer(site: World) -> None:
    visit_id, token = await site.visit(starts_at=SOON)
    browser, desk = site.browser(), await site.signed_in("frontdesk")
    for _ in range(2):  # looking, as a scanner of mail does, says nothing
        assert "Yes, I will come" in (await browser.get(f"/v/{token}")).text
    assert "No answer yet" in (await desk.get(f"/visits/{visit_id}")).text
    answer = await browser.post(f"/v/{token}/coming")
    assert answer.headers["location"] == f"/v/{token}"
    assert "You have said that you come" in (await browser.get(f"/v/{token}")).text
    assert "Says they come" in (await desk.get(f"/visits/{visit_id}")).text


async def test_today_shows_who_says_that_they_come(site: World) -> None:
    _, token = await site.visit(starts_at=TEN + timedelta(hours=1))
    pcp = await site.signed_in("pcp")
    assert "Says they come" not in (await pcp.get("/today")).text
    await site.browser().post(f"/v/{token}/coming")
    assert "Says they come" in (await pcp.get("/today")).text


async def test_the_visit_s_page_shows_what_went_out(site_with_mail: World) -> None:
    visit_id, _ = await site_with_mail.visit(starts_at=SOON + timedelta(hours=1))
    site_with_mail.clock.pass_(hours=1, minutes=1)
    await remind_due(site_with_mail.deps)
    page = (await (await site_with_mail.signed_in("pcp")).get(f"/visits/{visit_id}")).text
    assert "Reminded" in page
    assert "e-mail" in page


async def test_a_link_that_is_over_asks_nothing_and_a_late_answer_is_told_so(site: World) -> None:
    _, token = await site.visit(starts_at=TEN)
    site.clock.pass_(days=1)
    assert "Yes, I will come" not in (await site.browser().get(f"/v/{token}")).text
    answer = await site.browser().post(f"/v/{token}/coming")
    assert answer.status_code == 409
    assert "call the clinic" in answer.text


async def test_a_patient_ends_each_kind_of_reminder_and_only_the_clinic_brings_it_back(site: World) -> None:
    await reminded.change_patient(site, text_reminders=True)
    _, token = await site.visit(starts_at=SOON)
    browser = site.browser()
    page = (await browser.get(f"/v/{token}/reminders")).text
    assert "m•••@example.org" in page
    assert "•••0177" in page
    for channel in ("text", "mail"):
        answer = await browser.post(f"/v/{token}/reminders", data={"stop": channel})
        page = (await browser.get(answer.headers["location"])).text
    assert "You are not reminded of visits" in page
    desk = await site.signed_in("frontdesk")
    form = {"given_name": "Maria", "family_name": "Alvarez", **journey.BORN, "language": "en"}
    form |= {"time_zone": "America/Denver", "text_reminders": "on"}
    assert (await desk.post(f"/patients/{site.patient.id}", data=form)).status_code == 303
    async with site.deps.database.read() as session:
        patient = await session.get_one(Patient, site.patient.id)
    assert (patient.mail_reminders, patient.text_reminders) == (False, True)


@pytest.mark.parametrize(
    ("method", "path", "data", "status"),
    [
        ("GET", "/v/nothing/reminders", {}, 404),
        ("POST", "/v/nothing/coming", {}, 404),
        ("POST", "/v/nothing/reminders", {"stop": "mail"}, 404),
        ("POST", "/v/{token}/reminders", {"stop": "pigeon"}, 422),
        ("POST", "/v/{token}/reminders", {}, 422),
    ],
)
async def test_what_nobody_s_form_sends_is_refused_in_words(
    site: World, method: str, path: str, data: dict[str, str], status: int
) -> None:
    _, token = await site.visit(starts_at=SOON)
    answer = await site.browser().request(method, path.format(token=token), data=data if method == "POST" else None)
    assert answer.status_code == status
