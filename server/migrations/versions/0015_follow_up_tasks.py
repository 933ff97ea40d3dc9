"""follow-up tasks: what is to be done for a patient, by whom and until when."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

TABLE = "follow_up_task"
REFERENCES = {
    "organization_id": "organization.id",
    "patient_id": "patient.id",
    "encounter_id": "encounter.id",
    "owner_id": "account.id",
    "created_by": "account.id",
    "ended_by": "account.id",
}
INDEXES = (["patient_id"], ["encounter_id"], ["owner_id", "due_on"], ["organization_id", "due_on"])


def upgrade() -> None:
    """Apply."""
    op.create_table(
        TABLE,
        *_columns(),
        *(_reference(column, target) for column, target in REFERENCES.items()),
        sa.CheckConstraint("(source_kind = '') = (source_id IS NULL)", name=op.f(f"ck_{TABLE}_source_whole")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (status NOT IN ('completed', 'cancelled'))", name=op.f(f"ck_{TABLE}_ended_when_over")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint(
            "source_kind",
            "source_id",
            "source_item",
            name=op.f(f"uq_{TABLE}_source_kind_source_id_source_item"),
        ),
    )
    for columns in INDEXES:
        op.create_index(op.f(f"ix_{TABLE}_{'_'.join(columns)}"), TABLE, columns, unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table(TABLE)


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=True),
        sa.Column("source_kind", sa.String(length=20), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("source_item", sa.String(length=40), nullable=False),
        sa.Column("title", sa.LargeBinary(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("priority", sa.String(length=10), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
    ]


def _reference(column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{TABLE}_{column}")
    return sa.ForeignKeyConstraint([column], [target], name=name, initially="DEFERRED", deferrable=True)
