"""What the call's pages are told: the scripts' configuration, the visit in words, and the chat as JSON."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from server.calls import ChatLine
from server.directory import STATES, formal_name, short_name
from server.visits.store import Safety, Visit
from server.web import birthday, clock, day, zone_name


def staff_urls(visit: Visit, consult_id: UUID | None = None) -> dict[str, str]:
    """Give the addresses that the practitioner's call page uses; who came for a consult goes back to it."""
    base = f"/visits/{visit.encounter.id}"
    case = f"/consults/{consult_id}" if consult_id else ""
    return {
        "ticket": f"{base}/ticket",
        "chat": f"{base}/chat",
        "waiting": f"{base}/waiting",
        "admit": f"{base}/admit",
        "end": f"{base}/end",
        "invite": f"{base}/invite",
        "invitations": f"/invitations?from={visit.encounter.id}",
        "let_in": f"{base}/let-in",
        "late": f"{base}/late",
        "callback": f"{base}/callback",
        "consults": f"{base}/consults",
        "sheet": base,
        "today": "/today",
        "leave": case or "/today",
        "closed": case or base,
    }


PATIENT_URLS = {
    "ticket": "/visit/ticket",
    "chat": "/visit/chat",
    "news": "/visit/news",
    "closed": "/visit/closed",
    "call_me": "/visit/call-me",
    "conferring": "/visit/conferring",
}


def call_config(visit: Visit, role: str, name: str, urls: dict[str, str], initial: str) -> dict[str, str]:
    """Build the configuration that the scripts read from the page."""
    return {
        "role": role,
        "name": name,
        "ticketUrl": urls["ticket"],
        "chatUrl": urls["chat"],
        "closedUrl": urls["closed"],
        "signalingPath": "/signaling",
        "initial": initial,
        "visit": str(visit.encounter.room_id),
    }


def visit_words(visit: Visit, safety: Safety, zone: str) -> dict[str, Any]:
    """Put a visit into words, in the zone of the reader."""
    place = ", ".join(part for part in (safety.street, safety.city, STATES.get(safety.state, "")) if part)
    contact = ", ".join(part for part in (safety.emergency_name, safety.emergency_phone) if part)
    planned = visit.appointment
    return {
        "patient_name": f"{visit.patient.given_name} {visit.patient.family_name}",
        "patient_short": short_name(visit.patient),
        "practitioner_name": formal_name(visit.lead),
        "clinic_name": visit.clinic.name,
        "clinic_phone": visit.clinic.phone,
        "starts": clock(planned.starts_at, zone),
        "ends": clock(planned.ends_at, zone),
        "day": day(planned.starts_at, zone),
        "zone": zone_name(zone),
        "minutes": int((planned.ends_at - planned.starts_at).total_seconds() // 60),
        "late_minutes": visit.encounter.late_minutes,
        "birth_date": birthday(visit.patient.birth_date),
        "location": place,
        "callback": safety.phone,
        "emergency_contact": contact,
        "others_present": safety.others_present,
    }


def chat_answer(lines: Sequence[ChatLine]) -> dict[str, object]:
    """Build the JSON answer with what was written in the room."""
    return {
        "messages": [
            {
                "id": line.client_id,
                "from": str(line.seat_id),
                "name": line.name,
                "text": line.text,
                "at": line.sent_at.isoformat(),
            }
            for line in lines
        ]
    }


def reader_zone(visit: Visit, *, patient: bool) -> str:
    """Give the zone that times are said in: the patient's own for the patient, the clinic's for staff."""
    return visit.patient.time_zone if patient else visit.clinic.time_zone
