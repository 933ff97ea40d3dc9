"""Tables of the directory (FHIR Organization, Location, Practitioner, Patient)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db import id_field, moment_field, ref_field, sealed_field


class Organization(SQLModel, table=True):
    """A tenant. `privacy_contact` is the e-mail address that hears of every emergency access.

    `language` is that of its mails to staff.
    """

    __tablename__ = "organization"

    id: UUID = id_field()
    name: str = Field(max_length=120)
    language: str = Field(default="en", max_length=5)
    privacy_contact: bytes | None = sealed_field(optional=True)


class Clinic(SQLModel, table=True):
    """A place of an organization, with the phone number that patients call."""

    __tablename__ = "clinic"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    name: str = Field(max_length=120)
    phone: str = Field(max_length=20)
    time_zone: str = Field(max_length=40)


class Practitioner(SQLModel, table=True):
    """Somebody who treats patients; `account_id` is how they sign in."""

    __tablename__ = "practitioner"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    account_id: UUID | None = ref_field("account.id", optional=True)
    clinic_id: UUID = ref_field("clinic.id")
    title: str = Field(default="", max_length=20)
    given_name: str = Field(max_length=60)
    family_name: str = Field(max_length=60)
    specialty: str = Field(max_length=60)
    profession: str = Field(max_length=40)


class PractitionerLicence(SQLModel, table=True):
    """A licence to practise in a state: valid through the day `expires_on`."""

    __tablename__ = "practitioner_licence"
    __table_args__ = (UniqueConstraint("practitioner_id", "state", "profession"),)

    id: UUID = id_field()
    practitioner_id: UUID = ref_field("practitioner.id")
    state: str = Field(max_length=2)
    profession: str = Field(max_length=40)
    expires_on: date


class Patient(SQLModel, table=True):
    """A patient. Name and date of birth are plain, to be searched; contacts are sealed beside a keyed hash.

    `mail_reminders` and `text_reminders` say by what the patient is reminded; text messages ask for consent.
    """

    __tablename__ = "patient"
    __table_args__ = (
        Index("ix_patient_organization_id_family_key", "organization_id", "family_key"),
        Index("ix_patient_organization_id_birth_date", "organization_id", "birth_date"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    given_name: str = Field(max_length=60)
    family_name: str = Field(max_length=60)
    given_key: str = Field(max_length=60)
    family_key: str = Field(max_length=60)
    birth_date: date
    language: str = Field(max_length=5)
    time_zone: str = Field(max_length=40)
    phone: bytes | None = sealed_field(optional=True)
    phone_index: bytes | None = Field(default=None, sa_type=LargeBinary, index=True)
    email: bytes | None = sealed_field(optional=True)
    email_index: bytes | None = Field(default=None, sa_type=LargeBinary, index=True)
    record_number: bytes | None = sealed_field(optional=True)
    record_number_index: bytes | None = Field(default=None, sa_type=LargeBinary, index=True)
    mail_reminders: bool = True
    text_reminders: bool = False
    created_at: datetime = moment_field()


class CareTeamParticipant(SQLModel, table=True):
    """That a member of staff belongs to a patient's care team (FHIR CareTeam.participant) until `ended_at`."""

    __tablename__ = "care_team_participant"
    __table_args__ = (Index("ix_care_team_participant_patient_id_ended_at", "patient_id", "ended_at"),)

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    patient_id: UUID = ref_field("patient.id", index=False)
    account_id: UUID = ref_field("account.id")
    added_at: datetime = moment_field()
    added_by: UUID | None = ref_field("account.id", optional=True)
    ended_at: datetime | None = moment_field(optional=True)
