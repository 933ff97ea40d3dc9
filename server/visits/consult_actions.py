"""What a consult does to the visit that it was asked from: the specialist who took it comes in as a third."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.calls import Live, Person, room_of, take_seat
from server.db import after_commit
from server.directory import Practitioner, formal_name
from server.kit.ids import new_id
from server.scheduling import Appointment, add_practitioner, practitioners_in
from server.visits.actions import tell_of_invitation
from server.visits.invite_rules import Asked
from server.visits.tables import Encounter, VisitInvitation
from server.web import Deps


async def bring_in(
    session: AsyncSession,
    deps: Deps,
    live: Live,
    actor: Actor,
    encounter_id: UUID,
    specialist: Practitioner,
    asked_by: UUID,
) -> UUID | None:
    """Let a specialist take part in a running visit of the actor's organization, and seat them in its room.

    In the caller's transaction; gives the room's id, None when the visit is over. The patient has agreed before.
    """
    query = (
        select(Encounter, Appointment)
        .join(Appointment, col(Appointment.id) == Encounter.appointment_id)
        .where(Encounter.id == encounter_id, Encounter.organization_id == actor.organization_id)
    )
    row = (await session.exec(query.with_for_update(of=[Encounter, Appointment]))).first()
    if row is None or row[0].status in {"finished", "cancelled"} or specialist.account_id is None:
        return None
    encounter, appointment = row
    inside = (await practitioners_in(session, actor, [appointment.id])).get(appointment.id, [])
    if specialist.id not in {one.id for one in inside}:
        add_practitioner(session, appointment, specialist.id)
        session.add(_invitation(deps, encounter, specialist.id, specialist.account_id, asked_by))
    room = await room_of(session, actor, encounter.room_id)
    person = Person(formal_name(specialist), "practitioner", account_id=specialist.account_id)
    await take_seat(session, room, person, "admitted", deps.now())
    after_commit(session, lambda: live.changed(encounter.organization_id, "today"))
    tell_of_invitation(session, live, encounter, specialist.account_id)
    return room.id


def _invitation(
    deps: Deps, encounter: Encounter, practitioner_id: UUID, account_id: UUID, asked_by: UUID
) -> VisitInvitation:
    return VisitInvitation(
        id=new_id(),
        organization_id=encounter.organization_id,
        encounter_id=encounter.id,
        practitioner_id=practitioner_id,
        account_id=account_id,
        invited_by=asked_by,
        invited_at=deps.now(),
        status=Asked.JOINED,
        answered_at=deps.now(),
    )
