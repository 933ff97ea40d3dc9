"""What a follow-up task may become, whose step is next, and when it is due. Pure.

The words are those of FHIR Task (https://hl7.org/fhir/R4/valueset-task-status.html): requested of its owner, accepted
by them, in progress, then completed or cancelled.
"""

from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID


class Status(StrEnum):
    """How far a task is, as FHIR Task.status has it."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Priority(StrEnum):
    """How urgent a task is, as FHIR request-priority has it."""

    ROUTINE = "routine"
    URGENT = "urgent"
    ASAP = "asap"


class Due(StrEnum):
    """How a task stands towards its due date."""

    OVERDUE = "overdue"
    TODAY = "today"
    LATER = "later"
    CLOSED = "closed"


class View(StrEnum):
    """Which tasks a person looks at: their own, those of their clinics' patients, or those of both that are overdue."""

    MINE = "mine"
    CLINICS = "clinics"
    OVERDUE = "overdue"


OPEN = frozenset({Status.REQUESTED, Status.ACCEPTED, Status.IN_PROGRESS})
URGENCY = (Priority.ASAP, Priority.URGENT, Priority.ROUTINE)
# Nobody plans a task further ahead; a year like 9999 is a slip.
FURTHEST = timedelta(days=2 * 366)
_NEXT = {Status.REQUESTED: Status.ACCEPTED, Status.ACCEPTED: Status.IN_PROGRESS}


def is_open(status: str) -> bool:
    """Tell whether there is still something to do."""
    return status in OPEN


def next_step(status: str, owner_id: UUID | None, who: UUID | None) -> Status | None:
    """Give what a task's owner says next of it, before it is done; None for anybody else and when nothing is left."""
    return _NEXT.get(Status(status)) if owner_id is not None and owner_id == who else None


def first_status(owner_id: UUID | None, giver_id: UUID | None) -> Status:
    """Give the status of a task that is given to somebody: who gives it to themselves has accepted it."""
    return Status.ACCEPTED if owner_id is not None and owner_id == giver_id else Status.REQUESTED


def due(status: str, due_on: date, today: date) -> Due:
    """Say how a task stands on a day, as the clinic counts days."""
    if not is_open(status):
        return Due.CLOSED
    if due_on < today:
        return Due.OVERDUE
    return Due.TODAY if due_on == today else Due.LATER


def may_be_due(due_on: date, today: date) -> bool:
    """Tell whether a task may be made due on a day: today or later, within two years."""
    return today <= due_on <= today + FURTHEST
