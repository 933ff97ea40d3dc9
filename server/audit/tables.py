"""The table of audit events (FHIR AuditEvent): who, in what role, whose record, what, from where, why."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Uuid
from sqlmodel import Field, SQLModel

from server.db import id_field, moment_field


class AuditEvent(SQLModel, table=True):
    """One event. Rows are only ever added."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_organization_id_recorded_at", "organization_id", "recorded_at"),)

    id: UUID = id_field()
    recorded_at: datetime = moment_field()
    organization_id: UUID | None = Field(default=None, sa_type=Uuid)
    account_id: UUID | None = Field(default=None, sa_type=Uuid, index=True)
    roles: str = Field(max_length=100)
    action: str = Field(max_length=60)
    entity: str = Field(max_length=60)
    entity_id: UUID | None = Field(default=None, sa_type=Uuid, index=True)
    patient_id: UUID | None = Field(default=None, sa_type=Uuid, index=True)
    outcome: str = Field(max_length=20)
    why: str = Field(max_length=200)
    address: str = Field(max_length=64)
