"""Pure: which practitioners fit what a patient needs, and why each one is offered.

A licence counts where the patient is, at the visit: one that runs out before it ends is none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from server.kit.ids import ClinicId, PractitionerId
from server.scheduling.availability_rules import Schedule
from server.scheduling.slot_rules import Busy, Visit
from server.scheduling.zone_rules import clock, day_number

FOREVER = 9000
"""Year in which a licence ends that never does."""


class Fit(StrEnum):
    """In what a practitioner fits, or does not."""

    SPECIALTY = "specialty"
    LANGUAGE = "language"
    LICENCE = "licence"
    CLINIC = "clinic"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody is offered: the licence for "MT", until a day; the language "es"; the clinic with this id."""

    fit: Fit
    what: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence to practise in a state, valid through a day."""

    state: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class Candidate:
    """A practitioner as a search sees them: what they can, where, and what takes their time."""

    practitioner: PractitionerId
    schedule: Schedule
    busy: tuple[Busy, ...] = ()
    specialty: str = ""
    languages: frozenset[str] = frozenset()
    clinics: frozenset[ClinicId] = frozenset()
    licences: tuple[Licence, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """What is sought. None asks for nothing; `state` is where the patient will be, `zone` the patient's."""

    visit: Visit
    zone: str
    specialty: str | None = None
    language: str | None = None
    state: str | None = None


def lacking(candidate: Candidate, need: Need, today: date) -> frozenset[Fit]:
    """Tell in what a practitioner does not fit; nothing when they are to be offered.

    `today` is the first day that matters to a licence; `licensed_before` says until when.
    """
    lacks = {
        Fit.SPECIALTY: need.specialty not in {None, candidate.specialty},
        Fit.LANGUAGE: need.language is not None and need.language not in candidate.languages,
        Fit.CLINIC: need.visit.clinic is not None and need.visit.clinic not in candidate.clinics,
        Fit.LICENCE: need.state is not None and not _licensed_on(candidate, need.state, today),
    }
    return frozenset(fit for fit, missing in lacks.items() if missing)


def reasons(candidate: Candidate, need: Need) -> tuple[Reason, ...]:
    """Say why a fitting practitioner is offered: for what was asked, and nothing else."""
    why = []
    if need.specialty is not None:
        why.append(Reason(Fit.SPECIALTY, need.specialty))
    if need.language is not None:
        why.append(Reason(Fit.LANGUAGE, need.language))
    if need.state is not None:
        why.append(Reason(Fit.LICENCE, need.state, _expiry(candidate, need.state)))
    if need.visit.clinic is not None:
        why.append(Reason(Fit.CLINIC, str(need.visit.clinic)))
    return tuple(why)


def licensed_before(candidate: Candidate, need: Need) -> int | None:
    """Minute by which a visit must have ended for the licence: the patient's midnight after its last day.

    None where no state was asked for, or for a licence that never ends (from year 9000 on); 0 where there is none.
    """
    if need.state is None:
        return None
    expiry = _expiry(candidate, need.state)
    if expiry is None:
        return 0
    if expiry.year >= FOREVER:
        return None
    plain = (day_number(expiry) + 1) * 24 * 60
    return clock(need.zone, plain, plain).moment(plain)


def _licensed_on(candidate: Candidate, state: str, day: date) -> bool:
    expiry = _expiry(candidate, state)
    return expiry is not None and expiry >= day


def _expiry(candidate: Candidate, state: str) -> date | None:
    return max(_days(candidate.licences, state), default=None)


def _days(licences: Iterable[Licence], state: str) -> list[date]:
    return [licence.expires_on for licence in licences if licence.state == state]
