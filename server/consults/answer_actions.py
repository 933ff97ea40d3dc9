"""Writing the answer of a case: drafts by compare-and-set, the signature that freezes it, and what is added later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor
from server.audit import Subject, note
from server.calls import Live
from server.consults.answer_form import answer_in, typed, write_draft
from server.consults.answer_rules import LONGEST, problems, sign, write_answer
from server.consults.answer_store import ADDENDUM, ANSWER, FINAL, Document, answer_of, digest_of, sealed
from server.consults.answer_tables import ConsultAddendum, ConsultAnswer, ConsultOutcome
from server.consults.case_rules import Status
from server.consults.case_store import Case, acting_account, case_by_id
from server.consults.reminder_store import emails_of
from server.consults.ring_actions import Desk, happen, keep_event, tell_both
from server.consults.ring_events import Finish
from server.consults.ring_reach import tell
from server.consults.ring_state import Ending
from server.kit import N_, Conflict, Forbidden, Gone, Invalid
from server.kit.ids import new_id
from server.web import Deps

NEWER = N_("A newer draft was saved meanwhile, perhaps in another tab. What you typed is still here; compare it below.")
SIGNED = N_("This answer is signed. You can only add to it.")
OVER = N_("This case is over.")
NOTHING = N_("Write what you want to add.")
ANSWERED = N_("A consult of yours was answered. Read the answer and decide about it.")


@dataclass(frozen=True, slots=True)
class _Held:
    """A case with its answer, held for change by the specialist who has the case."""

    case: Case
    row: ConsultAnswer | None


async def save_draft(
    deps: Deps, actor: Actor, consult_id: UUID | None, values: Mapping[str, str], version: int
) -> None:
    """Save what was typed over the draft of that version (0: none yet); the same again is one.

    Raises NotFound, Forbidden for who has not the case, Gone once it is signed, Conflict when a newer draft is there.
    """
    async with deps.database.write() as session:
        held = await _held(session, actor, consult_id)
        _check_version(deps, held, version)
        _put(session, deps, held, write_draft(values))
        _noted(session, deps, held.case, "save_answer")


async def sign_answer(
    deps: Deps, live: Live, actor: Actor, consult_id: UUID | None, values: Mapping[str, str], version: int
) -> None:
    """Sign what was typed: from then on it is the case's answer, for good, and the case is answered.

    Who asked is told, by mail and on their devices. Raises as `save_draft`, and Invalid, by field, when something must
    be mended before.
    """
    async with deps.database.read() as session:
        consult = (await case_by_id(session, actor, Action.ANSWER_CONSULT, consult_id)).consult
        email = (await emails_of(session, deps.keyring, consult.organization_id)).get(consult.requester_id, "")
    async with deps.database.write() as session:
        held = await _held(session, actor, consult_id)
        _check_version(deps, held, version)
        answer, unread = answer_in(values)
        if wrong := {**problems(answer), **unread}:
            raise Invalid(wrong, dict(typed(values)))
        case, now = held.case, deps.now()
        signed = sign(answer, acting_account(case), now)
        text = write_answer(signed.answer)
        row = _put(session, deps, held, text)
        row.status, row.signed_by, row.signed_at = FINAL, signed.by, now
        row.digest = digest_of(case.consult.id, signed.by, now, text)
        case.consult.answered_at = now
        session.add(_outcome(deps, case))
        desk = Desk(session, deps, live, case.consult)
        keep_event(desk, "answer-signed", signed.by)
        await happen(desk, Finish(Ending.ANSWERED), signed.by)
        if email:
            await tell(session, deps, case.consult, case.consult.requester_id, email, ANSWERED, part="answer")
        _noted(session, deps, case, "sign_answer")


async def mark_settled(deps: Deps, case: Case, answer: Document | None) -> None:
    """Keep that who asked has read an answer in which there is nothing to decide."""
    if answer is None or answer.row.settled_at or answer.signed.answer.items or not case.is_requester:
        return
    async with deps.database.write() as session:
        unread = update(ConsultAnswer).where(col(ConsultAnswer.id) == answer.row.id)
        await session.exec(unread.where(col(ConsultAnswer.settled_at).is_(None)).values(settled_at=deps.now()))


async def add_addendum(deps: Deps, live: Live, actor: Actor, consult_id: UUID | None, key: UUID, body: str) -> None:
    """Add to a signed answer as the specialist of the case; the same key adds once. Raises Conflict without one."""
    async with deps.database.write() as session:
        case = await case_by_id(session, actor, Action.ANSWER_CONSULT, consult_id, lock=True)
        row = await answer_of(session, case.consult.id)
        if not case.is_specialist:
            raise Forbidden
        if not body.strip() or len(body) > LONGEST:
            raise Invalid({"addendum": NOTHING}, {"addendum": body})
        if row is None or row.status != FINAL:
            raise Conflict(N_("There is no signed answer yet."))
        if await session.get(ConsultAddendum, key) is not None:
            return
        by, now = acting_account(case), deps.now()
        session.add(
            ConsultAddendum(
                id=key,
                organization_id=case.consult.organization_id,
                answer_id=row.id,
                body=sealed(deps.keyring, ADDENDUM, key, body),
                signed_by=by,
                signed_at=now,
                digest=digest_of(case.consult.id, by, now, body),
            )
        )
        desk = Desk(session, deps, live, case.consult)
        keep_event(desk, "addendum", by)
        tell_both(desk)
        _noted(session, deps, case, "add_addendum")


async def _held(session: AsyncSession, actor: Actor, consult_id: UUID | None) -> _Held:
    case = await case_by_id(session, actor, Action.ANSWER_CONSULT, consult_id, lock=True)
    if not case.is_specialist:
        raise Forbidden
    row = await answer_of(session, case.consult.id, lock=True)
    if row is not None and row.status == FINAL:
        raise Gone(SIGNED)
    if case.consult.status not in {Status.ACCEPTED, Status.WRITTEN}:
        raise Gone(OVER)
    return _Held(case, row)


def _check_version(deps: Deps, held: _Held, version: int) -> None:
    if version != (held.row.version if held.row else 0):
        raise Conflict(NEWER)


def _put(session: AsyncSession, deps: Deps, held: _Held, text: str) -> ConsultAnswer:
    """Write the content into the row, which is made when there is none."""
    by, consult, row = acting_account(held.case), held.case.consult, held.row
    if row is None:
        id_ = new_id()
        content = sealed(deps.keyring, ANSWER, id_, text, "content")
        row = ConsultAnswer(
            id=id_,
            organization_id=consult.organization_id,
            consult_id=consult.id,
            content=content,
            saved_by=by,
            saved_at=deps.now(),
        )
        session.add(row)
        return row
    row.content, row.version = sealed(deps.keyring, ANSWER, row.id, text, "content"), row.version + 1
    row.saved_by, row.saved_at = by, deps.now()
    return row


def _outcome(deps: Deps, case: Case) -> ConsultOutcome:
    return ConsultOutcome(
        id=new_id(),
        organization_id=case.consult.organization_id,
        consult_id=case.consult.id,
        due_at=deps.now() + timedelta(days=deps.settings.consult_outcome_days),
    )


def _noted(session: AsyncSession, deps: Deps, case: Case, word: str) -> None:
    subject = Subject("DocumentReference", case.consult.id, case.consult.patient_id)
    note(session, deps.now(), case.actor, word, subject, case.why)
