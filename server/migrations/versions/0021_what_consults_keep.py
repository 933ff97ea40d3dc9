"""what consults keep: files in parts, tasks of cases that name no patient, an organization's rules on codes."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

PART, TASK, CODE = "consult_attachment_part", "follow_up_task", "billing_rule"


def upgrade() -> None:
    """Apply."""
    _parts()
    _codes()
    with op.batch_alter_table(TASK) as table:
        table.alter_column("patient_id", existing_type=sa.Uuid(), nullable=True)
        table.create_check_constraint(op.f(f"ck_{TASK}_somebodys"), "patient_id IS NOT NULL OR owner_id IS NOT NULL")


def _parts() -> None:
    op.create_table(
        PART,
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("id", "organization_id", "attachment_id")),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        _organization(PART),
        sa.CheckConstraint("position >= 1", name=op.f(f"ck_{PART}_position")),
        sa.UniqueConstraint("attachment_id", "position", name=op.f(f"uq_{PART}_attachment_id_position")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{PART}")),
    )
    for column in ("organization_id", "kept_at"):
        op.create_index(op.f(f"ix_{PART}_{column}"), PART, [column], unique=False)


def _codes() -> None:
    checks = {
        "least": "least BETWEEN 1 AND 240",
        "most": "most BETWEEN least AND 240",
        "discussion_percent": "discussion_percent BETWEEN 0 AND 99",
        **{name: f"{name} BETWEEN 0 AND 30" for name in ("once_per_days", "seen_before", "seen_after")},
        "days": "valid_to >= valid_from",
    }
    op.create_table(
        CODE,
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("id", "organization_id")),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("needs_written", "needs_verbal")),
        sa.Column("discussion_percent", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("once_per_days", "seen_before", "seen_after")),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=False),
        _organization(CODE),
        *(sa.CheckConstraint(condition, name=op.f(f"ck_{CODE}_{name}")) for name, condition in checks.items()),
        sa.UniqueConstraint(
            "organization_id", "code", "valid_from", name=op.f(f"uq_{CODE}_organization_id_code_valid_from")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{CODE}")),
    )


def _organization(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_organization_id")
    return sa.ForeignKeyConstraint(
        ["organization_id"], ["organization.id"], name=name, initially="DEFERRED", deferrable=True
    )


def downgrade() -> None:
    """Take back."""
    op.execute(f"DELETE FROM {TASK} WHERE patient_id IS NULL")  # noqa: S608 - a name of ours
    with op.batch_alter_table(TASK) as table:
        table.drop_constraint(op.f(f"ck_{TASK}_somebodys"), type_="check")
        table.alter_column("patient_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_table(CODE)
    op.drop_table(PART)
