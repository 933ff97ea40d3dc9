"""Queries of the directory, always within the actor's organization. Sealed fields are sealed and opened here."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute, Mapped
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, require
from server.directory.rules import Search, formal_name, looks_same
from server.directory.tables import (
    CareTeamParticipant,
    Clinic,
    Organization,
    Patient,
    Practitioner,
    PractitionerLicence,
)
from server.identity import names_of_accounts
from server.kit import Keyring, NotFound, field_name

MOST_FOUND = 25
CONTACTS = ("phone", "email", "record_number")


@dataclass(frozen=True, slots=True)
class PatientContact:
    """What is sealed of a patient, opened; empty where nothing is known."""

    phone: str = ""
    email: str = ""
    record_number: str = ""


async def organization_of(session: AsyncSession, actor: Actor) -> Organization:
    """Give the organization that the actor acts in. Raises NotFound."""
    organization = await session.get(Organization, actor.organization_id)
    if organization is None:
        raise NotFound
    return organization


def privacy_contact(keyring: Keyring, organization: Organization) -> str:
    """Open the address that hears of every emergency access; empty when none is set."""
    sealed = organization.privacy_contact
    return keyring.open(sealed, _contact_field(organization)) if sealed else ""


def keep_privacy_contact(keyring: Keyring, organization: Organization, email: str) -> None:
    """Seal the address into the organization's row; an empty one takes it away."""
    organization.privacy_contact = keyring.seal(email, _contact_field(organization)) if email else None


def _contact_field(organization: Organization) -> bytes:
    return field_name("organization", organization.id, "privacy_contact")


async def organizations_by_ids(session: AsyncSession, ids: Collection[UUID]) -> Sequence[Organization]:
    """Give organizations by name, for somebody who belongs to all of them."""
    query = select(Organization).where(col(Organization.id).in_(ids)).order_by(Organization.name)
    return (await session.exec(query)).all()


async def clinics_of(session: AsyncSession, actor: Actor) -> Sequence[Clinic]:
    """Give the clinics of the actor's organization by name."""
    query = select(Clinic).where(Clinic.organization_id == actor.organization_id).order_by(Clinic.name)
    return (await session.exec(query)).all()


async def working_zone(session: AsyncSession, actor: Actor) -> str:
    """Give the zone that a member of staff works in: of their own clinic, else of one they cover, else of the first."""
    practitioner = await practitioner_of_account(session, actor)
    clinics = await clinics_of(session, actor)
    own = [clinic for clinic in clinics if practitioner is not None and clinic.id == practitioner.clinic_id]
    covered = [clinic for clinic in clinics if clinic.id in actor.clinics]
    return next((clinic.time_zone for clinic in (*own, *covered, *clinics)), "UTC")


async def clinic_by_id(session: AsyncSession, actor: Actor, clinic_id: UUID | None) -> Clinic:
    """Give one clinic. Raises NotFound."""
    clinic = await session.get(Clinic, clinic_id) if clinic_id else None
    if clinic is None or clinic.organization_id != actor.organization_id:
        raise NotFound
    return clinic


async def organization_by_id(session: AsyncSession, organization_id: UUID | None) -> Organization:
    """Give an organization to whoever holds a link that names it. Raises NotFound."""
    organization = await session.get(Organization, organization_id) if organization_id else None
    if organization is None:
        raise NotFound
    return organization


async def organization_by_name(session: AsyncSession, name: str) -> Organization:
    """Give the operator an organization by its exact name. Raises NotFound."""
    organization = (await session.exec(select(Organization).where(Organization.name == name))).first()
    if organization is None:
        raise NotFound
    return organization


async def practitioner_of_member(session: AsyncSession, actor: Actor, account_id: UUID) -> Practitioner | None:
    """Give a member of the actor's organization as a practitioner; None for staff who do not treat patients."""
    query = select(Practitioner).where(
        Practitioner.account_id == account_id, Practitioner.organization_id == actor.organization_id
    )
    return (await session.exec(query)).first()


async def practitioners_of(session: AsyncSession, actor: Actor) -> Sequence[Practitioner]:
    """Give the practitioners of the actor's organization by name."""
    query = select(Practitioner).where(Practitioner.organization_id == actor.organization_id)
    return (await session.exec(query.order_by(Practitioner.family_name, Practitioner.given_name))).all()


async def practitioners_by_ids(session: AsyncSession, actor: Actor, ids: Collection[UUID]) -> dict[UUID, Practitioner]:
    """Give several practitioners of the actor's organization by id."""
    query = select(Practitioner).where(
        col(Practitioner.id).in_(ids), Practitioner.organization_id == actor.organization_id
    )
    return {row.id: row for row in (await session.exec(query)).all()}


async def practitioner_of_account(session: AsyncSession, actor: Actor) -> Practitioner | None:
    """Give the actor as a practitioner of the acting organization; None for staff who do not treat patients."""
    query = select(Practitioner).where(
        Practitioner.account_id == actor.account_id, Practitioner.organization_id == actor.organization_id
    )
    return (await session.exec(query)).first()


async def formal_names(session: AsyncSession, actor: Actor, account_ids: Collection[UUID]) -> dict[UUID, str]:
    """Name accounts of the actor's organization in the one way that patients read: Dr. R. Okafor.

    Who is no practitioner is called as their account is.
    """
    query = select(Practitioner).where(
        col(Practitioner.account_id).in_(account_ids), Practitioner.organization_id == actor.organization_id
    )
    treating = {one.account_id: formal_name(one) for one in (await session.exec(query)).all() if one.account_id}
    return await names_of_accounts(session, account_ids) | treating if account_ids else {}


async def licences_of(session: AsyncSession, practitioner_id: UUID) -> Sequence[PractitionerLicence]:
    """Give the licences of a practitioner, who was found within the actor's organization before."""
    query = select(PractitionerLicence).where(PractitionerLicence.practitioner_id == practitioner_id)
    return (await session.exec(query.order_by(PractitionerLicence.state))).all()


async def patient_by_id(session: AsyncSession, actor: Actor, action: Action, patient_id: UUID | None) -> Patient:
    """Give one patient for an action. Raises NotFound or Forbidden."""
    patient = await session.get(Patient, patient_id) if patient_id else None
    if patient is None:
        raise NotFound
    require(actor, action, Record(patient.organization_id, actor.encounter_id, patient_id=patient.id))
    return patient


async def find_patients(session: AsyncSession, actor: Actor, keyring: Keyring, search: Search) -> Sequence[Patient]:
    """Find at most 25 patients by name parts, date of birth, or an exact phone, e-mail or record number."""
    query = select(Patient).where(Patient.organization_id == actor.organization_id)
    for name in search.names:
        query = query.where(or_(_begins(col(Patient.family_key), name), _begins(col(Patient.given_key), name)))
    if search.birth_date:
        query = query.where(Patient.birth_date == search.birth_date)
    if contacts := [_has(keyring, actor, column, text) for column in CONTACTS if (text := getattr(search, column))]:
        query = query.where(or_(*contacts))
    return (await session.exec(query.order_by(Patient.family_key, Patient.given_key).limit(MOST_FOUND))).all()


async def names_of_patients(session: AsyncSession, actor: Actor, ids: Collection[UUID]) -> dict[UUID, str]:
    """Give the names of patients of the actor's organization by id: family name, given name."""
    query = select(Patient.id, Patient.family_name, Patient.given_name).where(
        col(Patient.id).in_(ids), Patient.organization_id == actor.organization_id
    )
    return {id_: f"{family}, {given}" for id_, family, given in (await session.exec(query)).all()}


async def lookalikes(session: AsyncSession, actor: Actor, patient: Patient) -> Sequence[Patient]:
    """Give other patients born on the same day whose names are alike: they may be the same person."""
    query = select(Patient).where(
        Patient.organization_id == actor.organization_id,
        Patient.birth_date == patient.birth_date,
        Patient.id != patient.id,
    )
    return [other for other in (await session.exec(query)).all() if looks_same(patient, other)]


async def care_team_of(session: AsyncSession, actor: Actor, patient_id: UUID) -> frozenset[UUID]:
    """Give the accounts in a patient's care team now, as the policy asks for them."""
    query = select(CareTeamParticipant.account_id).where(
        CareTeamParticipant.patient_id == patient_id,
        CareTeamParticipant.organization_id == actor.organization_id,
        col(CareTeamParticipant.ended_at).is_(None),
    )
    return frozenset((await session.exec(query)).all())


async def patients_in_care(session: AsyncSession, actor: Actor, patient_ids: Collection[UUID]) -> frozenset[UUID]:
    """Give those of several patients in whose care team the actor is now."""
    query = select(CareTeamParticipant.patient_id).where(
        col(CareTeamParticipant.patient_id).in_(patient_ids),
        CareTeamParticipant.account_id == actor.account_id,
        CareTeamParticipant.organization_id == actor.organization_id,
        col(CareTeamParticipant.ended_at).is_(None),
    )
    return frozenset((await session.exec(query)).all())


def patient_contact(keyring: Keyring, patient: Patient) -> PatientContact:
    """Open the sealed contacts of a patient."""
    return PatientContact(*(_opened(keyring, patient, column) for column in CONTACTS))


def keep_contact(keyring: Keyring, patient: Patient, contact: PatientContact) -> None:
    """Seal the contacts into the patient's row, each beside its look-up hash."""
    for column in CONTACTS:
        text = getattr(contact, column)
        sealed = keyring.seal(text, field_name("patient", patient.id, column)) if text else None
        setattr(patient, column, sealed)
        index = contact_index(keyring, patient.organization_id, column, text) if text else None
        setattr(patient, f"{column}_index", index)


def contact_index(keyring: Keyring, organization_id: UUID, column: str, text: str) -> bytes:
    """Give the keyed hash that a contact is found by; each organization and column has hashes of its own."""
    return keyring.index(text.casefold(), f"patient|{column}|{organization_id}")


def accounts_of(practitioners: Iterable[Practitioner]) -> frozenset[UUID]:
    """Give the accounts of practitioners, as the policy asks for them."""
    return frozenset(p.account_id for p in practitioners if p.account_id)


def _begins(key: Mapped[str], name: str) -> ColumnElement[bool]:
    """Any word of the key begins so, or all of them written together: "maria" and "josemaria" find "jose maria"."""
    return or_(key.startswith(name), key.contains(f" {name}"), func.replace(key, " ", "").startswith(name))


def _has(keyring: Keyring, actor: Actor, column: str, text: str) -> ColumnElement[bool]:
    index: InstrumentedAttribute[bytes | None] = getattr(Patient, f"{column}_index")
    return index == contact_index(keyring, actor.organization_id, column, text)


def _opened(keyring: Keyring, patient: Patient, column: str) -> str:
    sealed: bytes | None = getattr(patient, column)
    return keyring.open(sealed, field_name("patient", patient.id, column)) if sealed else ""
