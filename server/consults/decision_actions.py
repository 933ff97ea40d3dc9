"""What the requester does with each item of an answer: decided once, and what is accepted becomes a task."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import CARERS, Action, Actor
from server.audit import Subject, note
from server.calls import Live
from server.consults.answer_rules import Choice, Decision, Item, Signed, decide, task_of
from server.consults.answer_store import (
    DECISION,
    FINAL,
    answer_of,
    decision_in,
    decisions_of,
    sealed_or_none,
    signed_in,
)
from server.consults.answer_tables import ConsultAnswer, ConsultDecision
from server.consults.answer_words import TASKS
from server.consults.case_store import Case, acting_account, case_by_id
from server.consults.ring_actions import Desk, keep_event, tell_both
from server.identity import accounts_in_role
from server.kit import N_, Conflict, Invalid
from server.kit.ids import new_id
from server.tasks import NewTask, Source, add_task
from server.web import Deps

SOURCE = "consult"
FURTHEST = timedelta(days=730)
LONGEST_TITLE = 120
NO_ANSWER = N_("There is no signed answer yet.")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the requester decides about an item, who does it (the requester when empty) and by when (as advised)."""

    item: str
    choice: Choice
    reason: str = field(default="", repr=False)
    change: str = field(default="", repr=False)
    owner_id: UUID | None = None
    due_on: date | None = None


async def decide_item(deps: Deps, live: Live, actor: Actor, consult_id: UUID | None, wish: Wish) -> None:
    """Decide about an item as who asked; of what is accepted or modified a task is made.

    Where no patient is named, the task is the requester's own. Raises NotFound, Forbidden for anybody else, Invalid by
    field, and Conflict when it was decided before.
    """
    async with deps.database.write() as session:
        case = await case_by_id(session, actor, Action.CHANGE_CONSULT, consult_id, lock=True)
        row = await answer_of(session, case.consult.id)
        if row is None or row.status != FINAL:
            raise Conflict(NO_ANSWER)
        signed = signed_in(deps.keyring, row)
        before = [decision_in(deps.keyring, one) for one in await decisions_of(session, row.id)]
        by = acting_account(case)
        decision = decide(
            signed, before, Decision(wish.item, wish.choice, by, deps.now(), wish.reason.strip(), wish.change.strip())
        )
        _check_task(wish, today_at(deps, case))
        await _check_owner(session, case, wish.owner_id)
        due_on = await _make_task(session, deps, case, signed, decision, wish)
        session.add(_row(deps, row, decision, wish, due_on))
        if len(before) + 1 == len(signed.answer.items):
            row.settled_at = deps.now()
        desk = Desk(session, deps, live, case.consult)
        keep_event(desk, f"item-{decision.choice}", by, item=wish.item)
        tell_both(desk)
        subject = Subject("DocumentReference", case.consult.id, case.consult.patient_id)
        note(session, deps.now(), case.actor, "decide_item", subject, case.why)


def today_at(deps: Deps, case: Case) -> date:
    """Give the day that it is at the case's clinic."""
    return deps.now().astimezone(ZoneInfo(case.clinic.time_zone)).date()


async def _make_task(
    session: AsyncSession, deps: Deps, case: Case, signed: Signed, decision: Decision, wish: Wish
) -> date | None:
    """Make the task of an item, and give until when it is due; None when there is none to make."""
    zone = ZoneInfo(case.clinic.time_zone)
    item = next(one for one in signed.answer.items if one.key == decision.item)
    facts = task_of(item, decision, signed.at.astimezone(zone).date(), today_at(deps, case))
    if facts is None:
        return None
    due_on = wish.due_on or facts.due_on
    whole = deps.templates.translations.gettext(TASKS[facts.kind]) % {"what": facts.what}
    task = NewTask(
        new_id(),
        case.consult.patient_id,
        whole[:LONGEST_TITLE],
        due_on,
        detail=_detail(item, whole),
        owner_id=wish.owner_id or decision.by,
        encounter_id=case.consult.encounter_id,
        source=Source(SOURCE, case.consult.id, decision.item),
    )
    await add_task(session, deps, case.actor, task)
    return due_on


def _detail(item: Item, whole: str) -> str:
    """Give what does not fit into the title, and the address of a protocol."""
    rest = whole if len(whole) > LONGEST_TITLE else ""
    return "\n".join(part for part in (rest, item.link) if part)


def _row(deps: Deps, answer: ConsultAnswer, decision: Decision, wish: Wish, due_on: date | None) -> ConsultDecision:
    id_ = new_id()
    return ConsultDecision(
        id=id_,
        organization_id=answer.organization_id,
        answer_id=answer.id,
        item=decision.item,
        decision=decision.choice,
        reason=sealed_or_none(deps.keyring, DECISION, id_, decision.reason, "reason"),
        change=sealed_or_none(deps.keyring, DECISION, id_, decision.change, "change"),
        owner_id=(wish.owner_id or decision.by) if due_on else None,
        due_on=due_on,
        decided_by=decision.by,
        decided_at=decision.at,
    )


def _check_task(wish: Wish, today: date) -> None:
    if wish.due_on is not None and not today <= wish.due_on <= today + FURTHEST:
        raise Invalid({"due_on": N_("Choose today or a day within the next two years.")}, {})


async def _check_owner(session: AsyncSession, case: Case, owner_id: UUID | None) -> None:
    if owner_id is None or owner_id == case.actor.account_id:
        return
    if case.consult.patient_id is None:
        raise Invalid({"owner": N_("Without a patient’s name, the task is your own.")}, {})
    known = {account.id for account in await accounts_in_role(session, case.actor, *sorted(CARERS))}
    if owner_id not in known:
        raise Invalid({"owner": N_("Choose who does it.")}, {})
