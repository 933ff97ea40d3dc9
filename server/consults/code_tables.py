"""Table of the rules on billing codes that an organization keeps itself."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db import id_field, ref_field


class BillingRule(SQLModel, table=True):
    """What a code asks for in an organization, from one day through another, or that it is not used there.

    It goes before the rule of the same code that came with Curbside; whose time the code pays stays as there.
    `discussion_percent` is what discussion must exceed. `source` is where the rule is found.
    """

    __tablename__ = "billing_rule"
    __table_args__ = (
        UniqueConstraint("organization_id", "code", "valid_from"),
        CheckConstraint("least BETWEEN 1 AND 240", name="least"),
        CheckConstraint("most BETWEEN least AND 240", name="most"),
        CheckConstraint("discussion_percent BETWEEN 0 AND 99", name="discussion_percent"),
        CheckConstraint("once_per_days BETWEEN 0 AND 30", name="once_per_days"),
        CheckConstraint("seen_before BETWEEN 0 AND 30", name="seen_before"),
        CheckConstraint("seen_after BETWEEN 0 AND 30", name="seen_after"),
        CheckConstraint("valid_to >= valid_from", name="days"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id", index=False)
    code: str = Field(max_length=10)
    used: bool = True
    least: int
    most: int | None = None
    needs_written: bool
    needs_verbal: bool
    discussion_percent: int | None = None
    once_per_days: int
    seen_before: int
    seen_after: int
    valid_from: date
    valid_to: date | None = None
    source: str = Field(max_length=300)
