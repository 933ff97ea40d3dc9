"""Setting up a visit as staff meet it: whom, with whom, when, and one link shown once."""

import re
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from server.access import Role
from server.kit.ids import new_id
from server.scheduling import Appointment
from server.visits import Encounter
from tests.cast import World
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


def form(world: World, **changes: object) -> dict[str, Any]:
    typed = {
        "key": new_id(),
        "patient": world.patient.id,
        "practitioner": world.practitioners["pcp"].id,
        "when": "now",
        "minutes": "30",
        "reason": "Follow-up",
        **changes,
    }
    return {name: str(value) for name, value in typed.items()}


async def post(world: World, who: str = "pcp", **changes: object) -> httpx2.Response:
    return await (await world.signed_in(who)).post("/visits/new", data=form(world, **changes))


def link_in(page: httpx2.Response) -> str:
    found = re.search(r"http://127\.0\.0\.1:8000/v/([\w-]+)", page.text)
    assert found
    return found.group(1)


async def test_without_a_patient_one_is_picked_first(site: World) -> None:
    answer = await (await site.signed_in("pcp")).get("/visits/new")
    assert answer.headers["location"] == "/patients?then=visit"


async def test_the_form_names_the_patient_and_the_look_is_noted(site: World) -> None:
    page = await (await site.signed_in("pcp")).get(f"/visits/new?patient={site.patient.id}")
    assert "Visit with Maria Alvarez" in page.text
    assert "born 4/17/1992" in page.text
    (event,) = await journey.audited(site, "read")
    assert (event.entity, event.patient_id) == ("Patient", site.patient.id)


async def test_a_practitioner_sets_up_their_own_visit_and_the_front_desk_chooses_whose(site: World) -> None:
    path = f"/visits/new?patient={site.patient.id}"
    assert "Lena Brandt" not in (await (await site.signed_in("pcp")).get(path)).text
    choosing = (await (await site.signed_in("frontdesk")).get(path)).text
    assert "Lena Brandt" in choosing
    assert "Rose Okafor" in choosing
    assert "Farouk" not in choosing


@pytest.mark.parametrize("patient", ["nonsense", str(new_id()), "outside"])
async def test_a_patient_who_is_unknown_or_another_organizations_is_not_found(site: World, patient: str) -> None:
    wanted = str(site.outside_patient.id) if patient == "outside" else patient
    pcp = await site.signed_in("pcp")
    assert (await pcp.get(f"/visits/new?patient={wanted}")).status_code == 404
    assert (await pcp.post("/visits/new", data=form(site, patient=wanted))).status_code == 404
    assert await journey.audited(site, "read", "create") == []


async def test_a_visit_now_shows_its_link_which_opens(site: World) -> None:
    page = await post(site)
    assert page.status_code == 201
    await journey.opened(site, link_in(page))


async def test_the_link_is_shown_once_and_sending_the_form_again_makes_no_other_visit(site: World) -> None:
    pcp, typed = await site.signed_in("pcp"), form(site)
    assert link_in(await pcp.post("/visits/new", data=typed))
    again = await pcp.post("/visits/new", data=typed)
    assert (again.status_code, again.headers["location"]) == (303, f"/visits/{typed['key']}")
    assert "/v/" not in (await pcp.get(again.headers["location"])).text
    assert len(await journey.rows(site, Encounter)) == 1


async def test_the_mail_goes_out_only_when_it_was_ticked(site_with_mail: World) -> None:
    await post(site_with_mail)
    assert await journey.letters(site_with_mail) == []
    page = await post(site_with_mail, send="1", reason="Depression", overbook="Both")
    (letter,) = await journey.letters(site_with_mail)
    assert link_in(page) in letter.body
    assert "Depression" not in letter.body
    assert "Mail on its way" in page.text


async def test_a_server_that_can_send_mail_offers_the_address_on_file(site_with_mail: World) -> None:
    page = await (await site_with_mail.signed_in("pcp")).get(f"/visits/new?patient={site_with_mail.patient.id}")
    assert "Send the link to m.alvarez@example.org" in page.text


async def test_a_server_that_cannot_send_mail_does_not_offer_it(site: World) -> None:
    page = await (await site.signed_in("pcp")).get(f"/visits/new?patient={site.patient.id}")
    assert "m.alvarez@example.org" not in page.text


async def test_a_visit_at_a_time_is_at_that_time_in_the_clinics_zone(site: World) -> None:
    page = await post(site, when="later", date="2026-12-01", time="14:30")
    assert page.status_code == 201
    (row,) = await journey.rows(site, Appointment)
    assert row.starts_at == datetime(2026, 12, 1, 21, 30, tzinfo=UTC)
    assert "2:30\u00a0PM" in page.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"date": "2026-11-24", "time": "09:58"}, "This time is past."),
        ({"date": "2026-11-23", "time": "14:30"}, "This time is past."),
        ({"date": "2027-03-14", "time": "02:30"}, "The clocks change that day and skip this time."),
        ({"date": "", "time": "14:30"}, "Choose a day."),
        ({"date": "31.12.2026", "time": "14:30"}, "Choose a day."),
        ({"date": "9999-12-31", "time": "23:59"}, "Choose a day."),
        ({"date": "2026-12-01", "time": ""}, "Enter a time, like 14:30."),
        ({"date": "2026-12-01", "time": "25:00"}, "Enter a time, like 14:30."),
        ({"date": "2026-12-01", "time": "14:30+00:00"}, "Enter a time, like 14:30."),
        ({"date": "2026-12-01", "time": "half past two"}, "Enter a time, like 14:30."),
    ],
)
async def test_a_time_that_cannot_be_is_said_beside_its_field_and_the_rest_stays(
    site: World, typed: dict[str, str], words: str
) -> None:
    answer = await post(site, when="later", **typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="Follow-up"' in answer.text
    assert f'value="{typed["time"]}"' in answer.text
    assert await journey.rows(site, Encounter) == []


async def test_a_time_within_the_minute_just_gone_is_still_good(site: World) -> None:
    assert (await post(site, when="later", date="2026-11-24", time="10:00")).status_code == 201
    site.clock.pass_(seconds=59)
    again = await post(site, when="later", date="2026-11-24", time="10:00", overbook="Both")
    assert again.status_code == 201


async def test_a_time_that_comes_twice_is_the_first(site: World) -> None:
    await post(site, when="later", date="2027-11-07", time="1:30")
    (row,) = await journey.rows(site, Appointment)
    assert row.starts_at == datetime(2027, 11, 7, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"practitioner": ""}, "Choose who sees the patient."),
        ({"practitioner": "outsider"}, "Choose who sees the patient."),
        ({"minutes": "17"}, "Choose one."),
        ({"when": "whenever"}, "Choose one."),
        ({"reason": "x" * 501}, "This is too long."),
    ],
)
async def test_what_cannot_be_chosen_is_refused_in_words(site: World, changes: dict[str, str], words: str) -> None:
    if changes.get("practitioner"):
        changes = {"practitioner": str(site.practitioners["outsider"].id)}
    answer = await post(site, "frontdesk", **changes)
    assert answer.status_code == 422
    assert words in answer.text
    assert await journey.rows(site, Encounter) == []


async def test_a_key_that_is_none_is_replaced(site: World) -> None:
    assert (await post(site, key="nonsense")).status_code == 201


async def test_the_front_desk_sets_up_a_visit_of_a_practitioner(site: World) -> None:
    page = await post(site, "frontdesk", practitioner=site.practitioners["psychiatrist"].id)
    assert page.status_code == 201
    assert "Dr. L. Brandt" in page.text
    assert "Start visit" not in page.text


async def test_a_browser_that_is_not_signed_in_is_sent_to_sign_in(site: World) -> None:
    answer = await site.browser().get(f"/visits/new?patient={site.patient.id}")
    assert answer.headers["location"].startswith("/login")


async def test_the_front_desk_books_for_the_clinics_that_it_covers_only(site: World) -> None:
    north = await site.second_clinic()
    await site.hire("northerner", Role.PCP, north, "MT")
    await site.hire("northerndesk", Role.FRONT_DESK, north)
    path = f"/visits/new?patient={site.patient.id}"
    assert str(site.practitioners["northerner"].id) not in (await (await site.signed_in("frontdesk")).get(path)).text
    choosing = (await (await site.signed_in("northerndesk")).get(path)).text
    assert str(site.practitioners["northerner"].id) in choosing
    assert "Okafor" not in choosing
    assert (await post(site, "northerndesk")).status_code == 422
    assert (await post(site, "northerndesk", practitioner=site.practitioners["northerner"].id)).status_code == 201


LATER = {"when": "later", "date": "2026-11-25", "time": "10:00"}


async def test_a_time_that_is_taken_is_set_up_only_with_a_reason_and_what_was_typed_is_kept(site: World) -> None:
    await post(site, **LATER)
    refused = await post(site, **LATER, reason="Rash")
    assert refused.status_code == 409
    assert "Another appointment is in the way." in refused.text
    assert 'value="Rash"' in refused.text
    assert await journey.audited(site, "overbook") == []
    assert link_in(await post(site, **LATER, overbook="Crisis, sees both"))
    assert len(await journey.audited(site, "overbook")) == 1


async def test_who_comes_unplanned_is_seen_now_whatever_was_planned_and_that_is_on_the_record(site: World) -> None:
    await post(site)
    assert link_in(await post(site))
    assert len(await journey.audited(site, "overbook")) == 1


async def test_a_free_time_has_no_question_about_another_appointment(site: World) -> None:
    page = await (await site.signed_in("pcp")).get(f"/visits/new?patient={site.patient.id}")
    assert "Why both are needed" not in page.text
