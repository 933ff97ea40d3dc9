"""Case conferences: consults on a meeting's agenda, their order, and the decision on each, which its signer fixes."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, account_of
from server.audit import Subject, note
from server.consults.case_store import Case, case_by_id
from server.consults.conference_store import item_of, last_place, rows_of, seal_decision
from server.consults.conference_tables import ConferenceCase
from server.kit import N_, Conflict, Forbidden
from server.kit.ids import new_id
from server.scheduling import meeting_by_id
from server.web import Deps

DECIDED = N_("A decision was signed meanwhile. It stays as it is.")


async def put_on_agenda(deps: Deps, actor: Actor, meeting_id: UUID | None, consult_id: UUID | None) -> None:
    """Put a consult that the actor may read on the agenda of a meeting of theirs, as the last; twice is once.

    Raises NotFound or Forbidden.
    """
    async with deps.database.write() as session:
        meeting = (await meeting_by_id(session, actor, meeting_id)).meeting
        case = await case_by_id(session, actor, Action.READ_CONSULT, consult_id)
        _check_home(actor, case)
        if case.consult.id in {row.consult_id for row in await rows_of(session, meeting.id)}:
            return
        row = ConferenceCase(
            id=new_id(),
            organization_id=actor.organization_id,
            meeting_id=meeting.id,
            consult_id=case.consult.id,
            position=await last_place(session, meeting.id) + 1,
            added_by=account_of(actor),
            added_at=deps.now(),
        )
        session.add(row)
        note(session, deps.now(), actor, "add_to_conference", _about(case), case.why)


async def take_off_agenda(deps: Deps, actor: Actor, meeting_id: UUID | None, item_id: UUID | None) -> None:
    """Take a consult off again. Raises NotFound, Forbidden, and Conflict once a decision is signed."""
    async with deps.database.write() as session:
        row, case = await _item(session, actor, meeting_id, item_id)
        if row.decided_at is not None:
            raise Conflict(DECIDED)
        await session.delete(row)
        note(session, deps.now(), actor, "take_off_conference", _about(case), case.why)


async def move_up(deps: Deps, actor: Actor, meeting_id: UUID | None, item_id: UUID | None) -> None:
    """Speak of a consult one place sooner; the first stays the first. Raises NotFound."""
    async with deps.database.write() as session:
        meeting = (await meeting_by_id(session, actor, meeting_id)).meeting
        rows = list(await rows_of(session, meeting.id))
        place = next((nth for nth, row in enumerate(rows) if row.id == item_id), 0)
        if place:
            rows[place - 1], rows[place] = rows[place], rows[place - 1]
        for position, row in enumerate(rows, 1):
            row.position = position


async def sign_decision(deps: Deps, actor: Actor, meeting_id: UUID | None, item_id: UUID | None, decision: str) -> None:
    """Sign what was decided on a consult. It stays so: a later conference may decide again.

    Raises NotFound, Forbidden, and Conflict when somebody signed before.
    """
    async with deps.database.write() as session:
        row, case = await _item(session, actor, meeting_id, item_id)
        if row.decided_at is not None:
            raise Conflict(DECIDED)
        row.decision, row.decided_at = seal_decision(deps.keyring, row.id, decision), deps.now()
        row.decided_by = account_of(actor)
        note(session, deps.now(), actor, "decide_in_conference", _about(case), case.why)


async def _item(
    session: AsyncSession, actor: Actor, meeting_id: UUID | None, item_id: UUID | None
) -> tuple[ConferenceCase, Case]:
    meeting = (await meeting_by_id(session, actor, meeting_id)).meeting
    return await item_of(session, actor, meeting.id, item_id, lock=True)


def _check_home(actor: Actor, case: Case) -> None:
    """A meeting speaks of cases of its own organization only."""
    if case.consult.organization_id != actor.organization_id:
        raise Forbidden


def _about(case: Case) -> Subject:
    return Subject("ServiceRequest", case.consult.id, case.consult.patient_id)
