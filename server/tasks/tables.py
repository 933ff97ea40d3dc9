"""Table of follow-up tasks (FHIR Task)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db import id_field, moment_field, ref_field, sealed_field


class FollowUpTask(SQLModel, table=True):
    """Something to do for a patient by a day. `status` and `priority` are FHIR codes (Task.status, request-priority).

    Without a patient, as what comes of a case that names none, it is its owner's alone.

    `source_kind`, `source_id` and `source_item` name what it came of, an item of a consult say: one item makes one
    task. `outcome` is what came of it, or why it was cancelled. `version` counts the changes: who saves over somebody
    else's is told so.
    """

    __tablename__ = "follow_up_task"
    __table_args__ = (
        CheckConstraint("(source_kind = '') = (source_id IS NULL)", name="source_whole"),
        CheckConstraint("patient_id IS NOT NULL OR owner_id IS NOT NULL", name="somebodys"),
        CheckConstraint("(ended_at IS NULL) = (status NOT IN ('completed', 'cancelled'))", name="ended_when_over"),
        UniqueConstraint("source_kind", "source_id", "source_item"),
        Index("ix_follow_up_task_owner_id_due_on", "owner_id", "due_on"),
        Index("ix_follow_up_task_organization_id_due_on", "organization_id", "due_on"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id", index=False)
    patient_id: UUID | None = ref_field("patient.id", optional=True)
    encounter_id: UUID | None = ref_field("encounter.id", optional=True)
    source_kind: str = Field(default="", max_length=20)
    source_id: UUID | None = None
    source_item: str = Field(default="", max_length=40)
    title: bytes = sealed_field()
    detail: bytes | None = sealed_field(optional=True)
    owner_id: UUID | None = ref_field("account.id", optional=True, index=False)
    due_on: date
    status: str = Field(max_length=20)
    priority: str = Field(default="routine", max_length=10)
    created_by: UUID = ref_field("account.id", index=False)
    created_at: datetime = moment_field()
    ended_by: UUID | None = ref_field("account.id", optional=True, index=False)
    ended_at: datetime | None = moment_field(optional=True)
    outcome: bytes | None = sealed_field(optional=True)
    version: int = 1
