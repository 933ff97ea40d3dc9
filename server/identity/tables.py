"""Accounts, memberships, page sessions and one-time links."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, UniqueConstraint, Uuid
from sqlmodel import Field, SQLModel

from server.db import id_field, moment_field, ref_field


class Account(SQLModel, table=True):
    """A member of staff who can sign in. E-mail is kept in lower case."""

    __tablename__ = "account"

    id: UUID = id_field()
    email: str = Field(max_length=254, unique=True)
    name: str = Field(max_length=120)
    password_hash: str | None = Field(default=None, max_length=200)
    created_at: datetime = moment_field()
    disabled_at: datetime | None = moment_field(optional=True)


class Membership(SQLModel, table=True):
    """One role of an account in one organization; several rows make several roles."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("account_id", "organization_id", "role"),)

    id: UUID = id_field()
    account_id: UUID = ref_field("account.id")
    organization_id: UUID = ref_field("organization.id")
    role: str = Field(max_length=20)


class PageSession(SQLModel, table=True):
    """A signed-in browser. Only the hash of its cookie is stored; it acts in one organization at a time."""

    __tablename__ = "page_session"

    id: UUID = id_field()
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    account_id: UUID = ref_field("account.id")
    organization_id: UUID = ref_field("organization.id")
    created_at: datetime = moment_field()
    seen_at: datetime = moment_field()
    ends_at: datetime = moment_field()
    ended_at: datetime | None = moment_field(optional=True)


class AccessLink(SQLModel, table=True):
    """A link that opens one record to one person without an account. The link's text is nowhere, only its hash.

    `proof_hash` is the keyed hash of what the person must know (a date of birth). `browser_hash` is the browser that
    holds the link, `asking_hash` another one that has given the right answer and asks to take over.
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
