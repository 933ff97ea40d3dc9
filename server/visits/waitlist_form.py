"""Reading what a patient waits for, as the front desk typed it, and what the form offers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from server.access import Actor
from server.directory import STATES, Clinic, Practitioner, formal_name
from server.kit import N_, Form
from server.visits.rules import LENGTHS
from server.visits.store import Visit
from server.visits.waitlist_actions import NewWish

WEEKDAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))
NOTICES = (60, 120, 1440, 2880)
_LONGEST = timedelta(days=366)
EMPTY = {
    "visit": "",
    "who": "",
    "minutes": "20",
    "state": "",
    **{f"day{day}": "1" for day in range(5)},
    "earliest": "08:00",
    "latest": "18:00",
    "last_day": "",
    "notice": "120",
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers: clinicians of the clinics that the actor covers, and visits that can be brought forward."""

    people: Sequence[Practitioner]
    clinics: Sequence[Clinic]
    visits: Sequence[Visit]

    def who(self) -> dict[str, tuple[str, Practitioner, bool]]:
        """Give what can be chosen by its value: the words, somebody, and whether anybody of the kind will do."""
        named = {str(one.id): (formal_name(one), one, False) for one in self.people}
        kinds = {f"{one.clinic_id} {one.specialty}": one for one in self.people if one.specialty}
        return named | {value: (one.specialty, one, True) for value, one in kinds.items()}


def choices_of(
    actor: Actor, people: Sequence[Practitioner], clinics: Sequence[Clinic], visits: Sequence[Visit]
) -> Choices:
    """Leave out whom the actor does not book."""
    return Choices(
        [one for one in people if one.clinic_id in actor.clinics],
        [one for one in clinics if one.id in actor.clinics],
        visits,
    )


def read_wish(form: Form, choices: Choices, today: date) -> NewWish | None:
    """Read the form on the day that it is for the patient; None after saying on it what is wrong."""
    visit = next((one for one in choices.visits if str(one.appointment.id) == form.values.get("visit")), None)
    chosen, anybody, minutes = (visit.lead, False, visit_minutes(visit)) if visit else _with_whom(form, choices)
    state = form.choice("state", STATES, N_("Choose the state where the patient will be."))
    days = frozenset(day for day in range(7) if form.ticked(f"day{day}"))
    if not days:
        form.wrong("days", N_("Choose at least one day."))
    earliest, latest = form.time("earliest"), form.time("latest")
    if earliest and latest and latest <= earliest:
        form.wrong("latest", N_("This is before the earliest time."))
    last_day = _last_day(form, today)
    notice = form.choice("notice", [str(n) for n in NOTICES])
    if form.errors or chosen is None or earliest is None or latest is None or last_day is None:
        return None
    return NewWish(
        clinic_id=visit.clinic.id if visit else chosen.clinic_id,
        practitioner_id=None if anybody else chosen.id,
        specialty=chosen.specialty if anybody else "",
        minutes=minutes,
        state=state,
        weekdays=days,
        earliest=earliest,
        latest=latest,
        last_day=last_day,
        notice_minutes=int(notice),
        appointment_id=visit.appointment.id if visit else None,
    )


def _with_whom(form: Form, choices: Choices) -> tuple[Practitioner | None, bool, int]:
    """Read with whom, whether anybody of the kind will do, and for how many minutes."""
    who = choices.who()
    _, chosen, anybody = who.get(form.choice("who", who, N_("Choose with whom.")), ("", None, False))
    return chosen, anybody, int(form.choice("minutes", [str(n) for n in LENGTHS]) or 0)


def _last_day(form: Form, today: date) -> date | None:
    last_day = form.day("last_day", N_("Choose a day."))
    if last_day is not None and not today <= last_day <= today + _LONGEST:
        form.wrong("last_day", N_("Choose a day within the next year."))
    return last_day


def visit_minutes(visit: Visit) -> int:
    """Give how long a visit is planned."""
    return int((visit.appointment.ends_at - visit.appointment.starts_at).total_seconds() // 60)
