"""Pages of follow-up tasks: one's own and one's clinics', a patient's, and the part of Today."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action, decide, refusal
from server.audit import Subject, note_read
from server.directory import patient_by_id
from server.kit.ids import parse_id
from server.tasks import change_pages
from server.tasks.actions import looked_through
from server.tasks.rules import Due, View, due
from server.tasks.store import my_tasks, tasks_of_patient
from server.tasks.words import WORDS, today_of
from server.web import actor, deps, page, render, staff


async def show_tasks(request: Request) -> Response:
    """Show the open tasks of a view: the actor's own ones unless another is asked for."""
    tools, who = deps(request), actor(request)
    asked = request.query_params.get("view", "")
    view = View(asked) if asked in set(View) else View.MINE
    async with tools.database.read() as session:
        today = await today_of(session, tools, who)
        tasks = list(await my_tasks(session, tools, who, view))
    if view is View.OVERDUE:
        tasks = [one for one in tasks if due(one.task.status, one.task.due_on, today) is Due.OVERDUE]
    await looked_through(tools, who, tasks)
    return render(request, "tasks/tasks.html", tasks=tasks, view=view, today=today, **WORDS)


async def show_due_today(request: Request) -> Response:
    """Show the actor's own tasks that are due by today; as a part of a page when htmx asks for one."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        today = await today_of(session, tools, who)
        tasks = list(await my_tasks(session, tools, who, View.MINE, today))
    await looked_through(tools, who, tasks)
    name = "tasks/_today.html" if request.headers.get("hx-request") else "tasks/today.html"
    return render(request, name, tasks=tasks, today=today, **WORDS)


async def show_tasks_of_patient(request: Request) -> Response:
    """Show a patient's tasks. As a part of a page it says so when there is no tie, and raises Forbidden else."""
    tools, who = deps(request), actor(request)
    patient_id = parse_id(request.path_params["patient_id"])
    async with tools.database.read() as session:
        patient = await patient_by_id(session, who, Action.READ_PATIENT, patient_id)
        found = await tasks_of_patient(session, tools, who, patient_id)
        today = await today_of(session, tools, who)
    part = bool(request.headers.get("hx-request"))
    if part and not found.decision.allowed:
        return render(request, "tasks/_no_tie.html")
    if not found.decision.allowed:
        raise refusal(Action.READ_RECORD, found.decision, found.facts)
    await note_read(tools, who, Subject("Task", None, patient.id), found.decision.why)
    context = {
        "patient": patient,
        "tasks": found.tasks,
        "may_add": decide(who, Action.WRITE_TASK, found.facts).allowed,
        "today": today,
        **WORDS,
    }
    return render(request, "tasks/_of_patient.html" if part else "tasks/of_patient.html", **context)


_SEE = staff(Action.SEE_TODAY)

routes: list[BaseRoute] = [
    page("/tasks", show_tasks, _SEE),
    page("/tasks/today", show_due_today, _SEE),
    page("/patients/{patient_id}/tasks", show_tasks_of_patient, staff(Action.READ_RECORD)),
    *change_pages.routes,
]
