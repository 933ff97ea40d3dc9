"""Queries of the job that finds no-shows: across organizations, as nobody asks but the server itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, exists, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.scheduling import Appointment, Status
from server.visits.tables import CallbackRequest, Encounter


async def unattended(session: AsyncSession, ended_before: datetime, limit: int) -> Sequence[UUID]:
    """Give visits that ended by plan before a moment and to which nobody came, the oldest first.

    None of those that somebody looked at already and left as they are, nor where the patient asked to be called.
    """
    query = _unattended(select(Encounter.id), ended_before).order_by(col(Appointment.ends_at)).limit(limit)
    found: Sequence[UUID] = (await session.exec(query)).all()
    return found


async def still_unattended(
    session: AsyncSession, encounter_id: UUID, ended_before: datetime
) -> tuple[Encounter, Appointment] | None:
    """Give one of them, locked for change; None when the patient, or somebody else, was quicker."""
    query = _unattended(select(Encounter, Appointment), ended_before).where(Encounter.id == encounter_id)
    found: tuple[Encounter, Appointment] | None = (
        await session.exec(query.with_for_update(of=[Encounter, Appointment]))
    ).first()
    return found


def _unattended(query: Any, ended_before: datetime) -> Any:
    called = exists().where(col(CallbackRequest.encounter_id) == Encounter.id)
    return query.join(Appointment, col(Appointment.id) == Encounter.appointment_id).where(
        Encounter.status == "planned",
        Appointment.status == Status.BOOKED,
        Appointment.ends_at <= ended_before,
        col(Appointment.missed_at).is_(None),
        ~called,
    )
