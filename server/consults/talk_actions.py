"""The talk of a case: a room for the two clinicians, or the running visit that it was asked from."""

from functools import partial
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor
from server.audit import Subject, note
from server.calls import Live, Person, end_room, open_room, room_of, take_seat, ticket_answer
from server.consults.case_store import Case, case_by_id
from server.consults.case_tables import Consult
from server.db import after_commit
from server.directory import formal_names, practitioner_of_member
from server.kit import N_, Gone
from server.visits import Encounter, bring_in
from server.web import Deps

OVER = N_("This talk is over.")
PRESENT = "patient_present"


async def open_talk(session: AsyncSession, deps: Deps, live: Live, consult: Consult, by: UUID) -> UUID:
    """Seat the specialist who took a case, in the caller's transaction; gives the room's id.

    In the running visit when the patient agreed to meet them there, else in a room of the two clinicians.
    """
    nobody = Actor(frozenset(), consult.organization_id)
    if consult.situation == PRESENT and consult.encounter_id:
        specialist = await practitioner_of_member(session, nobody, by)
        brought = specialist and await bring_in(
            session, deps, live, nobody, consult.encounter_id, specialist, consult.requester_id
        )
        if brought:
            return brought
    room = open_room(session, consult.organization_id, deps.now())
    names = await formal_names(session, nobody, {consult.requester_id, by})
    for account_id in (consult.requester_id, by):
        person = Person(names.get(account_id, ""), "practitioner", account_id=account_id)
        await take_seat(session, room, person, "admitted", deps.now())
    await _tell_visit(session, live, consult)
    return room.id


async def talk_ticket(deps: Deps, live: Live, actor: Actor, consult_id: UUID | None) -> dict[str, object]:
    """Give the ticket to the talk of a case to who asked or who took it. Raises NotFound, Forbidden, and Gone."""
    async with deps.database.write() as session:
        case = await _talking(session, actor, consult_id)
        return await seat_ticket(session, deps, live, case)


async def seat_ticket(session: AsyncSession, deps: Deps, live: Live, case: Case) -> dict[str, object]:
    """Give the ticket for the reader's seat in the room of a case. Raises Gone when there is none any more."""
    room_id = case.consult.room_id
    room = await room_of(session, case.actor, room_id) if room_id else None
    if room is None or room.ended_at is not None:
        raise Gone(OVER)
    account_id = case.actor.account_id
    names = await formal_names(session, case.actor, {account_id} if account_id else set())
    name = next(iter(names.values()), case.actor.name)
    person = Person(name, "practitioner", account_id=account_id)
    seat = await take_seat(session, room, person, "admitted", deps.now())
    return ticket_answer(deps, live, case.actor, seat)


async def end_talk(deps: Deps, live: Live, actor: Actor, consult_id: UUID | None) -> None:
    """End the talk of the two clinicians for both; the case stays open for its answer. Ending twice is once."""
    async with deps.database.write() as session:
        case = await _talking(session, actor, consult_id)
        consult, room_id = case.consult, case.consult.room_id
        room = await room_of(session, case.actor, room_id) if room_id else None
        if room is None or room.ended_at is not None or case.talks_in_visit:
            return
        end_room(session, live, room, deps.now())
        await _tell_visit(session, live, consult)
        note(
            session, deps.now(), case.actor, "end", Subject("ServiceRequest", consult.id, consult.patient_id), case.why
        )
        for account_id in (consult.requester_id, consult.accepted_by):
            if account_id:
                after_commit(session, partial(live.changed_for, account_id, "consults"))


async def _tell_visit(session: AsyncSession, live: Live, consult: Consult) -> None:
    """Have the pages in the visit that a case was asked from fetch afresh whether two confer beside it."""
    encounter = await session.get(Encounter, consult.encounter_id) if consult.encounter_id else None
    if encounter is not None:
        after_commit(session, partial(live.commands.changed, str(encounter.room_id), "visit"))


async def _talking(session: AsyncSession, actor: Actor, consult_id: UUID | None) -> Case:
    return await case_by_id(session, actor, Action.HOLD_CONSULT, consult_id, lock=True)
