"""Tables of visits: the encounter (FHIR Encounter, class VR), the consent to it, and where the patient is with whom."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from server.db import id_field, moment_field, ref_field, sealed_field


class Encounter(SQLModel, table=True):
    """One video visit. `status` is a FHIR code: planned, arrived, in-progress, finished or cancelled."""

    __tablename__ = "encounter"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    appointment_id: UUID = ref_field("appointment.id", unique=True, index=False)
    patient_id: UUID = ref_field("patient.id")
    room_id: UUID = ref_field("room.id", unique=True, index=False)
    link_id: UUID = ref_field("access_link.id")
    status: str = Field(max_length=20)
    late_minutes: int | None = None
    arrived_at: datetime | None = moment_field(optional=True)
    started_at: datetime | None = moment_field(optional=True)
    admitted_at: datetime | None = moment_field(optional=True)
    ended_at: datetime | None = moment_field(optional=True)


class TelehealthConsent(SQLModel, table=True):
    """Consent to a video visit, with the version of the text that was shown and who gave it."""

    __tablename__ = "telehealth_consent"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    encounter_id: UUID = ref_field("encounter.id")
    patient_id: UUID = ref_field("patient.id")
    text_version: str = Field(max_length=20)
    language: str = Field(max_length=5)
    given_by: str = Field(max_length=20)
    giver_name: bytes | None = sealed_field(optional=True)
    relationship: bytes | None = sealed_field(optional=True)
    given_at: datetime = moment_field()


class SafetyCheck(SQLModel, table=True):
    """What must be known before a video visit, as the patient confirmed it for this one. Only the state is plain."""

    __tablename__ = "safety_check"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    encounter_id: UUID = ref_field("encounter.id", unique=True, index=False)
    patient_id: UUID = ref_field("patient.id")
    state: str = Field(max_length=2)
    street: bytes = sealed_field()
    city: bytes = sealed_field()
    phone: bytes = sealed_field()
    emergency_name: bytes = sealed_field()
    emergency_phone: bytes = sealed_field()
    others_present: bytes = sealed_field()
    confirmed_at: datetime = moment_field()


class CallbackRequest(SQLModel, table=True):
    """That the patient asks to be called instead of the video: at which number, who does it, and that it is done.

    One for a visit: who asks again after it was done opens it again.
    """

    __tablename__ = "callback_request"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    encounter_id: UUID = ref_field("encounter.id", unique=True, index=False)
    patient_id: UUID = ref_field("patient.id")
    phone: bytes = sealed_field()
    asked_at: datetime = moment_field()
    taken_by: UUID | None = ref_field("account.id", optional=True)
    taken_at: datetime | None = moment_field(optional=True)
    done_at: datetime | None = moment_field(optional=True)


class VisitInvitation(SQLModel, table=True):
    """That a clinician of the visit asked a colleague in. `status` is asked, joined, declined or withdrawn.

    Who is asked takes part in the appointment; who declined, or whose invitation was taken back, does so no more.
    `seen_at` is when the colleague has read that it was taken back.
    """

    __tablename__ = "visit_invitation"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    encounter_id: UUID = ref_field("encounter.id")
    practitioner_id: UUID = ref_field("practitioner.id")
    account_id: UUID = ref_field("account.id")
    invited_by: UUID = ref_field("account.id")
    invited_at: datetime = moment_field()
    status: str = Field(max_length=10)
    answered_at: datetime | None = moment_field(optional=True)
    seen_at: datetime | None = moment_field(optional=True)
