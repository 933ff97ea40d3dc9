"""What the pages of one case have in common: which case is asked for, and that somebody looked at it."""

from uuid import UUID

from starlette.requests import Request

from server.audit import Subject, note_read
from server.consults.case_store import Case
from server.kit.ids import parse_id
from server.web import deps


def consult_id(request: Request) -> UUID | None:
    """Give the id of the case that a page is about; None for an address without one."""
    return parse_id(request.path_params.get("consult_id", ""))


async def note_look(request: Request, case: Case) -> None:
    """Note in the trail that a case was looked at."""
    about = Subject("ServiceRequest", case.consult.id, case.consult.patient_id)
    await note_read(deps(request), case.actor, about, case.why)
