"""Queries of records that are open in an emergency: a person's own ones, and who hears of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.directory.tables import Patient
from server.identity import EmergencyAccess
from server.kit import Keyring, field_name


async def open_emergencies(
    session: AsyncSession, actor: Actor, now: datetime
) -> Sequence[tuple[EmergencyAccess, Patient]]:
    """Give what the actor has opened and not closed, each with its patient, the one that ends first before others."""
    query = (
        select(EmergencyAccess, Patient)
        .join(Patient, col(Patient.id) == EmergencyAccess.patient_id)
        .where(
            EmergencyAccess.account_id == actor.account_id,
            EmergencyAccess.organization_id == actor.organization_id,
            col(EmergencyAccess.ended_at).is_(None),
            EmergencyAccess.ends_at > now,
        )
    )
    return (await session.exec(query.order_by(col(EmergencyAccess.ends_at)))).all()


async def emergency_for(session: AsyncSession, actor: Actor, patient_id: UUID, now: datetime) -> EmergencyAccess | None:
    """Give the actor's open emergency access to a patient's record, if there is one."""
    opened = await open_emergencies(session, actor, now)
    return next((row for row, patient in opened if patient.id == patient_id), None)


def seal_reason(keyring: Keyring, row_id: UUID, reason: str) -> bytes:
    """Seal the reason of an emergency access for storing."""
    return keyring.seal(reason, field_name("emergency_access", row_id, "reason"))


def opened_reason(keyring: Keyring, row: EmergencyAccess) -> str:
    """Open the reason of an emergency access."""
    return keyring.open(row.reason, field_name("emergency_access", row.id, "reason"))
