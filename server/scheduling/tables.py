"""Tables of appointments (FHIR Appointment and its participants)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from server.db import id_field, moment_field, ref_field, sealed_field


class Appointment(SQLModel, table=True):
    """A planned meeting. `status` is a FHIR code: pending, booked, arrived, fulfilled, cancelled or noshow.

    Pending is held for somebody until `held_until`. `sequence` counts the changes of its time, as invitations number
    them (RFC 5545 SEQUENCE). `cancel_reason` is a code of FHIR's appointment-cancellation-reason; `overbook_reason` is
    why somebody booked it over another appointment.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("ix_appointment_organization_id_starts_at", "organization_id", "starts_at"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id", index=False)
    clinic_id: UUID = ref_field("clinic.id")
    status: str = Field(max_length=20)
    starts_at: datetime = moment_field()
    ends_at: datetime = moment_field()
    time_zone: str = Field(max_length=40)
    reason: bytes | None = sealed_field(optional=True)
    created_at: datetime = moment_field()
    created_by: UUID | None = ref_field("account.id", optional=True)
    held_until: datetime | None = moment_field(optional=True)
    sequence: int = 0
    cancelled_at: datetime | None = moment_field(optional=True)
    cancel_reason: str = Field(default="", max_length=20)
    overbook_reason: bytes | None = sealed_field(optional=True)


class AppointmentParticipant(SQLModel, table=True):
    """One practitioner or one patient of an appointment.

    A practitioner's time is taken from `busy_from` until `busy_until`, with the time before and after that they asked
    for; both are empty when the appointment takes no time any more. Two spans of one practitioner that overlap are
    refused by the database itself, unless one is `overbooked`.
    """

    __tablename__ = "appointment_participant"
    __table_args__ = (
        CheckConstraint("(practitioner_id IS NULL) <> (patient_id IS NULL)", name="one_person"),
        CheckConstraint("(busy_from IS NULL) = (busy_until IS NULL)", name="busy_whole"),
        CheckConstraint("busy_until > busy_from", name="busy_ends_after_start"),
        Index("uq_appointment_participant_practitioner", "appointment_id", "practitioner_id", unique=True),
        Index("uq_appointment_participant_patient", "appointment_id", "patient_id", unique=True),
        Index("ix_appointment_participant_practitioner_id_busy_from", "practitioner_id", "busy_from"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    appointment_id: UUID = ref_field("appointment.id")
    practitioner_id: UUID | None = ref_field("practitioner.id", optional=True, index=False)
    patient_id: UUID | None = ref_field("patient.id", optional=True)
    status: str = Field(default="accepted", max_length=20)
    busy_from: datetime | None = moment_field(optional=True)
    busy_until: datetime | None = moment_field(optional=True)
    overbooked: bool = False
