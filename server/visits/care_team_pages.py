"""The care team: a part of the patient's page, and a page of its own without scripts."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action, decide
from server.audit import Subject, note_read
from server.kit import Invalid
from server.kit.ids import parse_id
from server.visits.care_team_actions import add_to_care_team, end_participation
from server.visits.care_team_store import care_team, may_join, record_of_patient
from server.web import actor, deps, page, render, see_other, staff


async def show_care_team(request: Request) -> Response:
    """Show who is in the care team. As a part of a page it says so when there is no tie, and raises Forbidden else."""
    return await _show(request, {})


async def add_participant(request: Request) -> Response:
    """Add a member of staff and go back to the patient's page."""
    posted = parse_id(str((await request.form()).get("account", "")))
    try:
        await add_to_care_team(deps(request), actor(request), _patient(request), posted)
    except Invalid as error:
        return await _show(request, error.errors, error.status)
    return see_other(f"/patients/{_patient(request)}")


async def end_participant(request: Request) -> Response:
    """Take somebody out of the care team, or leave it."""
    participant = parse_id(request.path_params["participant_id"])
    await end_participation(deps(request), actor(request), _patient(request), participant)
    return see_other(f"/patients/{_patient(request)}")


async def _show(request: Request, errors: dict[str, str], status: int = 200) -> Response:
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        record = await record_of_patient(session, who, Action.READ_RECORD, _patient(request))
        members = await care_team(session, who, record.patient.id)
        people = await may_join(session, who)
    part = bool(request.headers.get("hx-request"))
    if part and not record.decision.allowed:
        return render(request, "visits/_no_tie.html", what="team", patient=record.patient)
    record.require()
    subject = Subject("CareTeam", patient_id=record.patient.id)
    await note_read(tools, who, subject, record.decision.why)
    inside = {account.id for _, account in members}
    context = {
        "patient": record.patient,
        "members": members,
        "others": [account for account in people if account.id not in inside],
        "may_change": decide(who, Action.CHANGE_CARE_TEAM, record.facts).allowed,
        "errors": errors,
    }
    return render(request, "visits/_care_team.html" if part else "visits/care_team.html", status, **context)


def _patient(request: Request) -> UUID | None:
    return parse_id(request.path_params["patient_id"])


_CHANGE = staff(Action.CHANGE_CARE_TEAM)

routes: list[BaseRoute] = [
    page("/patients/{patient_id}/care-team", show_care_team, staff(Action.READ_RECORD)),
    page("/patients/{patient_id}/care-team", add_participant, _CHANGE, "POST"),
    page("/patients/{patient_id}/care-team/{participant_id}/end", end_participant, _CHANGE, "POST"),
]
