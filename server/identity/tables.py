"""Accounts and how they are proved: memberships, authenticators, issuers, page sessions, one-time links and steps."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, Index, LargeBinary, UniqueConstraint, Uuid
from sqlmodel import Field, SQLModel

from server.db import id_field, moment_field, ref_field, sealed_field


class Account(SQLModel, table=True):
    """Somebody who can sign in: a member of staff, or a patient. The e-mail is sealed and found by its keyed hash."""

    __tablename__ = "account"

    id: UUID = id_field()
    email: bytes = sealed_field()
    email_index: bytes = Field(sa_type=LargeBinary, unique=True)
    name: str = Field(max_length=120)
    password_hash: str | None = Field(default=None, max_length=200)
    password_changed_at: datetime | None = moment_field(optional=True)
    created_at: datetime = moment_field()
    disabled_at: datetime | None = moment_field(optional=True)


class Membership(SQLModel, table=True):
    """One role of an account in one organization; several rows make several roles.

    `issuer_id` names the issuer whose claims granted the role, which takes it back when it claims it no longer. With
    `disabled_at` in any row the member is disabled in that organization, whatever roles an issuer adds.
    """

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("account_id", "organization_id", "role"),)

    id: UUID = id_field()
    account_id: UUID = ref_field("account.id")
    organization_id: UUID = ref_field("organization.id")
    role: str = Field(max_length=20)
    issuer_id: UUID | None = ref_field("issuer.id", optional=True)
    disabled_at: datetime | None = moment_field(optional=True)


class ClinicCoverage(SQLModel, table=True):
    """That a member of staff works for a clinic, and so may see its visits."""

    __tablename__ = "clinic_coverage"
    __table_args__ = (UniqueConstraint("account_id", "clinic_id"),)

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    account_id: UUID = ref_field("account.id")
    clinic_id: UUID = ref_field("clinic.id")


class PatientAccount(SQLModel, table=True):
    """That an account is a patient's own, to see upcoming visits and what was shared."""

    __tablename__ = "patient_account"
    __table_args__ = (UniqueConstraint("account_id", "patient_id"),)

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    account_id: UUID = ref_field("account.id")
    patient_id: UUID = ref_field("patient.id")
    created_at: datetime = moment_field()


class Authenticator(SQLModel, table=True):
    """One passkey (W3C WebAuthn credential) or one authenticator app (RFC 6238) of an account.

    `last_step` is the time step of the last accepted one-time code, which counts no second time. An app counts only
    once `confirmed_at` says that its first code was right.
    """

    __tablename__ = "authenticator"

    id: UUID = id_field()
    account_id: UUID = ref_field("account.id")
    kind: str = Field(max_length=10)
    name: str = Field(max_length=60)
    created_at: datetime = moment_field()
    confirmed_at: datetime | None = moment_field(optional=True)
    last_used_at: datetime | None = moment_field(optional=True)
    secret: bytes | None = sealed_field(optional=True)
    last_step: int = 0
    credential_id: bytes | None = Field(default=None, sa_type=LargeBinary, unique=True)
    public_key: bytes | None = Field(default=None, sa_type=LargeBinary)
    sign_count: int = 0
    transports: str = Field(default="", max_length=60)
    backed_up: bool = False


class RecoveryCode(SQLModel, table=True):
    """One of the codes that stand in for a lost authenticator, once each. Only a keyed hash is stored."""

    __tablename__ = "recovery_code"

    id: UUID = id_field()
    account_id: UUID = ref_field("account.id")
    code_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    created_at: datetime = moment_field()
    used_at: datetime | None = moment_field(optional=True)


class AccountLink(SQLModel, table=True):
    """A one-time link of an account to be: `purpose` is setup, invitation, reset or patient. Only its hash is stored.

    An invitation carries what it grants: `roles` with commas, the clinics, and for those who treat patients what the
    directory is to know of them (`practice`). A patient's carries the hash of the password that was chosen beside the
    record, which whoever opens the mail must know.
    """

    __tablename__ = "account_link"

    id: UUID = id_field()
    purpose: str = Field(max_length=20)
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    organization_id: UUID | None = ref_field("organization.id", optional=True)
    account_id: UUID | None = ref_field("account.id", optional=True)
    patient_id: UUID | None = ref_field("patient.id", optional=True)
    email: bytes | None = sealed_field(optional=True)
    email_index: bytes | None = Field(default=None, sa_type=LargeBinary, index=True)
    name: str = Field(default="", max_length=120)
    password_hash: str | None = Field(default=None, max_length=200)
    roles: str = Field(default="", max_length=100)
    clinic_ids: list[str] = Field(default_factory=list, sa_type=JSON)
    practice: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    created_at: datetime = moment_field()
    created_by: UUID | None = ref_field("account.id", optional=True)
    ends_at: datetime = moment_field()
    used_at: datetime | None = moment_field(optional=True)
    revoked_at: datetime | None = moment_field(optional=True)


class SignInPolicy(SQLModel, table=True):
    """What an organization asks of those who sign in: the roles (with commas) that need a second factor."""

    __tablename__ = "sign_in_policy"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id", unique=True, index=False)
    second_factor_roles: str = Field(default="", max_length=100)


class Issuer(SQLModel, table=True):
    """An OpenID provider of one organization. `source` is settings (the operator's) or page (the administrator's).

    `role_map` maps a value of `role_claim` to a role. With `provisions`, somebody unknown gets an account at sign-in.
    """

    __tablename__ = "issuer"
    __table_args__ = (UniqueConstraint("organization_id", "issuer", "client_id"),)

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    source: str = Field(max_length=10)
    label: str = Field(max_length=60)
    issuer: str = Field(max_length=300)
    client_id: str = Field(max_length=200)
    client_secret: bytes | None = sealed_field(optional=True)
    role_claim: str = Field(default="", max_length=100)
    role_map: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    provisions: bool = False
    created_at: datetime = moment_field()
    disabled_at: datetime | None = moment_field(optional=True)


class EmailDomain(SQLModel, table=True):
    """An e-mail domain that an issuer speaks for. It counts only once the operator has proved it."""

    __tablename__ = "email_domain"
    __table_args__ = (UniqueConstraint("issuer_id", "domain"),)

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    issuer_id: UUID = ref_field("issuer.id")
    domain: str = Field(max_length=253)
    proved_at: datetime | None = moment_field(optional=True)


class FederatedIdentity(SQLModel, table=True):
    """That an account is known to an issuer under a subject (OpenID Connect Core 1.0, section 2: `iss` and `sub`)."""

    __tablename__ = "federated_identity"
    __table_args__ = (UniqueConstraint("issuer_id", "subject"),)

    id: UUID = id_field()
    issuer_id: UUID = ref_field("issuer.id")
    subject: str = Field(max_length=255)
    account_id: UUID = ref_field("account.id")
    linked_at: datetime = moment_field()


class Ceremony(SQLModel, table=True):
    """One step of signing in that waits for an answer: what the browser must not hold or choose is kept here, sealed.

    `kind` says which step (a second factor, an OpenID request, a passkey's challenge). It is taken once.
    """

    __tablename__ = "ceremony"

    id: UUID = id_field()
    kind: str = Field(max_length=20)
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    account_id: UUID | None = ref_field("account.id", optional=True)
    data: bytes = sealed_field()
    tries: int = 0
    ends_at: datetime = moment_field(index=True)
    taken_at: datetime | None = moment_field(optional=True)


class PageSession(SQLModel, table=True):
    """A signed-in browser. Only the hash of its cookie is stored; it acts in one organization at a time.

    `methods` are the ways in which the person was proved (RFC 8176, with commas), `proved_at` when that was last.
    `patient_id` makes it a patient's session. What the issuer gave for later is sealed. `seen_at` is when somebody was
    last at the keyboard, `called_at` when a call was last running in this browser.
    """

    __tablename__ = "page_session"

    id: UUID = id_field()
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    account_id: UUID = ref_field("account.id")
    organization_id: UUID = ref_field("organization.id")
    patient_id: UUID | None = ref_field("patient.id", optional=True)
    created_at: datetime = moment_field()
    seen_at: datetime = moment_field()
    called_at: datetime | None = moment_field(optional=True)
    ends_at: datetime = moment_field()
    ended_at: datetime | None = moment_field(optional=True)
    proved_at: datetime = moment_field()
    methods: str = Field(default="", max_length=60)
    address: str = Field(default="", max_length=64)
    agent: str = Field(default="", max_length=200)
    issuer_id: UUID | None = ref_field("issuer.id", optional=True)
    issuer_subject: str = Field(default="", max_length=255)
    issuer_session: str = Field(default="", max_length=255, index=True)
    id_token: bytes | None = sealed_field(optional=True)
    refresh_token: bytes | None = sealed_field(optional=True)
    refresh_at: datetime | None = moment_field(optional=True)


class EmergencyAccess(SQLModel, table=True):
    """Break-glass: a record opened by somebody who has no tie to the patient, for a reason and for a time."""

    __tablename__ = "emergency_access"
    __table_args__ = (Index("ix_emergency_access_account_id_ends_at", "account_id", "ends_at"),)

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    account_id: UUID = ref_field("account.id", index=False)
    patient_id: UUID = ref_field("patient.id")
    reason: bytes = sealed_field()
    started_at: datetime = moment_field()
    ends_at: datetime = moment_field()
    ended_at: datetime | None = moment_field(optional=True)


class AccessLink(SQLModel, table=True):
    """A link that opens one record to one person without an account. The link's text is nowhere, only its hash.

    `proof_hash` is the keyed hash of what the person must know (a date of birth). `browser_hash` is the browser that
    holds the link, `asking_hash` another one that has given the right answer and asks to take over. `planner_hash` is
    one that has given it to change or book visits only: it does not hold the link.
    """

    __tablename__ = "access_link"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    purpose: str = Field(max_length=20)
    subject_id: UUID = Field(sa_type=Uuid, index=True)
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    proof_hash: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = moment_field()
    opens_at: datetime = moment_field()
    closes_at: datetime = moment_field()
    held_open: bool = False
    closed_at: datetime | None = moment_field(optional=True)
    revoked_at: datetime | None = moment_field(optional=True)
    wrong_answers: int = 0
    browser_hash: bytes | None = Field(default=None, sa_type=LargeBinary, unique=True)
    bound_at: datetime | None = moment_field(optional=True)
    asking_hash: bytes | None = Field(default=None, sa_type=LargeBinary, unique=True)
    asking_at: datetime | None = moment_field(optional=True)
    code_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    code_ends_at: datetime | None = moment_field(optional=True)
    planner_hash: bytes | None = Field(default=None, sa_type=LargeBinary, unique=True)
    planner_ends_at: datetime | None = moment_field(optional=True)


class AccessLinkAlias(SQLModel, table=True):
    """Another text of a link: what is sent later opens the same link, for the first text is nowhere kept."""

    __tablename__ = "access_link_alias"

    id: UUID = id_field()
    link_id: UUID = ref_field("access_link.id")
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    created_at: datetime = moment_field()
