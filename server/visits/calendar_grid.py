"""What the grid of the calendar is sent: entries, columns and open hours, by the clock on the wall of its zone."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from server.directory import Practitioner
from server.kit import N_
from server.scheduling import Why
from server.visits.calendar_rules import STEP, Kind, hidden_weekdays, offset_of, shown_hours, wall, wall_ends
from server.visits.calendar_store import Calendar, Entry
from server.web import zone_name

Say = Callable[[str], str]
AWAY: Mapping[Why, str] = {Why.LEAVE: N_("Away"), Why.CLOSED: N_("Closed"), Why.HOLIDAY: N_("Closed")}
WORDS: Mapping[Kind, str] = {
    Kind.VISIT: N_("Visit"),
    Kind.BUSY: N_("Busy"),
    Kind.HOLD: N_("Held"),
    Kind.ELSEWHERE: N_("Busy elsewhere"),
}


def name_of(person: Practitioner) -> str:
    """Name a practitioner as their colleagues do."""
    return f"{person.title} {person.given_name} {person.family_name}".strip()


def title_of(entry: Entry, say: Say) -> str:
    """Name an entry: by its patient where the reader may know them."""
    if entry.patient is None:
        return say(WORDS[entry.kind])
    return f"{entry.patient.given_name} {entry.patient.family_name}"


def grid(calendar: Calendar, now: datetime, say: Say) -> dict[str, Any]:
    """Give a calendar as the script shows it."""
    zone = calendar.zone
    spans = [span for diary in calendar.diaries.values() for span in diary.open]
    spans += [(one.starts_at, one.ends_at) for one in calendar.entries if one.kind is not Kind.ELSEWHERE]
    used = [date.fromisoformat(wall(start, zone)[:10]) for start, _ in spans]
    return {
        "zone": zone,
        "zoneName": zone_name(zone),
        "offset": offset_of(now, zone),
        "view": calendar.asked.view,
        "day": calendar.day.isoformat(),
        "hours": shown_hours(spans, zone),
        "hidden": hidden_weekdays(calendar.asked.view, used),
        "step": STEP,
        "columns": [{"id": str(person.id), "title": name_of(person)} for person in calendar.people],
        "entries": [_entry(entry, number, zone, say) for number, entry in enumerate(calendar.entries)],
        "ground": _ground(calendar, say),
    }


def _entry(entry: Entry, number: int, zone: str, say: Say) -> dict[str, Any]:
    start, end = wall_ends(entry.starts_at, entry.ends_at, zone)
    return {
        "id": str(entry.encounter_id or f"n{number}"),
        "kind": entry.kind,
        "columns": [str(id_) for id_ in entry.practitioners],
        "start": start,
        "end": end,
        "minutes": int((entry.ends_at - entry.starts_at).total_seconds() // 60),
        "title": title_of(entry, say),
        "people": ", ".join(name_of(person) for person in entry.others) if entry.is_joint else "",
        "url": f"/visits/{entry.encounter_id}" if entry.encounter_id else "",
        "movable": entry.movable,
    }


def _ground(calendar: Calendar, say: Say) -> list[dict[str, Any]]:
    """Give what lies behind the entries: open hours, and days away with their names."""
    found = []
    for id_, diary in calendar.diaries.items():
        column = str(id_)
        found += [_behind(calendar, column, "open", span, "") for span in diary.open]
        found += [
            _behind(calendar, column, "away", (away.start, away.end), away.name or say(AWAY[away.why]))
            for away in diary.away
        ]
    return found


def _behind(calendar: Calendar, column: str, kind: str, span: tuple[datetime, datetime], title: str) -> dict[str, Any]:
    start, end = wall_ends(*span, calendar.zone)
    return {"column": column, "kind": kind, "start": start, "end": end, "title": title}
