"""Tables of the clock of a consult: for how long who was at it, and what was corrected and why."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from server.db import id_field, moment_field, ref_field, sealed_field


class ConsultMinutes(SQLModel, table=True):
    """Time that somebody spent on a consult: `kind` is discussion or review, `source` page, entered or call.

    A talk is measured from who was connected when (`calls`), and has a row only once it was corrected: its id is then
    the one that the measured time goes by. `version` counts the corrections.
    """

    __tablename__ = "consult_minutes"
    __table_args__ = (
        CheckConstraint("kind IN ('discussion', 'review')", name="kind"),
        CheckConstraint("source IN ('call', 'page', 'entered')", name="source"),
        CheckConstraint("ended_at >= started_at", name="ends_after_start"),
        Index("ix_consult_minutes_account_id_ended_at", "account_id", "ended_at"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    consult_id: UUID = ref_field("consult.id")
    account_id: UUID = ref_field("account.id", index=False)
    kind: str = Field(max_length=10)
    source: str = Field(max_length=10)
    started_at: datetime = moment_field()
    ended_at: datetime = moment_field()
    version: int = 0


class ConsultMinutesEdit(SQLModel, table=True):
    """That somebody corrected a time: what it was before, and their reason."""

    __tablename__ = "consult_minutes_edit"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    minutes_id: UUID = ref_field("consult_minutes.id")
    account_id: UUID = ref_field("account.id")
    at: datetime = moment_field()
    was_started_at: datetime = moment_field()
    was_ended_at: datetime = moment_field()
    reason: bytes = sealed_field()
