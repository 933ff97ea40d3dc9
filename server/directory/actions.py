"""Adding and changing patients, and what an organization says of itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, require
from server.audit import Subject, note
from server.directory.rules import name_key
from server.directory.store import (
    PatientContact,
    keep_contact,
    keep_privacy_contact,
    lookalikes,
    organization_of,
    patient_by_id,
)
from server.directory.tables import Patient
from server.identity import end_patient_access
from server.kit.ids import new_id
from server.web import Deps


@dataclass(frozen=True, slots=True)
class PatientDetails:
    """What is known of a patient, as typed and checked."""

    given_name: str
    family_name: str
    birth_date: date
    language: str
    time_zone: str
    contact: PatientContact
    mail_reminders: bool = True
    text_reminders: bool = False


async def add_patient(
    deps: Deps, actor: Actor, details: PatientDetails, *, anyway: bool
) -> Patient | Sequence[Patient]:
    """Add a patient; gives the new row. Unless it is to be added `anyway`, gives people who may be the same, if any."""
    require(actor, Action.WRITE_PATIENT, Record(actor.organization_id))
    patient = Patient(id=new_id(), organization_id=actor.organization_id, created_at=deps.now(), **_columns(details))
    keep_contact(deps.keyring, patient, details.contact)
    async with deps.database.write() as session:
        alike = await lookalikes(session, actor, patient)
        if alike and not anyway:
            return alike
        session.add(patient)
        note(session, deps.now(), actor, "create", Subject("Patient", patient.id, patient.id))
    return patient


async def change_patient(deps: Deps, actor: Actor, patient_id: UUID | None, details: PatientDetails) -> Patient:
    """Write a patient's details. Raises NotFound."""
    async with deps.database.write() as session:
        patient = await _for_change(session, actor, patient_id)
        for column, value in _columns(details).items():
            setattr(patient, column, value)
        keep_contact(deps.keyring, patient, details.contact)
        note(session, deps.now(), actor, "update", Subject("Patient", patient.id, patient.id))
    return patient


async def set_privacy_contact(deps: Deps, actor: Actor, email: str) -> None:
    """Write who hears of every emergency access of the actor's organization; empty for nobody. Raises Forbidden."""
    require(actor, Action.MANAGE_ORGANIZATION, Record(actor.organization_id))
    async with deps.database.write() as session:
        organization = await organization_of(session, actor)
        keep_privacy_contact(deps.keyring, organization, email)
        session.add(organization)
        note(session, deps.now(), actor, "update", Subject("Organization", organization.id), "privacy contact")


async def end_account(deps: Deps, actor: Actor, patient_id: UUID | None) -> None:
    """Take the patient's record from all accounts that open it; they are signed out at once. Raises NotFound."""
    async with deps.database.write() as session:
        patient = await _for_change(session, actor, patient_id)
        await end_patient_access(session, deps, actor, patient.id)


async def _for_change(session: AsyncSession, actor: Actor, patient_id: UUID | None) -> Patient:
    return await patient_by_id(session, actor, Action.WRITE_PATIENT, patient_id)


def _columns(details: PatientDetails) -> dict[str, Any]:
    return {
        "given_name": details.given_name,
        "family_name": details.family_name,
        "given_key": name_key(details.given_name),
        "family_key": name_key(details.family_name),
        "birth_date": details.birth_date,
        "language": details.language,
        "time_zone": details.time_zone,
        "mail_reminders": details.mail_reminders,
        "text_reminders": details.text_reminders,
    }
