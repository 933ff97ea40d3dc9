"""Finding, adding, reading and changing patients in a browser."""

import re

import httpx2
import pytest
from sqlmodel import select

from server.access import Action
from server.audit import AuditEvent
from server.directory import Patient, patient_by_id, patient_contact
from server.kit.ids import new_id
from tests.cast import World
from tests.server.identity.own_accounts import own_account, signed_in

pytestmark = pytest.mark.anyio

TYPED = {
    "given_name": "Samir",
    "family_name": "Haddad",
    "born_month": "11",
    "born_day": "2",
    "born_year": "1985",
    "language": "en",
    "time_zone": "America/Chicago",
    "phone": "406 555 0123",
    "email": "Samir@Example.org",
    "record_number": "cc-2002",
}
MARIA = {
    **TYPED,
    "given_name": "María",
    "family_name": "Álvarez",
    "born_month": "4",
    "born_day": "17",
    "born_year": "1992",
}


@pytest.fixture
async def desk(site: World) -> httpx2.AsyncClient:
    """The front desk's browser."""
    return await site.signed_in("frontdesk")


async def patients(world: World) -> list[Patient]:
    async with world.deps.database.read() as session:
        mine = select(Patient).where(Patient.organization_id == world.clinic.organization_id)
        return list((await session.exec(mine)).all())


async def reads(world: World) -> list[str]:
    async with world.deps.database.read() as session:
        return [e.why for e in (await session.exec(select(AuditEvent).where(AuditEvent.action == "read"))).all()]


def value(page: str, name: str) -> str:
    """Give what stands in an input of a form."""
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert tag, name
    found = re.search(r'value="([^"]*)"', tag.group())
    return found.group(1) if found else ""


# Finding


async def test_the_page_of_patients_starts_with_an_empty_search(desk: httpx2.AsyncClient, site: World) -> None:
    page = await desk.get("/patients")
    assert page.status_code == 200
    assert "Find a patient" in page.text
    assert await reads(site) == []


async def test_a_search_shows_who_fits_keeps_what_was_typed_and_is_on_the_record(
    desk: httpx2.AsyncClient, site: World
) -> None:
    page = await desk.get("/patients", params={"q": "alvarez"})
    assert f"/patients/{site.patient.id}" in page.text
    assert value(page.text, "q") == "alvarez"
    assert await reads(site) == ["search, 1 found"]


async def test_a_search_tells_whose_names_came_up(desk: httpx2.AsyncClient, site: World) -> None:
    await desk.get("/patients?q=alvarez")
    async with site.deps.database.read() as session:
        (event,) = (await session.exec(select(AuditEvent).where(AuditEvent.action == "read"))).all()
    assert (event.entity_id, event.patient_id) == (site.patient.id, site.patient.id)


async def test_a_search_that_finds_nobody_says_what_to_try(desk: httpx2.AsyncClient) -> None:
    assert "Nobody found" in (await desk.get("/patients?q=zzz")).text


async def test_while_typing_only_the_list_is_sent(desk: httpx2.AsyncClient, site: World) -> None:
    part = (await desk.get("/patients?q=alv", headers={"HX-Request": "true"})).text
    assert f"/patients/{site.patient.id}" in part
    assert "<html" not in part


async def test_an_outsider_searching_sees_nobody_of_ours(site: World) -> None:
    page = await (await site.signed_in("outsider")).get("/patients?q=alvarez")
    assert str(site.patient.id) not in page.text
    assert str(site.outside_patient.id) in page.text


async def test_a_search_is_shown_as_text_and_never_as_markup(desk: httpx2.AsyncClient) -> None:
    assert "<b>x" not in (await desk.get("/patients", params={"q": '"><b>x'})).text


@pytest.mark.parametrize("typed", ["\x00", "%", "_", "'; DROP TABLE patient; --", "😀" * 80, "a" * 5000])
async def test_odd_searches_are_answered_like_others(desk: httpx2.AsyncClient, typed: str) -> None:
    assert (await desk.get("/patients", params={"q": typed})).status_code == 200


async def test_who_is_not_signed_in_is_led_to_the_form_and_back(site: World) -> None:
    answer = await site.browser().get("/patients")
    assert answer.headers["location"] == "/login?next=/patients"


# Adding


async def test_the_empty_form_starts_in_the_clinic_s_zone(desk: httpx2.AsyncClient) -> None:
    page = (await desk.get("/patients/new?then=visit")).text
    assert '<option value="America/Denver" selected>' in page
    assert value(page, "then") == "visit"


async def test_a_patient_is_added_with_contacts_in_one_form(desk: httpx2.AsyncClient, site: World) -> None:
    answer = await desk.post("/patients/new", data=TYPED)
    (added,) = [p for p in await patients(site) if p.id != site.patient.id]
    assert (answer.status_code, answer.headers["location"]) == (303, f"/patients/{added.id}")
    contact = patient_contact(site.deps.keyring, added)
    assert (contact.phone, contact.email, contact.record_number) == ("406-555-0123", "samir@example.org", "CC-2002")
    assert added.time_zone == "America/Chicago"


async def test_contacts_may_be_left_empty(desk: httpx2.AsyncClient) -> None:
    answer = await desk.post("/patients/new", data={**TYPED, "phone": "", "email": "", "record_number": ""})
    assert answer.status_code == 303


async def test_adding_on_the_way_to_a_visit_leads_on_to_it(desk: httpx2.AsyncClient) -> None:
    answer = await desk.post("/patients/new", data={**TYPED, "then": "visit"})
    assert answer.headers["location"].startswith("/visits/new?patient=")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"given_name": ""}, "Enter the first name."),
        ({"family_name": " "}, "Enter the last name."),
        ({"family_name": "x" * 61}, "This is too long."),
        ({"born_day": "31", "born_month": "2"}, "Enter month, day and a four-digit year"),
        ({"born_year": "1850"}, "Check the year of birth."),
        ({"born_year": "2027"}, "Check the year of birth."),
        ({"phone": "12"}, "Enter 10 digits"),
        ({"email": "nowhere"}, "Enter an e-mail address"),
        ({"language": "xx"}, "Choose one."),
        ({"record_number": "9" * 41}, "This is too long."),
    ],
)
async def test_a_wrong_field_is_named_and_all_that_was_typed_is_kept(
    desk: httpx2.AsyncClient, site: World, wrong: dict[str, str], message: str
) -> None:
    typed = {**TYPED, **wrong}
    answer = await desk.post("/patients/new", data=typed)
    assert answer.status_code == 422
    assert message in answer.text
    kept = {name: value(answer.text, name) for name in typed if name not in {"language", "time_zone"}}
    assert kept == {name: typed[name].strip() for name in kept}
    assert '<option value="America/Chicago" selected>' in answer.text
    assert len(await patients(site)) == 1


async def test_an_unknown_zone_is_not_taken(desk: httpx2.AsyncClient, site: World) -> None:
    assert (await desk.post("/patients/new", data={**TYPED, "time_zone": "Mars/Base"})).status_code == 422
    assert len(await patients(site)) == 1


async def test_an_empty_post_names_what_is_missing(desk: httpx2.AsyncClient) -> None:
    answer = await desk.post("/patients/new", data={})
    assert answer.status_code == 422
    assert "Enter the first name." in answer.text


async def test_a_lookalike_is_shown_before_anybody_is_added_and_what_was_typed_is_kept(
    desk: httpx2.AsyncClient, site: World
) -> None:
    answer = await desk.post("/patients/new", data=MARIA)
    assert answer.status_code == 409
    assert f"/patients/{site.patient.id}" in answer.text
    assert value(answer.text, "phone") == "406 555 0123"
    assert len(await patients(site)) == 1


async def test_a_lookalike_is_added_when_staff_say_it_is_somebody_else(desk: httpx2.AsyncClient, site: World) -> None:
    assert (await desk.post("/patients/new", data={**MARIA, "anyway": "1"})).status_code == 303
    assert len(await patients(site)) == 2


# Reading and changing


async def test_a_record_shows_its_contacts_and_reading_it_is_on_the_record(
    desk: httpx2.AsyncClient, site: World
) -> None:
    page = (await desk.get(f"/patients/{site.patient.id}")).text
    assert (value(page, "phone"), value(page, "email")) == ("406-555-0177", "m.alvarez@example.org")
    assert (value(page, "born_month"), value(page, "born_day"), value(page, "born_year")) == ("4", "17", "1992")
    assert await reads(site) == ["opened the record"]


async def test_a_change_is_saved_and_said_to_be(desk: httpx2.AsyncClient, site: World) -> None:
    answer = await desk.post(f"/patients/{site.patient.id}", data=TYPED)
    assert answer.headers["location"] == f"/patients/{site.patient.id}?saved=1"
    async with site.deps.database.read() as session:
        row = await patient_by_id(session, site.actors["pcp"], Action.READ_PATIENT, site.patient.id)
    assert (row.given_name, row.family_key) == ("Samir", "haddad")
    assert "Saved." in (await desk.get(answer.headers["location"])).text


async def test_a_wrong_change_keeps_what_was_typed_and_saves_nothing(desk: httpx2.AsyncClient, site: World) -> None:
    answer = await desk.post(f"/patients/{site.patient.id}", data={**TYPED, "phone": "12", "given_name": "Sami"})
    assert answer.status_code == 422
    assert (value(answer.text, "phone"), value(answer.text, "given_name")) == ("12", "Sami")
    assert [p.given_name for p in await patients(site)] == ["Maria"]


async def test_an_outsider_is_told_that_there_is_no_such_patient(site: World) -> None:
    outsider = await site.signed_in("outsider")
    address = f"/patients/{site.patient.id}"
    assert (await outsider.get(address)).status_code == 404
    assert (await outsider.post(address, data=TYPED)).status_code == 404
    assert "Alvarez" not in (await outsider.get(address)).text
    assert [p.given_name for p in await patients(site)] == ["Maria"]


@pytest.mark.parametrize("unknown", [str(new_id()), "x", "0", "%00", "-"])
async def test_an_unknown_patient_is_a_404(desk: httpx2.AsyncClient, unknown: str) -> None:
    assert (await desk.get(f"/patients/{unknown}")).status_code == 404
    assert (await desk.post(f"/patients/{unknown}", data=TYPED)).status_code == 404


async def test_the_organizations_one_works_for_are_a_page_and_a_part_of_one(site: World) -> None:
    browser = await site.signed_in("pcp")
    page = (await browser.get("/account/organizations")).text
    part = (await browser.get("/account/organizations", headers={"HX-Request": "true"})).text
    assert ("Cedar Creek Health" in page, "Cedar Creek Health" in part) == (True, True)
    assert ("<html" in page, "<html" in part) == (True, False)
    assert "Prairie Health" not in page


async def test_staff_see_that_a_patient_has_an_account_and_nothing_more_of_it(
    desk: httpx2.AsyncClient, site: World
) -> None:
    address = f"/patients/{site.patient.id}"
    assert "Has an account" not in (await desk.get(address)).text
    account = await own_account(site)
    page = (await desk.get(address)).text
    assert "Has an account" in page
    assert str(account.id) not in page


async def test_access_that_staff_remove_is_gone_at_once(desk: httpx2.AsyncClient, site: World) -> None:
    maria = await signed_in(site, await own_account(site))
    assert (await maria.get("/my")).status_code == 200
    outsider, address = await site.signed_in("outsider"), f"/patients/{site.patient.id}/account/end"
    assert (await outsider.post(address)).status_code == 404
    assert (await desk.post(address)).status_code == 303
    assert (await maria.get("/my")).headers["location"] == "/login?next=/my"
    assert "Has an account" not in (await desk.get(f"/patients/{site.patient.id}")).text
