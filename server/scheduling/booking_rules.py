"""Pure rules of booking: what takes whose time, and which changes an appointment allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from server.kit.forms import N_


class Status(StrEnum):
    """The codes of FHIR's appointmentstatus that are used. `PENDING` is held for somebody, for a while."""

    PENDING = "pending"
    BOOKED = "booked"
    ARRIVED = "arrived"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    NO_SHOW = "noshow"


TAKES_TIME = frozenset({Status.PENDING, Status.BOOKED, Status.ARRIVED})
"""As long as an appointment is one of these, nobody else gets its practitioners' time."""

MOVABLE = frozenset({Status.PENDING, Status.BOOKED, Status.NO_SHOW})
"""What may be moved or cancelled: nobody has come yet. Who missed an appointment is given another time."""


class Answer(StrEnum):
    """What a participant says of coming: the codes of FHIR's participationstatus that are used."""

    NEEDS_ACTION = "needs-action"
    ACCEPTED = "accepted"


class CancelReason(StrEnum):
    """Why an appointment was cancelled: codes of FHIR's appointment-cancellation-reason, and a hold that ran out."""

    PATIENT = "pat"
    PATIENT_BETTER = "pat-fb"
    PATIENT_CANNOT = "pat-cpp"
    PROVIDER = "prov"
    PROVIDER_ILL = "prov-pers"
    OTHER = "oth-err"
    RAN_OUT = "hold-expired"


PRACTITIONER_AWAY = frozenset({CancelReason.PROVIDER, CancelReason.PROVIDER_ILL})
"""Why a cancelled time is nobody else's to have."""

CANCEL_REASONS: Mapping[CancelReason, str] = {
    CancelReason.PATIENT: N_("The patient asked"),
    CancelReason.PATIENT_BETTER: N_("The patient feels better"),
    CancelReason.PATIENT_CANNOT: N_("The patient cannot come"),
    CancelReason.PROVIDER: N_("The clinician is not available"),
    CancelReason.PROVIDER_ILL: N_("The clinician is ill"),
    CancelReason.OTHER: N_("Booked by mistake"),
}
"""What a person may choose, in the order it is offered."""


@dataclass(frozen=True, slots=True)
class Buffers:
    """Minutes that a practitioner keeps free before and after an appointment."""

    before: int = 0
    after: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A stretch of time in UTC, its end not in it."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Claim") -> bool:
        """Tell whether the two have a moment in common."""
        return self.start < other.end and other.start < self.end


def claim_of(starts_at: datetime, minutes: int, buffers: Buffers) -> Claim:
    """Give the time that an appointment takes from a practitioner, buffers and all."""
    end = starts_at + timedelta(minutes=minutes)
    return Claim(starts_at - timedelta(minutes=buffers.before), end + timedelta(minutes=buffers.after))


def claims_of(starts_at: datetime, minutes: int, buffers: Mapping[UUID, Buffers]) -> dict[UUID, Claim]:
    """Give the time that an appointment takes from each of its practitioners."""
    return {id_: claim_of(starts_at, minutes, theirs) for id_, theirs in buffers.items()}


def ran_out(status: str, held_until: datetime | None, now: datetime) -> bool:
    """Tell whether a hold is over, so that anybody may have its time."""
    return status == Status.PENDING and held_until is not None and held_until <= now


def patient_may_change(starts_at: datetime, now: datetime, notice_minutes: int) -> bool:
    """Tell whether a patient may still move or cancel alone; later they call the clinic."""
    return now <= starts_at - timedelta(minutes=notice_minutes)
