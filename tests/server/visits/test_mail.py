"""The mails of a visit: in the patient's language and zone, with the link or the code, and without clinical words."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar as ICalendar
from icalendar import Event

from server.access import Action
from server.directory import Patient
from server.outbox import Mail
from server.visits.mail import (
    cancelled_mail,
    code_mail,
    link_mail,
    link_url,
    moved_mail,
    patient_email,
    reminder_mail,
    reminder_text,
)
from server.visits.store import Visit, visit_by_id
from tests.cast import TEN, World

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
    text = reminder_text(site.deps, visit, "text")
    mails = [link_mail(site.deps, visit, "text"), code_mail(site.deps, visit, "123456")]
    mails += [reminder_mail(site.deps, visit, "text"), replace(mails[0], subject="", body=text.body)]
    for mail in mails:
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


def event_in(mail: Mail) -> tuple[str, Event]:
    """Read the invitation as a calendar does: its method and the event."""
    assert mail.calendar is not None
    calendar = ICalendar.from_ical(mail.calendar.text)
    assert isinstance(calendar, ICalendar)
    (event,) = calendar.events
    assert calendar["method"] == mail.calendar.method
    return mail.calendar.method, event


async def test_a_booked_moved_and_cancelled_visit_is_one_event_in_the_calendar(site: World) -> None:
    visit = await visit_of(site, starts_at=TEN + timedelta(days=1))
    later = TEN + timedelta(days=2)
    events = [
        event_in(link_mail(site.deps, visit, "text")),
        event_in(moved_mail(site.deps, visit, later, 30)),
        event_in(cancelled_mail(site.deps, visit)),
    ]
    assert [(method, event["sequence"]) for method, event in events] == [("REQUEST", 0), ("REQUEST", 1), ("CANCEL", 1)]
    assert {event["uid"] for _, event in events} == {f"{visit.appointment.id}@127.0.0.1"}
    _, moved = events[1]
    assert (moved.start, moved.end) == (later, later + timedelta(minutes=30))
    assert moved["attendee"] == "mailto:m.alvarez@example.org"


@pytest.mark.parametrize("language", ["en", "es"])
async def test_a_shared_calendar_tells_nobody_with_whom_or_why(site: World, language: str) -> None:
    await change_patient(site, language=language)
    _, event = event_in(link_mail(site.deps, await visit_of(site, starts_at=TEN + timedelta(days=1)), "text"))
    shown = str(event["summary"]) + str(event["description"])
    for word in ("Suicidal", "depression", "Maria", "Okafor", "Cedar", "Primary care", "/v/"):
        assert word not in shown
    assert "406-555-0142" in shown


async def test_a_visit_for_now_needs_no_place_in_the_calendar(site: World) -> None:
    assert link_mail(site.deps, await visit_of(site), "text").calendar is None
