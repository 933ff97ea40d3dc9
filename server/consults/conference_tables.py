"""Table of case conferences: which consults a meeting speaks of, in which order, and what was decided."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import SQLModel

from server.db import id_field, moment_field, ref_field, sealed_field


class ConferenceCase(SQLModel, table=True):
    """That a meeting speaks of a consult, at a place of its agenda; once decided, by whom and when, it stays so."""

    __tablename__ = "conference_case"
    __table_args__ = (
        UniqueConstraint("meeting_id", "consult_id"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(decision IS NULL) = (decided_by IS NULL)", name="signed"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    meeting_id: UUID = ref_field("meeting.id", index=False)
    consult_id: UUID = ref_field("consult.id")
    position: int
    added_by: UUID = ref_field("account.id", index=False)
    added_at: datetime = moment_field()
    decision: bytes | None = sealed_field(optional=True)
    decided_by: UUID | None = ref_field("account.id", optional=True, index=False)
    decided_at: datetime | None = moment_field(optional=True)
