"""Tables of the audit trail: events (FHIR AuditEvent), the chain that seals them, its signed heads and checkpoints.

`chain` names whose chain a row belongs to: an organization's id, or `operator` for what belongs to none.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint, Uuid
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


class AuditSeal(SQLModel, table=True):
    """One link of a chain: an event's place in it, and the hash of the link before together with the event."""

    __tablename__ = "audit_seal"
    __table_args__ = (UniqueConstraint("chain", "sequence"),)

    id: UUID = id_field()
    chain: str = Field(max_length=36)
    sequence: int
    event_id: UUID = Field(sa_type=Uuid, unique=True)
    hash: bytes = Field(sa_type=LargeBinary)
    sealed_at: datetime = moment_field()


class AuditHead(SQLModel, table=True):
    """A signed statement of how far a chain reached and with which hash (Ed25519)."""

    __tablename__ = "audit_head"
    __table_args__ = (UniqueConstraint("chain", "sequence"),)

    id: UUID = id_field()
    chain: str = Field(max_length=36)
    sequence: int
    hash: bytes = Field(sa_type=LargeBinary)
    signed_at: datetime = moment_field()
    signature: bytes = Field(sa_type=LargeBinary)


class AuditCheckpoint(SQLModel, table=True):
    """A signed statement that a chain's links up to `sequence`, older than the retention, may be and were removed."""

    __tablename__ = "audit_checkpoint"
    __table_args__ = (UniqueConstraint("chain", "sequence"),)

    id: UUID = id_field()
    chain: str = Field(max_length=36)
    sequence: int
    hash: bytes = Field(sa_type=LargeBinary)
    expired_before: datetime = moment_field()
    signed_at: datetime = moment_field()
    signature: bytes = Field(sa_type=LargeBinary)
