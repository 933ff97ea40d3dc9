"""One task with what can be done to it, and the form for a new one."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action, decide, require
from server.audit import Subject, note_read
from server.directory import Patient, patient_by_id
from server.kit import N_, Conflict, Form, Invalid
from server.kit.ids import new_id, parse_id
from server.tasks.actions import (
    NOBODY,
    NewTask,
    Seen,
    add_task,
    assign_task,
    cancel_task,
    complete_task,
    looked_at,
    move_task,
    step_task,
)
from server.tasks.rules import Priority, may_be_due, next_step
from server.tasks.store import facts_about, may_own, task_by_id
from server.tasks.words import PRIORITIES, WORDS, today_of
from server.web import actor, deps, page, render, see_other, staff

_Act = Callable[[Request, Seen, Form], Awaitable[None]]

A_WEEK = timedelta(days=7)
WRONG_DAY = N_("Choose today or a day within the next two years.")
LONGEST_TITLE, LONGEST = 120, 2000


async def show_task(request: Request) -> Response:
    """Show a task, and the forms of what may be done to it."""
    return await _task(request, {}, {})


async def post_step(request: Request) -> Response:
    """Say that one takes the task on, or has begun."""
    return await _changed(request, _step)


async def post_complete(request: Request) -> Response:
    """Complete the task with what came of it."""
    return await _changed(request, _complete, "/tasks")


async def post_cancel(request: Request) -> Response:
    """Cancel the task for a reason."""
    return await _changed(request, _cancel, "/tasks")


async def post_owner(request: Request) -> Response:
    """Give the task to somebody else."""
    return await _changed(request, _assign, "/tasks")


async def post_due(request: Request) -> Response:
    """Move the due date."""
    return await _changed(request, _move)


async def show_new_task(request: Request) -> Response:
    """Show the form for a task of a patient: one's own and due in a week unless changed."""
    who = actor(request)
    async with deps(request).database.read() as session:
        today = await today_of(session, deps(request), who)
    values = {"key": str(new_id()), "owner": str(who.account_id), "priority": Priority.ROUTINE.value}
    return await _new_form(request, {**values, "due_on": (today + A_WEEK).isoformat()}, {})


async def post_new_task(request: Request) -> Response:
    """Add the task, or say next to the field what is wrong."""
    tools, who = deps(request), actor(request)
    form = Form(dict(await request.form()))
    patient = await _patient(request)
    try:
        new = _read(form, patient.id, await _today(request))
        async with tools.database.write() as session:
            await add_task(session, tools, who, new)
    except Invalid as error:
        return await _new_form(request, form.values, error.errors, error.status)
    return see_other(f"/patients/{patient.id}/tasks")


async def _step(request: Request, seen: Seen, form: Form) -> None:
    await step_task(deps(request), actor(request), seen)


async def _complete(request: Request, seen: Seen, form: Form) -> None:
    outcome = form.optional("outcome", LONGEST)
    form.check()
    await complete_task(deps(request), actor(request), seen, outcome)


async def _cancel(request: Request, seen: Seen, form: Form) -> None:
    reason = form.text("reason", N_("Say why it is not needed."), LONGEST)
    form.check()
    await cancel_task(deps(request), actor(request), seen, reason)


async def _assign(request: Request, seen: Seen, form: Form) -> None:
    await assign_task(deps(request), actor(request), seen, parse_id(form.values.get("owner", "")))


async def _move(request: Request, seen: Seen, form: Form) -> None:
    today = await _today(request)
    due_on = _day(form, today)
    form.check()
    await move_task(deps(request), actor(request), seen, due_on or today)  # `check` raises without a day


async def _changed(request: Request, act: _Act, then: str = "") -> Response:
    """Do it and go on, or show the task again; when it cannot be done, with what was typed and what is wrong.

    Raises NotFound or Forbidden before what was typed is looked at.
    """
    async with deps(request).database.read() as session:
        await task_by_id(session, deps(request), actor(request), Action.WRITE_TASK, _id(request))
    form = Form(dict(await request.form()))
    version = form.values.get("version", "")
    known = version.isascii() and version.isdigit() and len(version) <= 9
    seen = Seen(_id(request), int(version) if known else 0)
    try:
        await act(request, seen, form)
    except Invalid as error:
        return await _task(request, form.values, error.errors, status=error.status)
    except Conflict as error:
        return await _task(request, form.values, {}, trouble=error.message, status=error.status)
    return see_other(then or f"/tasks/{seen.task_id}")


async def _task(
    request: Request, values: Mapping[str, str], errors: Mapping[str, str], trouble: str = "", status: int = 200
) -> Response:
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        found = await task_by_id(session, tools, who, Action.READ_RECORD, _id(request))
        facts = await facts_about(session, tools, who, found.task.patient_id, found.task.owner_id)
        people, today = await may_own(session, who), await today_of(session, tools, who)
    await looked_at(tools, who, found)
    task = found.task
    kept = {"due_on": task.due_on.isoformat(), "owner": str(task.owner_id or "")}
    context = {
        "found": found,
        "people": people,
        "may_change": decide(who, Action.WRITE_TASK, facts).allowed,
        "step": next_step(task.status, task.owner_id, who.account_id),
        "today": today,
        "trouble": trouble,
        "values": {**kept, **values},
        "errors": errors,
    }
    return render(request, "tasks/task.html", status, **context, **WORDS)


async def _patient(request: Request) -> Patient:
    """Give the patient whose task is to be added. Raises NotFound, and Forbidden without a tie."""
    tools, who = deps(request), actor(request)
    patient_id = parse_id(request.path_params["patient_id"])
    async with tools.database.read() as session:
        require(who, Action.WRITE_TASK, await tools.ties.record(session, who, patient_id))
        return await patient_by_id(session, who, Action.READ_PATIENT, patient_id)


async def _new_form(
    request: Request, values: Mapping[str, str], errors: Mapping[str, str], status: int = 200
) -> Response:
    tools, who = deps(request), actor(request)
    patient = await _patient(request)
    async with tools.database.read() as session:
        people = await may_own(session, who)
    await note_read(tools, who, Subject("Patient", patient.id, patient.id), "task")
    context = {"patient": patient, "people": people, "values": values, "errors": errors}
    return render(request, "tasks/new.html", status, **context, **WORDS)


def _read(form: Form, patient_id: UUID, today: date) -> NewTask:
    title = form.text("title", N_("Say what is to be done."), LONGEST_TITLE)
    detail = form.optional("detail", LONGEST)
    priority = form.choice("priority", PRIORITIES)
    typed = form.values.get("owner", "")
    owner_id = parse_id(typed)
    if typed and owner_id is None:
        form.wrong("owner", NOBODY)
    due_on = _day(form, today)
    form.check()
    key = parse_id(form.values.get("key", "")) or new_id()
    # `check` raises without a day or a priority
    return NewTask(key, patient_id, title, due_on or today, detail, owner_id, Priority(priority))


def _day(form: Form, today: date) -> date | None:
    due_on = form.day("due_on", WRONG_DAY)
    if due_on is not None and not may_be_due(due_on, today):
        form.wrong("due_on", WRONG_DAY)
    return due_on


async def _today(request: Request) -> date:
    async with deps(request).database.read() as session:
        return await today_of(session, deps(request), actor(request))


def _id(request: Request) -> UUID | None:
    return parse_id(request.path_params["task_id"])


_READ, _WRITE = staff(Action.READ_RECORD), staff(Action.WRITE_TASK)

routes: list[BaseRoute] = [
    page("/patients/{patient_id}/tasks/new", show_new_task, _WRITE),
    page("/patients/{patient_id}/tasks/new", post_new_task, _WRITE, "POST"),
    page("/tasks/{task_id}", show_task, _READ),
    page("/tasks/{task_id}/step", post_step, _WRITE, "POST"),
    page("/tasks/{task_id}/complete", post_complete, _WRITE, "POST"),
    page("/tasks/{task_id}/cancel", post_cancel, _WRITE, "POST"),
    page("/tasks/{task_id}/owner", post_owner, _WRITE, "POST"),
    page("/tasks/{task_id}/due", post_due, _WRITE, "POST"),
]
