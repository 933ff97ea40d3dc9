"""The secret address at which a practitioner's calendar can be read: made, taken back, and answered."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlmodel import col, delete

from server.access import Actor
from server.audit import Subject, note, note_read
from server.directory import Practitioner, clinics_of
from server.kit import N_, new_secret
from server.kit.ids import new_id
from server.scheduling.booking_rules import Status, ran_out
from server.scheduling.feed_store import address_by_token, address_of, shown_appointments
from server.scheduling.publish_rules import Detail, Entry, calendar_text, window_at
from server.scheduling.schedule_actions import require_hours
from server.scheduling.tables import Appointment, CalendarAddress
from server.web import Deps

BUSY, VISIT, HELD = N_("Busy"), N_("Visit"), N_("Held for a visit")


@dataclass(frozen=True, slots=True)
class Published:
    """A calendar as it is sent, and whose it is."""

    content: bytes
    owner: Actor
    practitioner: Practitioner


async def open_address(deps: Deps, actor: Actor, practitioner: Practitioner, detail: Detail) -> str:
    """Make an address at which a practitioner's calendar can be read, in place of an older one; it is shown once."""
    require_hours(actor, practitioner)
    secret = new_secret()
    row = CalendarAddress(
        id=new_id(),
        organization_id=practitioner.organization_id,
        practitioner_id=practitioner.id,
        token_hash=secret.digest,
        detail=detail,
        created_at=deps.now(),
    )
    async with deps.database.write() as session:
        await session.exec(delete(CalendarAddress).where(col(CalendarAddress.practitioner_id) == practitioner.id))
        session.add(row)
        note(session, deps.now(), actor, "open_calendar", Subject("Schedule", practitioner.id))
    return f"{deps.settings.public_url}/feeds/{secret.text}.ics"


async def close_address(deps: Deps, actor: Actor, practitioner: Practitioner) -> None:
    """Take the address back: from now on nothing is found there. Twice is once."""
    require_hours(actor, practitioner)
    async with deps.database.write() as session:
        row = await address_of(session, actor, practitioner.id)
        if row is not None:
            await session.delete(row)
            note(session, deps.now(), actor, "close_calendar", Subject("Schedule", practitioner.id))


async def published(deps: Deps, token: str) -> Published | None:
    """Give the calendar behind a secret address; None when there is none (any more)."""
    async with deps.database.read() as session:
        found = await address_by_token(session, token)
        if found is None:
            return None
        address, practitioner = found
        owner = Actor(frozenset(), address.organization_id, practitioner.account_id)
        rows = await shown_appointments(session, owner, practitioner.id, *window_at(deps.now()))
        places = {clinic.id: clinic.name for clinic in await clinics_of(session, owner)}
    gettext, detail = deps.templates.translations.gettext, Detail(address.detail)
    shown = [row for row in rows if not ran_out(row.status, row.held_until, deps.now())]
    entries = [_entry(row, detail, gettext(_title(row, detail)), places[row.clinic_id]) for row in shown]
    name = f"Curbside · {practitioner.family_name}"
    content = calendar_text(name, urlsplit(deps.settings.public_url).hostname or "localhost", entries)
    return Published(content, owner, practitioner)


async def note_published(deps: Deps, found: Published) -> None:
    """Keep that the calendar was read."""
    await note_read(deps, found.owner, Subject("Schedule", found.practitioner.id), "calendar address")


def _title(row: Appointment, detail: Detail) -> str:
    if detail is Detail.BUSY:
        return BUSY
    return HELD if row.status == Status.PENDING else VISIT


def _entry(row: Appointment, detail: Detail, title: str, place: str) -> Entry:
    return Entry(
        appointment_id=row.id,
        sequence=row.sequence,
        stamp=row.created_at,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=row.time_zone,
        title=title,
        place=place if detail is Detail.FULL else "",
        held=row.status == Status.PENDING,
    )
