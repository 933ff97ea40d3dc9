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


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a calendar is told of an appointment.

    `sequence` grows with each change of the times and with the cancellation; a calendar drops what is older than what
    it has. `host` makes the UID the world's only one. `stamp` is when this was written.
    """

    appointment_id: UUID
    host: str
    sequence: int
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    zone: str
    title: str
    words: str
    organizer: Mailbox
    attendee: Mailbox
    url: str = ""
    place: str = ""


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
    zone = zone_to_write(invitation.zone, invitation.starts_at, invitation.ends_at)
    if isinstance(zone, ZoneInfo):
        calendar.add_component(vtimezone(invitation.zone, invitation.starts_at, invitation.ends_at))
    calendar.add_component(_event(invitation, method, zone))
    written: bytes = calendar.to_ical()
    return written.decode()


def zone_to_write(name: str, starts_at: datetime, ends_at: datetime) -> tzinfo:
    """Give the zone to write times in: UTC where a local time would mean another moment.

    A local time that happens twice means the first (RFC 5545 section 3.3.5); the second can only be said in UTC.
    """
    zone = ZoneInfo(name)
    second = any(moment.astimezone(zone).fold for moment in (starts_at, ends_at))
    return UTC if second or name in {"UTC", "Etc/UTC"} else zone


def _event(invitation: Invitation, method: Method, zone: tzinfo) -> Event:
    event = Event()
    event.add("uid", uid(invitation.appointment_id, invitation.host))
    event.add("sequence", invitation.sequence)
    event.add("dtstamp", invitation.stamp.astimezone(UTC))
    event.add("dtstart", invitation.starts_at.astimezone(zone))
    event.add("dtend", invitation.ends_at.astimezone(zone))
    event.add("status", "CANCELLED" if method is Method.CANCEL else "CONFIRMED")
    event.add("summary", invitation.title)
    event.add("description", invitation.words)
    for name, value in (("url", invitation.url), ("location", invitation.place)):
        if value:
            event.add(name, value)
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
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
