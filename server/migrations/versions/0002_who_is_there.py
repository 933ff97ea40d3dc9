"""who is there: e-mails sealed, authenticators, issuers, care teams, coverage, emergency access, the audit chain."""

import sqlalchemy as sa
from alembic import context, op

from server.kit import Keyring, field_name
from server.kit.ids import new_id

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "audit_checkpoint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("chain", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("expired_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_checkpoint")),
        sa.UniqueConstraint("chain", "sequence", name=op.f("uq_audit_checkpoint_chain_sequence")),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("chain", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
        sa.UniqueConstraint("chain", "sequence", name=op.f("uq_audit_head_chain_sequence")),
    )
    op.create_table(
        "audit_seal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("chain", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("chain", "sequence", name=op.f("uq_audit_seal_chain_sequence")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_seal_event_id")),
    )
    op.create_table(
        "job_lease",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_lease")),
    )
    op.create_table(
        "key_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("canary", sa.LargeBinary(), nullable=False),
        sa.Column("index_check", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_check")),
        sa.UniqueConstraint("key_id", name=op.f("uq_key_check_key_id")),
    )
    op.create_table(
        "authenticator",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("transports", sa.String(length=60), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_authenticator_account_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authenticator")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_authenticator_credential_id")),
    )
    with op.batch_alter_table("authenticator", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_authenticator_account_id"), ["account_id"], unique=False)

    op.create_table(
        "ceremony",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_ceremony_account_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ceremony")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_ceremony_token_hash")),
    )
    with op.batch_alter_table("ceremony", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ceremony_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ceremony_ends_at"), ["ends_at"], unique=False)

    op.create_table(
        "issuer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("client_secret", sa.LargeBinary(), nullable=True),
        sa.Column("role_claim", sa.String(length=100), nullable=False),
        sa.Column("role_map", sa.JSON(), nullable=False),
        sa.Column("provisions", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_issuer_organization_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuer")),
        sa.UniqueConstraint(
            "organization_id", "issuer", "client_id", name=op.f("uq_issuer_organization_id_issuer_client_id")
        ),
    )
    with op.batch_alter_table("issuer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issuer_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_recovery_code_account_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_code_code_hash")),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_code_account_id"), ["account_id"], unique=False)

    op.create_table(
        "sign_in_policy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("second_factor_roles", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_sign_in_policy_organization_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_policy")),
        sa.UniqueConstraint("organization_id", name=op.f("uq_sign_in_policy_organization_id")),
    )
    op.create_table(
        "account_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("email_index", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("roles", sa.String(length=100), nullable=False),
        sa.Column("clinic_ids", sa.JSON(), nullable=False),
        sa.Column("practice", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_account_link_account_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["account.id"],
            name=op.f("fk_account_link_created_by"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_account_link_organization_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_account_link_patient_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_link_token_hash")),
    )
    with op.batch_alter_table("account_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_link_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_link_created_by"), ["created_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_link_email_index"), ["email_index"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_link_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_link_patient_id"), ["patient_id"], unique=False)

    op.create_table(
        "care_team_participant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_care_team_participant_account_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["added_by"],
            ["account.id"],
            name=op.f("fk_care_team_participant_added_by"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_care_team_participant_organization_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_care_team_participant_patient_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_team_participant")),
    )
    with op.batch_alter_table("care_team_participant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_care_team_participant_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_care_team_participant_added_by"), ["added_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_care_team_participant_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index("ix_care_team_participant_patient_id_ended_at", ["patient_id", "ended_at"], unique=False)

    op.create_table(
        "clinic_coverage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_clinic_coverage_account_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"],
            ["clinic.id"],
            name=op.f("fk_clinic_coverage_clinic_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_clinic_coverage_organization_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic_coverage")),
        sa.UniqueConstraint("account_id", "clinic_id", name=op.f("uq_clinic_coverage_account_id_clinic_id")),
    )
    with op.batch_alter_table("clinic_coverage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clinic_coverage_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_clinic_coverage_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_clinic_coverage_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "email_domain",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuer.id"], name=op.f("fk_email_domain_issuer_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_email_domain_organization_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_domain")),
        sa.UniqueConstraint("issuer_id", "domain", name=op.f("uq_email_domain_issuer_id_domain")),
    )
    with op.batch_alter_table("email_domain", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_email_domain_issuer_id"), ["issuer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_email_domain_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "emergency_access",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_emergency_access_account_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_emergency_access_organization_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_emergency_access_patient_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_access")),
    )
    with op.batch_alter_table("emergency_access", schema=None) as batch_op:
        batch_op.create_index("ix_emergency_access_account_id_ends_at", ["account_id", "ends_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_emergency_access_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_emergency_access_patient_id"), ["patient_id"], unique=False)

    op.create_table(
        "federated_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_federated_identity_account_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"],
            ["issuer.id"],
            name=op.f("fk_federated_identity_issuer_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federated_identity")),
        sa.UniqueConstraint("issuer_id", "subject", name=op.f("uq_federated_identity_issuer_id_subject")),
    )
    with op.batch_alter_table("federated_identity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_federated_identity_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_federated_identity_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "patient_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_patient_account_account_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_patient_account_organization_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_patient_account_patient_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_account")),
        sa.UniqueConstraint("account_id", "patient_id", name=op.f("uq_patient_account_account_id_patient_id")),
    )
    with op.batch_alter_table("patient_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_patient_account_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_patient_account_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_patient_account_patient_id"), ["patient_id"], unique=False)

    _seal_emails()

    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.add_column(sa.Column("issuer_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_membership_issuer_id"), ["issuer_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_membership_issuer_id"),
            "issuer",
            ["issuer_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
        )

    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.add_column(sa.Column("language", sa.String(length=5), nullable=False, server_default="en"))
        batch_op.add_column(sa.Column("privacy_contact", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.alter_column("language", server_default=None)

    # Everybody signs in again: how the people of these sessions were proved is not known.
    op.execute("DELETE FROM page_session")
    with op.batch_alter_table("page_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("patient_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False))
        batch_op.add_column(sa.Column("called_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("methods", sa.String(length=60), nullable=False))
        batch_op.add_column(sa.Column("address", sa.String(length=64), nullable=False))
        batch_op.add_column(sa.Column("agent", sa.String(length=200), nullable=False))
        batch_op.add_column(sa.Column("issuer_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("issuer_subject", sa.String(length=255), nullable=False))
        batch_op.add_column(sa.Column("issuer_session", sa.String(length=255), nullable=False))
        batch_op.add_column(sa.Column("id_token", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("refresh_token", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("refresh_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_page_session_issuer_id"), ["issuer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_page_session_issuer_session"), ["issuer_session"], unique=False)
        batch_op.create_index(batch_op.f("ix_page_session_patient_id"), ["patient_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_page_session_patient_id"),
            "patient",
            ["patient_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_page_session_issuer_id"),
            "issuer",
            ["issuer_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
        )

    _cover_all_clinics()


def downgrade() -> None:
    """Take back."""
    op.execute("DELETE FROM page_session")
    with op.batch_alter_table("page_session", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_page_session_issuer_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_page_session_patient_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_page_session_patient_id"))
        batch_op.drop_index(batch_op.f("ix_page_session_issuer_session"))
        batch_op.drop_index(batch_op.f("ix_page_session_issuer_id"))
        batch_op.drop_column("refresh_at")
        batch_op.drop_column("refresh_token")
        batch_op.drop_column("id_token")
        batch_op.drop_column("issuer_session")
        batch_op.drop_column("issuer_subject")
        batch_op.drop_column("issuer_id")
        batch_op.drop_column("agent")
        batch_op.drop_column("address")
        batch_op.drop_column("methods")
        batch_op.drop_column("called_at")
        batch_op.drop_column("proved_at")
        batch_op.drop_column("patient_id")

    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.drop_column("privacy_contact")
        batch_op.drop_column("language")

    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_membership_issuer_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_membership_issuer_id"))
        batch_op.drop_column("disabled_at")
        batch_op.drop_column("issuer_id")

    _open_emails()

    with op.batch_alter_table("patient_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_patient_account_patient_id"))
        batch_op.drop_index(batch_op.f("ix_patient_account_organization_id"))
        batch_op.drop_index(batch_op.f("ix_patient_account_account_id"))

    op.drop_table("patient_account")
    with op.batch_alter_table("federated_identity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_federated_identity_issuer_id"))
        batch_op.drop_index(batch_op.f("ix_federated_identity_account_id"))

    op.drop_table("federated_identity")
    with op.batch_alter_table("emergency_access", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_emergency_access_patient_id"))
        batch_op.drop_index(batch_op.f("ix_emergency_access_organization_id"))
        batch_op.drop_index("ix_emergency_access_account_id_ends_at")

    op.drop_table("emergency_access")
    with op.batch_alter_table("email_domain", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_email_domain_organization_id"))
        batch_op.drop_index(batch_op.f("ix_email_domain_issuer_id"))

    op.drop_table("email_domain")
    with op.batch_alter_table("clinic_coverage", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_clinic_coverage_organization_id"))
        batch_op.drop_index(batch_op.f("ix_clinic_coverage_clinic_id"))
        batch_op.drop_index(batch_op.f("ix_clinic_coverage_account_id"))

    op.drop_table("clinic_coverage")
    with op.batch_alter_table("care_team_participant", schema=None) as batch_op:
        batch_op.drop_index("ix_care_team_participant_patient_id_ended_at")
        batch_op.drop_index(batch_op.f("ix_care_team_participant_organization_id"))
        batch_op.drop_index(batch_op.f("ix_care_team_participant_added_by"))
        batch_op.drop_index(batch_op.f("ix_care_team_participant_account_id"))

    op.drop_table("care_team_participant")
    with op.batch_alter_table("account_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_link_patient_id"))
        batch_op.drop_index(batch_op.f("ix_account_link_organization_id"))
        batch_op.drop_index(batch_op.f("ix_account_link_email_index"))
        batch_op.drop_index(batch_op.f("ix_account_link_created_by"))
        batch_op.drop_index(batch_op.f("ix_account_link_account_id"))

    op.drop_table("account_link")
    op.drop_table("sign_in_policy")
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recovery_code_account_id"))

    op.drop_table("recovery_code")
    with op.batch_alter_table("issuer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issuer_organization_id"))

    op.drop_table("issuer")
    with op.batch_alter_table("ceremony", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ceremony_ends_at"))
        batch_op.drop_index(batch_op.f("ix_ceremony_account_id"))

    op.drop_table("ceremony")
    with op.batch_alter_table("authenticator", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_authenticator_account_id"))

    op.drop_table("authenticator")
    op.drop_table("key_check")
    op.drop_table("job_lease")
    op.drop_table("audit_seal")
    op.drop_table("audit_head")
    op.drop_table("audit_checkpoint")


def _seal_emails() -> None:
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("email_index", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("sealed", sa.LargeBinary(), nullable=True))
    accounts = sa.table(
        "account",
        sa.column("id", sa.Uuid),
        sa.column("email", sa.String),
        sa.column("sealed", sa.LargeBinary),
        sa.column("email_index", sa.LargeBinary),
    )
    for row in op.get_bind().execute(sa.select(accounts.c.id, accounts.c.email)).all():
        sealed = _keyring().seal(row.email, field_name("account", row.id, "email"))
        index = _keyring().index(row.email.casefold(), "account|email")
        changed = accounts.update().where(accounts.c.id == row.id)
        op.get_bind().execute(changed.values(sealed=sealed, email_index=index))
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_account_email"), type_="unique")
        batch_op.drop_column("email")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.alter_column("sealed", new_column_name="email", existing_type=sa.LargeBinary(), nullable=False)
        batch_op.alter_column("email_index", existing_type=sa.LargeBinary(), nullable=False)
        batch_op.create_unique_constraint(batch_op.f("uq_account_email_index"), ["email_index"])
    if op.get_bind().dialect.name == "postgresql":
        # A dropped column's values stay in the table's file until the table is written anew, which this makes it be.
        op.execute("ALTER TABLE account ALTER COLUMN name TYPE VARCHAR(120) USING name || ''")


def _open_emails() -> None:
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("plain", sa.String(length=254), nullable=True))
    accounts = sa.table(
        "account",
        sa.column("id", sa.Uuid),
        sa.column("email", sa.LargeBinary),
        sa.column("plain", sa.String),
    )
    for row in op.get_bind().execute(sa.select(accounts.c.id, accounts.c.email)).all():
        plain = _keyring().open(row.email, field_name("account", row.id, "email"))
        op.get_bind().execute(accounts.update().where(accounts.c.id == row.id).values(plain=plain))
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_account_email_index"), type_="unique")
        batch_op.drop_column("email")
        batch_op.drop_column("email_index")
        batch_op.drop_column("password_changed_at")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.alter_column("plain", new_column_name="email", existing_type=sa.String(length=254), nullable=False)
        batch_op.create_unique_constraint(batch_op.f("uq_account_email"), ["email"])


def _cover_all_clinics() -> None:
    """Until now all staff saw all visits of their organization: from now on because they cover its clinics."""
    columns = [sa.column(name, sa.Uuid) for name in ("id", "organization_id", "account_id", "clinic_id")]
    coverage = sa.table("clinic_coverage", *columns)
    clinics = sa.table("clinic", sa.column("id", sa.Uuid), sa.column("organization_id", sa.Uuid))
    members = sa.table("membership", sa.column("account_id", sa.Uuid), sa.column("organization_id", sa.Uuid))
    query = (
        sa.select(members.c.organization_id, members.c.account_id, clinics.c.id.label("clinic_id"))
        .join_from(members, clinics, clinics.c.organization_id == members.c.organization_id)
        .distinct()
    )
    rows = [{"id": new_id(), **row} for row in op.get_bind().execute(query).mappings().all()]
    if rows:
        op.get_bind().execute(coverage.insert(), rows)


def _keyring() -> Keyring:
    keyring: Keyring | None = context.config.attributes["keyring"]
    if keyring is None:
        raise RuntimeError("accounts are there whose e-mails are to be sealed, and no keys were given")
    return keyring
