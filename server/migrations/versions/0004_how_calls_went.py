"""how calls went: samples of quality and what happened to connections."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

REFERENCES = {
    "organization_id": "organization.id",
    "room_id": "room.id",
    "seat_id": "seat.id",
    "peer_id": "seat.id",
}


def upgrade() -> None:
    """Apply."""
    _create(
        "call_event",
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("lasted_ms", sa.Integer(), nullable=True),
    )
    _create(
        "call_quality",
        sa.Column("rtt_ms", sa.Integer(), nullable=True),
        sa.Column("loss", sa.Integer(), nullable=False),
        sa.Column("jitter_ms", sa.Integer(), nullable=True),
        sa.Column("frozen", sa.Integer(), nullable=False),
        sa.Column("concealed", sa.Integer(), nullable=True),
        sa.Column("bitrate_kbits", sa.Integer(), nullable=True),
        sa.Column("first_frame_ms", sa.Integer(), nullable=True),
        sa.Column("path", sa.String(length=20), nullable=True),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("call_quality")
    op.drop_table("call_event")


def _create(table: str, *numbers: sa.Column[object]) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=name == "peer_id") for name in REFERENCES),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *numbers,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint(
                [name],
                [target],
                name=op.f(f"fk_{table}_{name}_{target.split('.')[0]}"),
                deferrable=True,
                initially="DEFERRED",
            )
            for name, target in REFERENCES.items()
        ),
    )
    for column in ("room_id", "at"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
