"""Pure: an appointment as an invitation or its cancellation, as calendars take it from a mail (RFC 5545, 5546, 6047).

A stranger may read what is written over somebody's shoulder: the caller gives a title and words without anything
clinical, and nothing else of the appointment comes in here.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vText

from server.scheduling.vtimezone_rules import vtimezone

PRODUCT = "-//Curbside//Curbside//EN"


class Method(StrEnum):
    """What a calendar is to do (RFC 5546 section 3.2): take the appointment or its change in, or take it out."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Somebody's address, and the name shown with it."""

    email: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What any calendar is told of an appointment.

    `sequence` grows with each change of the times and with the cancellation; a calendar drops what is older than what
    it has. `stamp` is when this was written.
    """

    appointment_id: UUID
    sequence: int
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    zone: str
    title: str
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation(Written):
    """What the calendar of somebody who is invited is told. `host` makes the UID the world's only one."""

    host: str
    words: str
    organizer: Mailbox
    attendee: Mailbox
    url: str = ""


def uid(appointment_id: UUID, host: str) -> str:
    """Give the name of an appointment in all calendars, the same for ever (RFC 7986 section 5.3)."""
    return f"{appointment_id}@{host}"


def invitation_text(invitation: Invitation, method: Method) -> str:
    """Write the invitation, with lines that end in CRLF. Raises ValueError when it would end before it starts."""
    if invitation.ends_at <= invitation.starts_at:
        raise ValueError("an appointment ends after it starts")
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method.value)
    if isinstance(zone_to_write(invitation.zone, invitation.starts_at, invitation.ends_at), ZoneInfo):
        calendar.add_component(vtimezone(invitation.zone, invitation.starts_at, invitation.ends_at))
    calendar.add_component(_event(invitation, method))
    written: bytes = calendar.to_ical()
    return written.decode()


def zone_to_write(name: str, starts_at: datetime, ends_at: datetime) -> tzinfo:
    """Give the zone to write times in: UTC where a local time would mean another moment.

    A local time that happens twice means the first (RFC 5545 section 3.3.5); the second can only be said in UTC.
    """
    zone = ZoneInfo(name)
    second = any(moment.astimezone(zone).fold for moment in (starts_at, ends_at))
    return UTC if second or name in {"UTC", "Etc/UTC"} else zone


def event_of(appointment: Written, host: str, status: str) -> Event:
    """Write what any calendar is told of an appointment; who comes, and why, is for the caller to add."""
    event = Event()
    zone = zone_to_write(appointment.zone, appointment.starts_at, appointment.ends_at)
    event.add("uid", uid(appointment.appointment_id, host))
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", appointment.stamp.astimezone(UTC))
    event.add("dtstart", appointment.starts_at.astimezone(zone))
    event.add("dtend", appointment.ends_at.astimezone(zone))
    event.add("status", status)
    event.add("summary", appointment.title)
    if appointment.place:
        event.add("location", appointment.place)
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    return event


def _event(invitation: Invitation, method: Method) -> Event:
    event = event_of(invitation, invitation.host, "CANCELLED" if method is Method.CANCEL else "CONFIRMED")
    event.add("description", invitation.words)
    if invitation.url:
        event.add("url", invitation.url)
    event.add("organizer", _address(invitation.organizer))
    event.add("attendee", _attendee(invitation.attendee))
    return event


def _address(mailbox: Mailbox) -> vCalAddress:
    address = vCalAddress(f"mailto:{mailbox.email}")
    if mailbox.name:
        address.params["CN"] = vText(mailbox.name)
    return address


def _attendee(mailbox: Mailbox) -> vCalAddress:
    """Nobody reads an answer by mail: who comes, moves or cancels does it by the link in the words."""
    address = _address(mailbox)
    for name, value in (("ROLE", "REQ-PARTICIPANT"), ("PARTSTAT", "NEEDS-ACTION"), ("RSVP", "FALSE")):
        address.params[name] = vText(value)
    return address
