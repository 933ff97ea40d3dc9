"""The mails of a visit: in the patient's language and zone, with the link or the code, and without clinical words."""

from typing import Any

import pytest

from server.access import Action
from server.directory import Patient
from server.visits.mail import code_mail, link_mail, link_url, patient_email
from server.visits.store import Visit, visit_by_id
from tests.cast import World

pytestmark = pytest.mark.anyio


async def visit_of(world: World, **changes: Any) -> Visit:
    visit_id, _ = await world.visit(reason="Suicidal thoughts, depression", **changes)
    async with world.deps.database.read() as session:
        return await visit_by_id(session, world.actors["pcp"], Action.READ_VISIT, visit_id)


async def change_patient(world: World, **columns: object) -> None:
    async with world.deps.database.write() as session:
        patient = await session.get_one(Patient, world.patient.id)
        for name, value in columns.items():
            setattr(patient, name, value)


async def test_the_mail_says_with_whom_when_and_where_to_click(site: World) -> None:
    mail = link_mail(site.deps, await visit_of(site), "secret-text")
    assert mail.subject == "Your video visit: the link to join"
    assert "Dr. R. Okafor on Tuesday, November 24 at 10:00\u00a0AM (Mountain Time)" in mail.body
    assert "http://127.0.0.1:8000/v/secret-text" in mail.body
    assert "406-555-0142" in mail.body


async def test_the_mail_speaks_the_patients_language_and_zone(site: World) -> None:
    await change_patient(site, language="es", time_zone="America/New_York")
    mail = link_mail(site.deps, await visit_of(site), "secret-text")
    assert "martes" in mail.body
    assert "12:00" in mail.body
    assert "You have a video visit" not in mail.body


@pytest.mark.parametrize("language", ["en", "es"])
async def test_no_mail_says_why_or_who_the_patient_is(site: World, language: str) -> None:
    await change_patient(site, language=language)
    visit = await visit_of(site)
    for mail in (link_mail(site.deps, visit, "text"), code_mail(site.deps, visit, "123456")):
        for word in ("Suicidal", "depression", "Maria", "Alvarez", "1992", "Primary care"):
            assert word not in mail.subject + mail.body


async def test_the_code_is_in_the_body_and_not_where_a_locked_phone_shows_it(site: World) -> None:
    mail = code_mail(site.deps, await visit_of(site), "492817")
    assert "492817" in mail.body
    assert "492817" not in mail.subject


async def test_a_mail_goes_to_the_address_on_file_and_is_about_the_visit(site: World) -> None:
    visit = await visit_of(site)
    mail = link_mail(site.deps, visit, "text")
    assert mail.recipient == patient_email(site.deps, visit) == "m.alvarez@example.org"
    assert (mail.about_id, mail.organization_id) == (visit.encounter.id, site.clinic.organization_id)


async def test_a_link_is_built_from_the_public_address(site: World) -> None:
    assert link_url(site.deps, "abc") == "http://127.0.0.1:8000/v/abc"
