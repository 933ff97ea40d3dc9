"""The form that says what time is sought, read leniently: what it lacks is filled in, what is odd is left out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from server.directory import STATES, Clinic, Patient, Practitioner
from server.kit import Form
from server.kit.ids import parse_id
from server.scheduling import Sought, VisitType
from server.visits.rules import LENGTHS

ANYBODY, OF = "any", "of:"
OTHERS = ("who_1", "who_2", "who_3")
SPANS = (7, 14, 28)
# Nobody looks further ahead; a year like 9999 is a slip.
_FURTHEST = timedelta(days=2 * 366)
_FIELDS = ("patient", "type", "minutes", "who", *OTHERS, "team", "clinic", "language", "state", "day", "days", "order")


@dataclass(frozen=True, slots=True)
class Offered:
    """What the form offers to choose from, all of the actor's organization, and what is known of the patient."""

    patient: Patient
    visit_types: Sequence[VisitType]
    people: Mapping[UUID, Practitioner]
    clinics: Sequence[Clinic]
    languages: Sequence[str]
    team: frozenset[UUID]
    state: str = ""

    @property
    def specialties(self) -> list[str]:
        """The specialties that there are, in order."""
        return sorted({one.specialty for one in self.people.values() if one.specialty})


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is sought: one `Sought` for each person of a joint visit, or one alone; and the form as it was read."""

    sought: tuple[Sought, ...]
    values: dict[str, str]

    @property
    def by_person(self) -> bool:
        """Tell whether times are shown by practitioner."""
        return self.values["order"] == "person"

    @property
    def query(self) -> str:
        """The form as the query of an address."""
        return urlencode({name: value for name, value in self.values.items() if value})


def read_criteria(form: Form, offered: Offered, now: datetime) -> Criteria:
    """Read what is sought, in the patient's days."""
    values = {name: form.values.get(name, "") for name in _FIELDS}
    zone = offered.patient.time_zone
    today = now.astimezone(ZoneInfo(zone)).date()
    kind = next((one for one in offered.visit_types if str(one.id) == values["type"]), None)
    day, days = _day(values["day"], today), int(_one_of(values["days"], map(str, SPANS), "14"))
    minutes = kind.minutes if kind else int(_one_of(values["minutes"], map(str, LENGTHS), "20"))
    state = values["state"] if values["state"] in STATES else offered.state if "state" not in form.values else ""
    language = _one_of(values["language"], offered.languages, "")
    clinic = next((one.id for one in offered.clinics if str(one.id) == values["clinic"]), None)
    base = Sought(
        start=_midnight(day, zone),
        end=_midnight(day + timedelta(days=days), zone),
        zone=zone,
        minutes=minutes,
        visit_type=kind,
        language=language or None,
        state=state or None,
        clinic=clinic,
    )
    whos = [_who(values["who"], offered) or ANYBODY, *(who for name in OTHERS if (who := _who(values[name], offered)))]
    team = form.ticked("team")
    values |= {
        "patient": str(offered.patient.id),
        "type": str(kind.id) if kind else "",
        "minutes": str(minutes),
        "who": whos[0],
        **dict.fromkeys(OTHERS, ""),
        **dict(zip(OTHERS, whos[1:], strict=False)),
        "team": "1" if team else "",
        "clinic": str(clinic) if clinic else "",
        "language": language,
        "state": state,
        "day": day.isoformat(),
        "days": str(days),
        "order": _one_of(values["order"], ("soonest", "person"), "soonest"),
    }
    return Criteria(tuple(_sought(base, _with_team(whos, offered, team=team))), values)


def read_slot(value: str, criteria: Criteria) -> tuple[datetime, dict[UUID, Sought]] | None:
    """Read a time that a page offered, as `slot` wrote it; None for anything else. What was sought goes with each."""
    ids, _, moment = value.partition("|")
    people = [parse_id(part) for part in ids.split(",")]
    try:
        starts_at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    known = [id_ for id_ in people if id_]
    whole = len(known) == len(people) == len(set(known)) == len(criteria.sought)
    if not whole or starts_at.tzinfo is None or starts_at.year not in range(2000, 9000):
        return None
    return starts_at.astimezone(UTC), dict(zip(known, criteria.sought, strict=True))


def slot(starts_at: datetime, people: Iterable[UUID]) -> str:
    """Write a time with its people, for a button to post."""
    return f"{','.join(map(str, people))}|{starts_at.astimezone(UTC).isoformat()}"


def _with_team(whos: Sequence[str], offered: Offered, *, team: bool) -> list[str]:
    named = [who for index, who in enumerate(whos) if who not in whos[:index] or who.startswith(OF)]
    if not team:
        return named
    members = [str(id_) for id_, one in offered.people.items() if one.account_id in offered.team]
    rest = [id_ for id_ in members if id_ not in named]
    return [*rest, *(who for who in named if who != ANYBODY)] if rest else named


def _sought(base: Sought, whos: Sequence[str]) -> list[Sought]:
    """Ask of the first what the visit needs; of who joins that they are licensed and there, not that they give it."""
    return [
        replace(
            base,
            visit_type=base.visit_type if index == 0 else None,
            language=base.language if index == 0 else None,
            specialty=who.removeprefix(OF) if who.startswith(OF) else None,
            practitioners=None if who == ANYBODY or who.startswith(OF) else frozenset({UUID(who)}),
        )
        for index, who in enumerate(whos)
    ]


def _who(value: str, offered: Offered) -> str:
    if value.startswith(OF) and value.removeprefix(OF) in offered.specialties:
        return value
    chosen = parse_id(value)
    if chosen and chosen in offered.people:
        return str(chosen)
    return ANYBODY if value == ANYBODY else ""


def _one_of(value: str, allowed: Iterable[str], default: str) -> str:
    return value if value in set(allowed) else default


def _day(value: str, today: date) -> date:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return today
    return day if today <= day <= today + _FURTHEST else today


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
