"""Tables of consult cases: what was asked (FHIR ServiceRequest with its Task), who was rung for it, and what happened.

A case belongs to the organization that asks. What is plain in here are ids, codes and times; the question and what
somebody wrote are sealed.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db import id_field, moment_field, ref_field, sealed_field


class Consult(SQLModel, table=True):
    """A consult: `requester_id` asks a service for advice, about a patient or, without one, de-identified.

    `mode` is video, audio, chat or written, `urgency` now, soon, today or week, `situation` patient_present or
    peer_only. `status` is ringing, accepted, written, answered or closed, and `ring_state` is what it follows from
    (`ring_state.write_state`); `version` counts the changes of both. Where something waits for its time, that is
    `due_at`; one of which a step failed in `lease_holder`'s process rests until `leased_until` (the database's clock).
    `patient_state`, `patient_age` (years) and `language` are what the specialists were matched by.
    """

    __tablename__ = "consult"
    __table_args__ = (
        CheckConstraint("mode IN ('video', 'audio', 'chat', 'written')", name="mode"),
        CheckConstraint("urgency IN ('now', 'soon', 'today', 'week')", name="urgency"),
        CheckConstraint("situation IN ('patient_present', 'peer_only')", name="situation"),
        CheckConstraint("status IN ('ringing', 'accepted', 'written', 'answered', 'closed')", name="status"),
        CheckConstraint("situation = 'peer_only' OR encounter_id IS NOT NULL", name="present"),
        CheckConstraint("status <> 'accepted' OR accepted_by IS NOT NULL", name="winner"),
        Index("ix_consult_organization_id_status", "organization_id", "status"),
        Index("ix_consult_accepted_by_status", "accepted_by", "status"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id", index=False)
    service_id: UUID = ref_field("consult_service.id")
    clinic_id: UUID = ref_field("clinic.id")
    patient_id: UUID | None = ref_field("patient.id", optional=True)
    encounter_id: UUID | None = ref_field("encounter.id", optional=True)
    requester_id: UUID = ref_field("account.id")
    practitioner_id: UUID | None = ref_field("practitioner.id", optional=True)
    mode: str = Field(max_length=10)
    urgency: str = Field(max_length=10)
    situation: str = Field(max_length=20)
    consent_given_by: str = Field(default="", max_length=20)
    consent_recorded_by: UUID | None = ref_field("account.id", optional=True, index=False)
    consent_at: datetime | None = moment_field(optional=True)
    consent_version: str = Field(default="", max_length=20)
    patient_state: str = Field(default="", max_length=2)
    patient_age: int | None = None
    language: str = Field(default="", max_length=5)
    question: bytes = sealed_field()
    status: str = Field(max_length=10)
    ring_state: str = Field(sa_type=Text)
    version: int = 1
    due_at: datetime | None = moment_field(optional=True, index=True)
    leased_until: datetime | None = moment_field(optional=True)
    lease_holder: str = Field(default="", max_length=64)
    accepted_by: UUID | None = ref_field("account.id", optional=True, index=False)
    accepted_at: datetime | None = moment_field(optional=True)
    room_id: UUID | None = ref_field("room.id", optional=True)
    written_due_at: datetime | None = moment_field(optional=True, index=True)
    answered_at: datetime | None = moment_field(optional=True)
    closed_at: datetime | None = moment_field(optional=True)
    ending: str = Field(default="", max_length=10)
    created_at: datetime = moment_field()


class ConsultRing(SQLModel, table=True):
    """That a consult rang somebody, by its `number` within the case, and how that ended.

    `why` is answered-elsewhere, timed-out, cancelled, withdrawn, declined, offered or accepted, empty while it rings.
    A decline has a `reason` (a code) and perhaps a `remark`; an offer has its `minutes`; `suggested_id` is the
    colleague who was named instead. `seen_at` is when the person has read that they missed it.
    """

    __tablename__ = "consult_ring"
    __table_args__ = (
        UniqueConstraint("consult_id", "number"),
        Index("ix_consult_ring_account_id_ended_at", "account_id", "ended_at"),
        Index("ix_consult_ring_organization_id_account_id_id", "organization_id", "account_id", "id"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    consult_id: UUID = ref_field("consult.id", index=False)
    account_id: UUID = ref_field("account.id", index=False)
    number: int
    started_at: datetime = moment_field()
    until: datetime = moment_field()
    ended_at: datetime | None = moment_field(optional=True)
    why: str = Field(default="", max_length=20)
    reason: str = Field(default="", max_length=20)
    remark: bytes | None = sealed_field(optional=True)
    minutes: int | None = None
    suggested_id: UUID | None = ref_field("account.id", optional=True, index=False)
    seen_at: datetime | None = moment_field(optional=True)


class ConsultCandidate(SQLModel, table=True):
    """What the matching said of a specialist: their `rank` from 1, none when they were left out, and the reasons.

    `reasons` are codes with values, put into words where they are shown.
    """

    __tablename__ = "consult_candidate"
    __table_args__ = (UniqueConstraint("consult_id", "practitioner_id"),)

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    consult_id: UUID = ref_field("consult.id", index=False)
    practitioner_id: UUID = ref_field("practitioner.id")
    rank: int | None = None
    reasons: list[Any] = Field(default_factory=list, sa_type=JSON)


class ConsultEvent(SQLModel, table=True):
    """Something that happened to a consult: `kind` and `data` are codes, `account_id` who did it, if somebody did."""

    __tablename__ = "consult_event"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    consult_id: UUID = ref_field("consult.id")
    at: datetime = moment_field()
    kind: str = Field(max_length=20)
    account_id: UUID | None = ref_field("account.id", optional=True)
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
