"""Queries of follow-up tasks, scoped by the actor. What a task says is sealed and opened here.

A task is its owner's, and of those who have a tie to its patient, if it has one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import case, col, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from server.access import CARERS, Action, Actor, Decision, Record, decide, require
from server.directory import Patient
from server.identity import Account, accounts_in_role, names_of_accounts
from server.kit import Keyring, NotFound, field_name
from server.tasks.rules import OPEN, URGENCY, View
from server.tasks.tables import FollowUpTask
from server.web import Deps, Ties

MOST = 200
SEALED = ("title", "detail", "outcome")


@dataclass(frozen=True, slots=True)
class Source:
    """What a task came of: the kind of record, its id, and which of its items (a code or an id, 40 characters)."""

    kind: str
    id: UUID
    item: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """What is sealed of a task, opened; empty where nothing was written."""

    title: str
    detail: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A task with its patient, if it has one, what it says, its owner's name, and why the actor may see it."""

    task: FollowUpTask
    patient: Patient | None
    words: Words
    owner: str
    why: str


@dataclass(frozen=True, slots=True)
class OfPatient:
    """A patient's tasks, open ones first, and the decision about the record; without it there are none."""

    decision: Decision
    facts: Record
    tasks: Sequence[Found] = ()


async def task_by_id(session: AsyncSession, deps: Deps, actor: Actor, action: Action, task_id: UUID | None) -> Found:
    """Give one task for an action. Raises NotFound or Forbidden."""
    query = select(FollowUpTask).where(
        FollowUpTask.id == task_id, FollowUpTask.organization_id == actor.organization_id
    )
    row = (await session.exec(query)).first()
    if row is None:
        raise NotFound
    decision = require(actor, action, await facts_about(session, deps, actor, row.patient_id, row.owner_id))
    (found,) = await _told(session, deps.keyring, actor, [row], decision.why)
    return found


async def facts_about(
    session: AsyncSession, deps: Deps, actor: Actor, patient_id: UUID | None, owner_id: UUID | None
) -> Record:
    """Give the facts about a task, in which its owner takes part as in a visit. Raises NotFound.

    One without a patient is the actor's organization's, and nobody but its owner is tied to it.
    """
    facts = await deps.ties.record(session, actor, patient_id) if patient_id else Record(actor.organization_id)
    return replace(facts, accounts=facts.accounts | ({owner_id} if owner_id else set()))


async def tasks_of_patient(session: AsyncSession, deps: Deps, actor: Actor, patient_id: UUID | None) -> OfPatient:
    """Give a patient's tasks with the decision about the record; none when it was refused. Raises NotFound."""
    facts = await deps.ties.record(session, actor, patient_id)
    decision = decide(actor, Action.READ_RECORD, facts)
    if not decision.allowed:
        return OfPatient(decision, facts)
    query = select(FollowUpTask).where(
        FollowUpTask.patient_id == patient_id, FollowUpTask.organization_id == actor.organization_id
    )
    closed = case((col(FollowUpTask.status).in_(OPEN), 0), else_=1)
    rows = (await session.exec(query.order_by(closed, *_order()).limit(MOST))).all()
    return OfPatient(decision, facts, await _told(session, deps.keyring, actor, rows, decision.why))


async def my_tasks(
    session: AsyncSession, deps: Deps, actor: Actor, view: View, until: date | None = None
) -> Sequence[Found]:
    """Give the open tasks of a view, the first due first; with `until`, only those due by then. At most 200."""
    query = select(FollowUpTask).where(
        FollowUpTask.organization_id == actor.organization_id,
        col(FollowUpTask.status).in_(OPEN),
        _in_view(deps.ties, actor, view),
    )
    if until is not None:
        query = query.where(FollowUpTask.due_on <= until)
    rows = (await session.exec(query.order_by(*_order()).limit(MOST))).all()
    return await _told(session, deps.keyring, actor, rows, "")


async def tasks_of_source(session: AsyncSession, deps: Deps, actor: Actor, source: Source) -> Sequence[Found]:
    """Give the tasks that came of a record, of one item when it is named; the record was found for the actor before."""
    query = _of_source(actor, source.kind, source.id)
    if source.item:
        query = query.where(FollowUpTask.source_item == source.item)
    rows = (await session.exec(query.order_by(col(FollowUpTask.id)))).all()
    return await _told(session, deps.keyring, actor, rows, source.kind)


async def known_task(
    session: AsyncSession, actor: Actor, patient_id: UUID | None, key: UUID, source: Source | None
) -> FollowUpTask | None:
    """Give the patient's task that was made under a key before, or of an item of a source."""
    query = select(FollowUpTask).where(FollowUpTask.id == key, FollowUpTask.organization_id == actor.organization_id)
    if source is not None:
        query = _of_source(actor, source.kind, source.id).where(FollowUpTask.source_item == source.item)
    return (await session.exec(query.where(FollowUpTask.patient_id == patient_id))).first()


async def may_own(session: AsyncSession, actor: Actor) -> Sequence[Account]:
    """Give the staff of the actor's organization who may be given a task, by name."""
    return await accounts_in_role(session, actor, *sorted(CARERS))


async def change(session: AsyncSession, task: FollowUpTask, version: int, **values: Any) -> bool:
    """Write values into an open task that has not changed since `version`; tells whether it had not."""
    query = update(FollowUpTask).where(
        col(FollowUpTask.id) == task.id,
        col(FollowUpTask.version) == version,
        col(FollowUpTask.status).in_(OPEN),
    )
    return (await session.exec(query.values(version=version + 1, **values))).rowcount == 1


def sealed(keyring: Keyring, task_id: UUID, column: str, text: str) -> bytes | None:
    """Seal what a task says in a column; None for an empty text."""
    return keyring.seal(text, field_name("follow_up_task", task_id, column)) if text else None


def _opened(keyring: Keyring, row: FollowUpTask) -> Words:
    texts: dict[str, bytes | None] = {column: getattr(row, column) for column in SEALED}
    return Words(
        **{
            column: keyring.open(text, field_name("follow_up_task", row.id, column))
            for column, text in texts.items()
            if text
        }
    )


async def _told(
    session: AsyncSession, keyring: Keyring, actor: Actor, rows: Sequence[FollowUpTask], why: str
) -> list[Found]:
    patients = await _patients(session, actor, {row.patient_id for row in rows if row.patient_id})
    owners = {row.owner_id for row in rows if row.owner_id}
    names = await names_of_accounts(session, owners) if owners else {}
    return [
        Found(
            row,
            patients[row.patient_id] if row.patient_id else None,
            _opened(keyring, row),
            names.get(row.owner_id, "") if row.owner_id else "",
            why or ("participant" if row.owner_id == actor.account_id else "coverage"),
        )
        for row in rows
    ]


async def _patients(session: AsyncSession, actor: Actor, ids: Collection[UUID]) -> dict[UUID, Patient]:
    query = select(Patient).where(col(Patient.id).in_(ids), Patient.organization_id == actor.organization_id)
    return {row.id: row for row in (await session.exec(query)).all()}


def _in_view(ties: Ties, actor: Actor, view: View) -> ColumnElement[bool]:
    mine = col(FollowUpTask.owner_id) == actor.account_id
    if view is View.MINE:
        return mine
    clinics = col(FollowUpTask.patient_id).in_(ties.in_clinics(actor))
    return clinics if view is View.CLINICS else or_(mine, clinics)


def _of_source(actor: Actor, kind: str, source_id: UUID) -> SelectOfScalar[FollowUpTask]:
    return select(FollowUpTask).where(
        FollowUpTask.organization_id == actor.organization_id,
        FollowUpTask.source_kind == kind,
        FollowUpTask.source_id == source_id,
    )


def _order() -> list[Any]:
    urgency = {code.value: place for place, code in enumerate(URGENCY)}
    return [col(FollowUpTask.due_on), case(urgency, value=col(FollowUpTask.priority)), col(FollowUpTask.id)]
