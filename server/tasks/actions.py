"""Adding follow-up tasks, and what becomes of them: each change is a compare-and-set on the version that was seen."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, account_of, require
from server.audit import Subject, note, note_read
from server.db import after_commit
from server.directory import Patient
from server.kit import N_, Conflict, Invalid, NotFound
from server.tasks.rules import Priority, Status, first_status, next_step
from server.tasks.store import Found, Source, change, facts_about, known_task, may_own, sealed, task_by_id
from server.tasks.tables import FollowUpTask
from server.web import Deps

TOPIC = "tasks"
CHANGED = N_("Somebody changed this task meanwhile. Look at it again: what you typed is still here.")
CLOSED = N_("This task is closed already.")
NOBODY = N_("Choose who does it.")


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to add. `key` becomes its id, so that a form sent twice makes one; an item of a `source` makes one too.

    `encounter_id` is a visit that the caller found for the actor. Without a patient it is the actor's own.
    """

    key: UUID
    patient_id: UUID | None
    title: str
    due_on: date
    detail: str = ""
    owner_id: UUID | None = None
    priority: Priority = Priority.ROUTINE
    encounter_id: UUID | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A task as somebody saw it: its id and version."""

    task_id: UUID | None
    version: int


async def add_task(session: AsyncSession, deps: Deps, actor: Actor, new: NewTask) -> FollowUpTask:
    """Add a task in the caller's transaction; the same key, or item of a source, gives the one that is there.

    Its owner's open pages show it after the commit. Raises NotFound, Forbidden without a tie to the patient
    or for somebody else's task without one, and Invalid for an owner who cannot have tasks.
    """
    # of two who send the same, the second one waits here and then sees it
    await session.exec(select(Patient.id).where(Patient.id == new.patient_id).with_for_update(key_share=True))
    facts = await facts_about(session, deps, actor, new.patient_id, None if new.patient_id else new.owner_id)
    why = require(actor, Action.WRITE_TASK, facts).why
    known = await known_task(session, actor, new.patient_id, new.key, new.source)
    if known is not None:
        return known
    if await session.get(FollowUpTask, new.key) is not None:
        raise NotFound
    await _check_owner(session, actor, new.owner_id)
    row = _row(deps, actor, new, facts)
    session.add(row)
    await session.flush()
    note(session, deps.now(), actor, "create", Subject("Task", row.id, row.patient_id), why)
    _wake(session, deps, actor, row.owner_id)
    return row


async def step_task(deps: Deps, actor: Actor, seen: Seen) -> None:
    """Have the owner say that they take the task on, or that they have begun; which one follows from its status.

    Raises NotFound, Forbidden, and Conflict when it was changed meanwhile, as it was for who is not its owner any more.
    """
    async with deps.database.write() as session:
        found = await task_by_id(session, deps, actor, Action.WRITE_TASK, seen.task_id)
        following = next_step(found.task.status, found.task.owner_id, actor.account_id)
        if following is None:
            raise Conflict(CHANGED)
        word = "take_on_task" if following is Status.ACCEPTED else "begin_task"
        await _change(session, deps, actor, found, seen.version, word, status=following)


async def complete_task(deps: Deps, actor: Actor, seen: Seen, outcome: str) -> None:
    """Complete a task with what came of it, which may be empty; twice is once.

    Raises NotFound, Forbidden, and Conflict when it was changed or closed meanwhile.
    """
    await _end(deps, actor, seen, Status.COMPLETED, outcome)


async def cancel_task(deps: Deps, actor: Actor, seen: Seen, reason: str) -> None:
    """Cancel a task for a reason; twice is once. Raises as `complete_task`."""
    await _end(deps, actor, seen, Status.CANCELLED, reason)


async def assign_task(deps: Deps, actor: Actor, seen: Seen, owner_id: UUID | None) -> None:
    """Give a task to somebody else, or take it oneself; both owners' open pages show it at once.

    Raises NotFound, Forbidden, Conflict when it was changed meanwhile, and Invalid for who cannot have tasks.
    """
    async with deps.database.write() as session:
        found = await task_by_id(session, deps, actor, Action.WRITE_TASK, seen.task_id)
        before = found.task.owner_id
        if owner_id is None:
            raise Invalid({"owner": NOBODY}, {})
        if owner_id == before:
            return
        await _check_owner(session, actor, owner_id)
        status = first_status(owner_id, actor.account_id)
        await _change(session, deps, actor, found, seen.version, "assign_task", owner_id=owner_id, status=status)
        _wake(session, deps, actor, owner_id)


async def move_task(deps: Deps, actor: Actor, seen: Seen, due_on: date) -> None:
    """Give a task another due date. Raises NotFound, Forbidden, and Conflict when it was changed meanwhile."""
    async with deps.database.write() as session:
        found = await task_by_id(session, deps, actor, Action.WRITE_TASK, seen.task_id)
        if found.task.due_on != due_on:
            await _change(session, deps, actor, found, seen.version, "move_task", due_on=due_on)


async def looked_at(deps: Deps, actor: Actor, found: Found) -> None:
    """Make durable, before anything is shown, that the actor looked at a task."""
    await note_read(deps, actor, Subject("Task", found.task.id, found.task.patient_id), found.why)


async def looked_through(deps: Deps, actor: Actor, tasks: list[Found]) -> None:
    """Make durable, before anything is shown, of which patients the actor read tasks in a list."""
    whys = {one.task.patient_id: one.why for one in tasks}
    if whys:
        async with deps.database.write() as session:
            for patient_id, why in whys.items():
                note(session, deps.now(), actor, "read", Subject("Task", None, patient_id), why)


async def _end(deps: Deps, actor: Actor, seen: Seen, status: Status, words: str) -> None:
    async with deps.database.write() as session:
        found = await task_by_id(session, deps, actor, Action.WRITE_TASK, seen.task_id)
        task = found.task
        if task.status == status and task.ended_by == actor.account_id and task.version == seen.version + 1:
            return
        outcome = sealed(deps.keyring, task.id, "outcome", words)
        ended: dict[str, Any] = {"ended_by": actor.account_id, "ended_at": deps.now(), "outcome": outcome}
        word = "complete_task" if status is Status.COMPLETED else "cancel_task"
        await _change(session, deps, actor, found, seen.version, word, status=status, **ended)


async def _change(
    session: AsyncSession, deps: Deps, actor: Actor, found: Found, version: int, word: str, **values: Any
) -> None:
    task, owner_id = found.task, found.task.owner_id
    if task.ended_at is not None:
        raise Conflict(CLOSED)
    if not await change(session, task, version, **values):
        raise Conflict(CHANGED)
    note(session, deps.now(), actor, word, Subject("Task", task.id, task.patient_id), found.why)
    _wake(session, deps, actor, owner_id)


async def _check_owner(session: AsyncSession, actor: Actor, owner_id: UUID | None) -> None:
    if owner_id is not None and owner_id not in {account.id for account in await may_own(session, actor)}:
        raise Invalid({"owner": NOBODY}, {})


def _wake(session: AsyncSession, deps: Deps, actor: Actor, owner_id: UUID | None) -> None:
    """Wake the owner's open pages after the commit; who acts sees it anyway."""
    if owner_id is not None and owner_id != actor.account_id:
        after_commit(session, lambda: deps.tell(owner_id, TOPIC))


def _row(deps: Deps, actor: Actor, new: NewTask, facts: Record) -> FollowUpTask:
    by = account_of(actor)
    source = new.source
    title = sealed(deps.keyring, new.key, "title", new.title)
    if title is None:
        raise ValueError("a task has a title")
    return FollowUpTask(
        id=new.key,
        organization_id=facts.organization_id,
        patient_id=new.patient_id,
        encounter_id=new.encounter_id,
        source_kind=source.kind if source else "",
        source_id=source.id if source else None,
        source_item=source.item if source else "",
        title=title,
        detail=sealed(deps.keyring, new.key, "detail", new.detail),
        owner_id=new.owner_id,
        due_on=new.due_on,
        status=first_status(new.owner_id, by),
        priority=new.priority,
        created_by=by,
        created_at=deps.now(),
    )
