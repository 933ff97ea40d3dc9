"""the audit trail stays: the database refuses to change it, and to remove more than a checkpoint allows.

The same rules on both databases. SQLite's REPLACE removes rows without asking a trigger, so there a row that exists
cannot be inserted again either; PostgreSQL also refuses TRUNCATE.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

TABLES = ("audit_event", "audit_seal", "audit_head", "audit_checkpoint")
REFUSED = "the audit trail is append-only"
# When a row may go. Events go before their links: a link whose event is there stays.
MAY_GO = {
    "audit_event": """EXISTS (
        SELECT 1 FROM audit_seal s JOIN audit_checkpoint c ON c.chain = s.chain
        WHERE s.event_id = OLD.id AND s.sequence <= c.sequence AND OLD.recorded_at < c.expired_before)""",
    "audit_seal": """EXISTS (SELECT 1 FROM audit_checkpoint c WHERE c.chain = OLD.chain AND OLD.sequence <= c.sequence)
        AND NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.id = OLD.event_id)""",
    "audit_head": """EXISTS (
        SELECT 1 FROM audit_checkpoint c WHERE c.chain = OLD.chain AND OLD.sequence <= c.sequence)""",
    "audit_checkpoint": "FALSE",
}
# What makes a row the same one, for SQLite's REPLACE.
SAME = {
    "audit_event": "id = NEW.id",
    "audit_seal": "id = NEW.id OR event_id = NEW.event_id OR (chain = NEW.chain AND sequence = NEW.sequence)",
    "audit_head": "id = NEW.id OR (chain = NEW.chain AND sequence = NEW.sequence)",
    "audit_checkpoint": "id = NEW.id OR (chain = NEW.chain AND sequence = NEW.sequence)",
}


def upgrade() -> None:
    """Apply."""
    guard = _guard_sqlite if op.get_bind().dialect.name == "sqlite" else _guard_postgresql
    for table in TABLES:
        guard(table)


def downgrade() -> None:
    """Take back."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in TABLES:
        for what in ("update", "delete", "again" if sqlite else "truncate"):
            op.execute(f"DROP TRIGGER {table}_{what}" + ("" if sqlite else f" ON {table}"))
        if not sqlite:
            op.execute(f"DROP FUNCTION {table}_stays()")


def _guard_sqlite(table: str) -> None:
    refuse = f"SELECT RAISE(ABORT, '{REFUSED}')"
    op.execute(f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} BEGIN {refuse}; END")
    op.execute(f"CREATE TRIGGER {table}_delete BEFORE DELETE ON {table} WHEN NOT ({MAY_GO[table]}) BEGIN {refuse}; END")
    again = f"{refuse} WHERE EXISTS (SELECT 1 FROM {table} WHERE {SAME[table]})"  # noqa: S608 - our own names
    op.execute(f"CREATE TRIGGER {table}_again BEFORE INSERT ON {table} BEGIN {again}; END")


def _guard_postgresql(table: str) -> None:
    op.execute(f"""
        CREATE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                IF {MAY_GO[table]} THEN
                    RETURN OLD;
                END IF;
            END IF;
            RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'integrity_constraint_violation';
        END $$
    """)
    for what in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {table}_{what} BEFORE {what.upper()} ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_stays()"
        )
    op.execute(
        f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {table}_stays()"
    )
