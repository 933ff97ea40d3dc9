"""How it went after an answer: asked of the requester when its time has come, told once, and read by the specialist."""

from functools import partial
from uuid import UUID

from sqlmodel import col, select, update

from server.access import Action, Actor
from server.audit import Subject, note
from server.calls import Live
from server.consults.answer_store import OUTCOME, outcome_of, sealed_or_none
from server.consults.answer_tables import ConsultOutcome
from server.consults.case_store import Case, acting_account, case_by_id
from server.consults.case_tables import Consult
from server.consults.outcome_words import COURSES
from server.consults.reminder_store import emails_of
from server.consults.ring_actions import TOPIC, Desk, keep_event, tell_both
from server.consults.ring_reach import tell
from server.db import after_commit
from server.kit import N_, Conflict, Invalid
from server.web import Deps

LONGEST = 2000
BATCH = 50
ASKED = N_("Some weeks ago a consult of yours was answered. How did it go?")
TOLD = N_("You have told how it went already.")
NO_ANSWER = N_("There is no signed answer yet.")


async def tell_outcome(deps: Deps, live: Live, actor: Actor, consult_id: UUID | None, course: str, body: str) -> None:
    """Tell how it went as who asked; the same again is one.

    Raises NotFound, Forbidden for anybody else, Invalid by field, and Conflict when something else was told before.
    """
    async with deps.database.write() as session:
        case = await case_by_id(session, actor, Action.CHANGE_CONSULT, consult_id, lock=True)
        _check(course, body)
        row = await outcome_of(session, case.consult.id, lock=True)
        if row is None:
            raise Conflict(NO_ANSWER)
        if row.told_at is not None:
            if row.course == course:
                return
            raise Conflict(TOLD)
        row.course, row.told_by, row.told_at = course, acting_account(case), deps.now()
        row.body = sealed_or_none(deps.keyring, OUTCOME, row.id, body)
        desk = Desk(session, deps, live, case.consult)
        keep_event(desk, "outcome", row.told_by, course=course)
        tell_both(desk)
        subject = Subject("DocumentReference", case.consult.id, case.consult.patient_id)
        note(session, deps.now(), case.actor, "tell_outcome", subject, case.why)


def _check(course: str, body: str) -> None:
    if course not in COURSES:
        raise Invalid({"course": N_("Choose one.")}, {"course": course, "words": body})
    if len(body) > LONGEST:
        raise Invalid({"words": N_("This is too long. Make it shorter.")}, {"course": course, "words": body})


async def mark_read(deps: Deps, case: Case, row: ConsultOutcome | None) -> None:
    """Keep that the specialist has read how it went."""
    if row is None or row.told_at is None or row.read_at is not None or not case.is_specialist:
        return
    async with deps.database.write() as session:
        unread = update(ConsultOutcome).where(col(ConsultOutcome.id) == row.id, col(ConsultOutcome.read_at).is_(None))
        await session.exec(unread.values(read_at=deps.now()))


async def ask_outcomes(deps: Deps, live: Live) -> bool:
    """Ask how it went where the time for it has come, once; tells whether there was anything to ask."""
    async with deps.database.read() as session:
        query = select(ConsultOutcome.id, ConsultOutcome.consult_id).where(
            col(ConsultOutcome.due_at) <= deps.now(),
            col(ConsultOutcome.asked_at).is_(None),
            col(ConsultOutcome.told_at).is_(None),
        )
        due = (await session.exec(query.order_by(col(ConsultOutcome.due_at)).limit(BATCH))).all()
    for row_id, consult_id in due:
        await _ask(deps, live, row_id, consult_id)
    return bool(due)


async def _ask(deps: Deps, live: Live, row_id: UUID, consult_id: UUID) -> None:
    async with deps.database.read() as session:
        consult = await session.get_one(Consult, consult_id)
        email = (await emails_of(session, deps.keyring, consult.organization_id)).get(consult.requester_id, "")
    async with deps.database.write() as session:
        unasked = update(ConsultOutcome).where(col(ConsultOutcome.id) == row_id, col(ConsultOutcome.asked_at).is_(None))
        if (await session.exec(unasked.values(asked_at=deps.now()))).rowcount != 1:
            return
        if email:
            await tell(session, deps, consult, consult.requester_id, email, ASKED, part="answer")
        server = Actor(frozenset(), consult.organization_id)
        note(session, deps.now(), server, "remind", Subject("ServiceRequest", consult.id, consult.patient_id))
        after_commit(session, partial(live.changed_for, consult.requester_id, TOPIC))
