"""Whom a clinician may ask into a visit, who was asked and what became of it, and who is asked of oneself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.directory import (
    Clinic,
    Patient,
    Practitioner,
    formal_name,
    formal_names,
    practitioners_by_ids,
    practitioners_of,
)
from server.kit import NotFound
from server.scheduling import Appointment
from server.visits.invite_rules import Asked, is_waiting, may_take_back
from server.visits.store import Visit
from server.visits.tables import Encounter, VisitInvitation


@dataclass(frozen=True, slots=True)
class Guest:
    """A colleague who was asked in: by their latest invitation, and whether the reader may take that back."""

    invitation_id: UUID
    practitioner_id: UUID
    name: str
    status: Asked
    at: datetime
    may_take_back: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """What a colleague reads: who asks them into whose visit and where, or that it was taken back."""

    invitation: VisitInvitation
    patient: Patient
    clinic: Clinic
    inviter: str

    @property
    def is_open(self) -> bool:
        """Tell whether they may still come."""
        return is_waiting(self.invitation)


async def may_be_invited(session: AsyncSession, actor: Actor, visit: Visit) -> Sequence[Practitioner]:
    """Give the practitioners of the actor's organization, by name, who can sign in and do not take part yet."""
    inside = {person.id for person in visit.practitioners}
    return [one for one in await practitioners_of(session, actor) if one.account_id and one.id not in inside]


async def guests_of(session: AsyncSession, actor: Actor, visit: Visit) -> list[Guest]:
    """Give who was asked into a visit found for the actor before, in the order of their latest invitations.

    An invitation that was taken back is not among them.
    """
    query = select(VisitInvitation).where(VisitInvitation.encounter_id == visit.encounter.id)
    rows = (await session.exec(query.order_by(col(VisitInvitation.id)))).all()
    latest = {row.practitioner_id: row for row in rows}
    people = await practitioners_by_ids(session, actor, list(latest))
    shown = [row for row in latest.values() if row.status != Asked.WITHDRAWN and row.practitioner_id in people]
    return [
        Guest(
            row.id,
            row.practitioner_id,
            formal_name(people[row.practitioner_id]),
            Asked(row.status),
            row.answered_at or row.invited_at,
            may_take_back(row, actor.account_id, visit.lead.account_id),
        )
        for row in shown
    ]


async def notices_for(session: AsyncSession, actor: Actor) -> list[Notice]:
    """Give the visits that the actor is asked into in the acting organization, and those where it was taken back.

    Of several invitations into one visit the latest counts; what was taken back is told until it is read.
    """
    untold = and_(col(VisitInvitation.status) == Asked.WITHDRAWN, col(VisitInvitation.seen_at).is_(None))
    query = (
        select(VisitInvitation, Patient, Clinic)
        .join(Encounter, col(Encounter.id) == VisitInvitation.encounter_id)
        .join(Appointment, col(Appointment.id) == Encounter.appointment_id)
        .join(Clinic, col(Clinic.id) == Appointment.clinic_id)
        .join(Patient, col(Patient.id) == Encounter.patient_id)
        .where(
            VisitInvitation.account_id == actor.account_id,
            VisitInvitation.organization_id == actor.organization_id,
            col(Encounter.status).not_in(("finished", "cancelled")),
            or_(col(VisitInvitation.status) == Asked.WAITING, untold),
        )
        .order_by(col(VisitInvitation.id))
    )
    latest = {row[0].encounter_id: row for row in (await session.exec(query)).all()}
    names = await formal_names(session, actor, {row.invited_by for row, _, _ in latest.values()})
    return [Notice(row, patient, clinic, names.get(row.invited_by, "")) for row, patient, clinic in latest.values()]


async def was_sent_away(session: AsyncSession, actor: Actor, encounter_id: UUID | None) -> bool:
    """Tell whether the actor was asked into a visit before, and it was taken back or declined."""
    query = select(VisitInvitation.id).where(
        VisitInvitation.encounter_id == encounter_id,
        VisitInvitation.account_id == actor.account_id,
        VisitInvitation.organization_id == actor.organization_id,
        col(VisitInvitation.status).in_((Asked.WITHDRAWN, Asked.DECLINED)),
    )
    return (await session.exec(query.limit(1))).first() is not None


async def invitation_by_id(session: AsyncSession, actor: Actor, invitation_id: UUID | None) -> VisitInvitation:
    """Give an invitation of the actor's organization; the caller asks the policy about its visit. Raises NotFound."""
    row = await session.get(VisitInvitation, invitation_id) if invitation_id else None
    if row is None or row.organization_id != actor.organization_id:
        raise NotFound
    return row


async def own_invitation(session: AsyncSession, actor: Actor, invitation_id: UUID | None) -> VisitInvitation:
    """Give an invitation of the actor themselves. Raises NotFound for anybody else's."""
    row = await invitation_by_id(session, actor, invitation_id)
    if row.account_id != actor.account_id:
        raise NotFound
    return row


async def held_visit(session: AsyncSession, invitation: VisitInvitation) -> tuple[Encounter, Appointment]:
    """Hold the visit of an invitation for change and read the invitation anew: of two who decide, one waits."""
    query = (
        select(Encounter, Appointment)
        .join(Appointment, col(Appointment.id) == Encounter.appointment_id)
        .where(Encounter.id == invitation.encounter_id)
    )
    row = (await session.exec(query.with_for_update(of=[Encounter, Appointment]))).one()
    await session.refresh(invitation)
    return row


async def waiting_accounts(session: AsyncSession, visit: Visit) -> Sequence[UUID]:
    """Give the accounts of those who were asked into a visit and have not answered."""
    query = select(VisitInvitation.account_id).where(
        VisitInvitation.encounter_id == visit.encounter.id, VisitInvitation.status == Asked.WAITING
    )
    return (await session.exec(query)).all()


async def answer(session: AsyncSession, invitation_id: UUID, status: Asked, now: datetime) -> bool:
    """Write what became of an invitation if nothing has yet: of several who answer at once, one does."""
    return await _settle(session, col(VisitInvitation.id) == invitation_id, status, now)


async def take_up(session: AsyncSession, actor: Actor, visit: Visit, now: datetime) -> bool:
    """Write that the actor comes into a visit which they were asked into; False when no invitation was open."""
    theirs = and_(
        col(VisitInvitation.encounter_id) == visit.encounter.id, col(VisitInvitation.account_id) == actor.account_id
    )
    return await _settle(session, theirs, Asked.JOINED, now)


async def _settle(session: AsyncSession, which: ColumnElement[bool], status: Asked, now: datetime) -> bool:
    still_open = update(VisitInvitation).where(which, col(VisitInvitation.status) == Asked.WAITING)
    settled = await session.exec(still_open.values(status=status.value, answered_at=now))
    return bool(settled.rowcount)
