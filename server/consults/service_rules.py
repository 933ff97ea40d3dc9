"""Pure: the codes of services and of what is asked of them, who is on duty, who covers which clinic, and licences.

Every code that is stored for a service, a path or a case is a member of one of the enumerations here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

MOST_PATHS, MOST_STEPS, MOST_RESTARTS = 5, 10, 3
SHORTEST_RING, LONGEST_RING = 10, 900
"""For how many seconds one step of a path rings."""
TIERS = (1, 2, 3)
LARGEST_CAPACITY, OLDEST = 50, 120


class Direction(StrEnum):
    """Whose advice it is: of behavioral health for primary care, or the other way."""

    BEHAVIORAL = "behavioral"
    MEDICAL = "medical"


class Kind(StrEnum):
    """What a service is about."""

    ADULT_PSYCHIATRY = "adult_psychiatry"
    CHILD_PSYCHIATRY = "child_psychiatry"
    ADDICTION_MEDICINE = "addiction_medicine"
    PSYCHOLOGY = "psychology"
    SOCIAL_WORK = "social_work"
    CARE_MANAGEMENT = "care_management"
    PRIMARY_CARE = "primary_care"
    OTHER_MEDICAL = "other_medical"

    @property
    def direction(self) -> Direction:
        """Whose advice it is."""
        return Direction.MEDICAL if self in {Kind.PRIMARY_CARE, Kind.OTHER_MEDICAL} else Direction.BEHAVIORAL


class Mode(StrEnum):
    """By what means the two speak, and a service answers. All but WRITTEN ring."""

    VIDEO = "video"
    AUDIO = "audio"
    CHAT = "chat"
    WRITTEN = "written"


class Urgency(StrEnum):
    """When the answer is needed: NOW, SOON (within 15 to 30 minutes), TODAY or this WEEK; the soonest comes first."""

    NOW = "now"
    SOON = "soon"
    TODAY = "today"
    WEEK = "week"


def waits_for_duty(urgency: Urgency) -> bool:
    """Tell whether only somebody on duty can answer in time."""
    return urgency in {Urgency.NOW, Urgency.SOON}


def is_more_urgent(one: Urgency, other: Urgency) -> bool:
    """Tell whether the first is needed sooner than the second."""
    order = list(Urgency)
    return order.index(one) < order.index(other)


class Duty(StrEnum):
    """Whether somebody takes consults: they do, they do not, or by the hours of their schedule."""

    ON = "on"
    OFF = "off"
    HOURS = "hours"


class StepKind(StrEnum):
    """Whom a step rings: one PERSON, a GROUP at once, one of a group in turn, or EVERYONE who covers the case.

    ROUND_ROBIN rings the next on duty after whom its group asked last: one person, then the next step.
    """

    PERSON = "person"
    GROUP = "group"
    ROUND_ROBIN = "round_robin"
    EVERYONE = "everyone_covering"


class OnDecline(StrEnum):
    """What follows when all whom a step rang have declined: the NEXT step at once, or only after the step's time.

    While one of them has not declined, they ring on, whichever it is.
    """

    NEXT = "next"
    CONTINUE = "continue"


class OnNobody(StrEnum):
    """What follows a path on which nobody answered, or nobody is on duty: the next path, or a written consult."""

    WRITTEN = "written"
    NEXT_PATH = "next_path"


class Situation(StrEnum):
    """Whether the consultant meets the patient, or speaks with a colleague only."""

    PATIENT_PRESENT = "patient_present"
    PEER_ONLY = "peer_only"


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody said of their duty, and until when it holds; None holds until it is changed."""

    duty: Duty = Duty.HOURS
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Tell whether they are on or off duty by their own word at a moment, not by their hours."""
        return self.duty is not Duty.HOURS and (self.until is None or now < self.until)


def is_on_duty(standing: Standing, now: datetime, *, at_work: bool) -> bool:
    """Tell whether somebody takes consults at a moment; their own word goes before their hours (`at_work`)."""
    return standing.duty is Duty.ON if standing.holds(now) else at_work


DUTY_LENGTHS: Mapping[str, timedelta] = {
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "8h": timedelta(hours=8),
    "24h": timedelta(hours=24),
}
"""For how long somebody says that they are on or off duty, unless until they change it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Who covers, a practitioner or a group, and for which clinic; None is all of them."""

    practitioner_id: UUID | None = None
    group_id: UUID | None = None
    clinic_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """That a practitioner covers a service for a clinic (None: for all), by name or as one of a group."""

    practitioner_id: UUID
    tier: int
    clinic_id: UUID | None = None
    group_id: UUID | None = None


def tiers_at(covers: Iterable[Cover], clinic_id: UUID | None) -> dict[UUID, int]:
    """Give the best tier in which each practitioner covers a clinic; who does not cover it is left out.

    Without a clinic, everybody who covers any clinic counts.
    """
    found: dict[UUID, int] = {}
    for cover in covers:
        if clinic_id is None or cover.clinic_id in {None, clinic_id}:
            found[cover.practitioner_id] = min(cover.tier, found.get(cover.practitioner_id, cover.tier))
    return found


@dataclass(frozen=True, slots=True)
class LicenceRule:
    """Whether a consultant of a profession needs a licence in the patient's state, from one day through another.

    An empty `state` or `profession` is every one; `own` is a rule that the organization keeps itself.
    """

    state: str
    profession: str
    situation: Situation
    licence_required: bool
    valid_from: date
    valid_to: date | None = None
    source: str = ""
    own: bool = True

    def is_valid(self, on: date) -> bool:
        """Tell whether the rule holds on a day; both ends are included."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


def rule_at(
    rules: Iterable[LicenceRule], state: str, profession: str, situation: Situation, on: date
) -> LicenceRule | None:
    """Give the rule that holds on a day: the one closest to state and profession, an own one first, then the newest.

    Of two that say otherwise and are as new, the one that asks for a licence holds. None means that nothing is known.
    """
    fitting = [
        rule
        for rule in rules
        if rule.situation is situation
        and rule.is_valid(on)
        and rule.state in {"", state}
        and rule.profession in {"", profession}
    ]
    return max(fitting, key=_precedence, default=None)


def _precedence(rule: LicenceRule) -> tuple[bool, bool, bool, date, bool, str]:
    closest = (bool(rule.state), bool(rule.profession))
    return (*closest, rule.own, rule.valid_from, rule.licence_required, rule.source)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: who is rung, and for how many seconds."""

    kind: StepKind
    seconds: int
    practitioner_id: UUID | None = None
    group_id: UUID | None = None


def longest_wait(steps: Iterable[Step], restarts: int) -> int:
    """Give for how many seconds a path rings at most before it ends without an answer."""
    return sum(step.seconds for step in steps) * (restarts + 1)
