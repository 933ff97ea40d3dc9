"""The thread of a case: what was written and attached, taking a written case, and passing it on.

Who may take a case and may not read it yet sees its headline here.
"""

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note_read
from server.calls import live
from server.consults.assignment_actions import pass_on, take_case
from server.consults.assignment_store import colleagues_for, groups_for, last_assignment, may_take
from server.consults.attachment_rules import AT_ONCE, LARGEST, MOST, MediaType, Sent
from server.consults.case_request import consult_id
from server.consults.case_rules import Status
from server.consults.case_store import Case, case_by_id
from server.consults.service_words import URGENCIES
from server.consults.thread_actions import NewMessage, write_message
from server.consults.thread_rules import standing
from server.consults.thread_store import attachment_by_id, thread_of
from server.directory import formal_names
from server.kit import Conflict, Forbidden, Form, Invalid
from server.kit.ids import new_id, parse_id
from server.web import actor, deps, during_call, large_form, page, render, see_other, staff

LONGEST = 4000
POLICY = "default-src 'none'; sandbox"


async def show_thread(request: Request) -> Response:
    """Show the thread; as a part of the case's page when htmx asks for one."""
    return await _show(request, {}, {})


async def post_message(request: Request) -> Response:
    """Write in the thread, or say next to the field what is wrong and keep what was typed."""
    posted = await request.form()
    form = Form(dict(posted))
    try:
        body = form.optional("body", LONGEST)
        form.check()
        files = [await _sent(one) for one in posted.getlist("files") if isinstance(one, UploadFile) and one.filename]
        new = NewMessage(parse_id(form.values.get("key", "")) or new_id(), body, files)
        await write_message(deps(request), live(request), actor(request), consult_id(request), new)
    except Invalid as error:
        return await _show(request, form.values, error.errors, error.status)
    return await _done(request)


async def post_take(request: Request) -> Response:
    """Take the case, or read who has it."""
    try:
        await take_case(deps(request), live(request), actor(request), consult_id(request))
    except Conflict as error:
        return await _show(request, {}, {}, error.status, error.message)
    return see_other(f"/consults/{consult_id(request)}")


async def post_pass_on(request: Request) -> Response:
    """Give the case to a colleague or to a group."""
    form = Form(dict(await request.form()))
    whom = parse_id(form.values.get("whom", ""))
    try:
        await pass_on(deps(request), live(request), actor(request), consult_id(request), whom)
    except Invalid as error:
        return await _show(request, form.values, error.errors, error.status)
    except Conflict as error:
        return await _show(request, {}, {}, error.status, error.message)
    return see_other("/consults")


async def show_attachment(request: Request) -> Response:
    """Give a file to be looked at or saved, as what it is and nothing else."""
    tools = deps(request)
    attachment_id = parse_id(request.path_params["attachment_id"])
    async with tools.database.read() as session:
        case = await case_by_id(session, actor(request), Action.READ_CONSULT, consult_id(request))
        found = await attachment_by_id(session, tools.keyring, case, attachment_id)
    await note_read(tools, case.actor, Subject("Media", attachment_id, case.consult.patient_id), case.why)
    how = "attachment" if found.media_type == MediaType.PDF else "inline"
    headers = {
        "Content-Security-Policy": POLICY,
        "Content-Disposition": f'{how}; filename="{found.name.encode("ascii", "replace").decode().replace("?", "_")}"',
    }
    return Response(found.content, media_type=found.media_type, headers=headers)


async def _show(
    request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200, trouble: str = ""
) -> Response:
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        try:
            case = await case_by_id(session, who, Action.READ_CONSULT, consult_id(request))
        except Forbidden as refused:
            case = await _headline(session, request, refused)
            context = {**await _head(session, request, case), "trouble": trouble, "errors": errors, "values": values}
            return render(request, "consults/take.html", status, **context)
        entries = await thread_of(session, tools.keyring, case)
        head = await _head(session, request, case)
    await note_read(tools, case.actor, Subject("Communication", None, case.consult.patient_id), case.why)
    context = {
        **head,
        "entries": entries,
        "may_write": (case.is_requester or case.is_specialist) and case.consult.status != Status.CLOSED,
        "most": AT_ONCE,
        "limits": {"files": MOST, "size": LARGEST // (1024 * 1024)},
        "values": {"key": str(new_id()), **values},
        "errors": errors,
        "trouble": trouble,
    }
    part = request.headers.get("hx-request")
    return render(request, "consults/_thread.html" if part else "consults/thread.html", status, **context)


async def _headline(session: AsyncSession, request: Request, refused: Forbidden) -> Case:
    """Give a case to who could take it; whoever could not is refused as they were before."""
    try:
        return await case_by_id(session, actor(request), Action.ANSWER_CONSULT, consult_id(request))
    except Forbidden:
        raise refused from None


async def _head(session: AsyncSession, request: Request, case: Case) -> dict[str, Any]:
    """Gather whose turn a case is, until when, and what the reader can do about that."""
    tools, consult, me = deps(request), case.consult, case.actor.account_id
    last = await last_assignment(session, consult.id) if not consult.accepted_by else None
    groups = dict(await groups_for(session, consult))
    accounts = {one for one in (consult.accepted_by, consult.requester_id, last.account_id if last else None) if one}
    names = await formal_names(session, case.actor, accounts)
    may_have_it = me in await may_take(session, consult)
    is_written = consult.status == Status.WRITTEN
    given_to = ""
    if last is not None:
        given_to = names.get(last.account_id, "") if last.account_id else groups.get(last.group_id or new_id(), "")
    passing = is_written and (case.is_specialist or may_have_it)
    return {
        "case": case,
        "requester": names.get(consult.requester_id, ""),
        "owner": names.get(consult.accepted_by, "") if consult.accepted_by else "",
        "given_to": given_to,
        "standing": standing(consult.status, consult.created_at, consult.written_due_at, tools.now()),
        "is_written": is_written,
        "may_take": may_have_it,
        "colleagues": await colleagues_for(session, consult, me) if passing else (),
        "groups": list(groups.items()) if passing else (),
        "zone": case.clinic.time_zone,
        "urgencies": URGENCIES,
    }


async def _done(request: Request) -> Response:
    return (
        await _show(request, {}, {})
        if request.headers.get("hx-request")
        else see_other(f"/consults/{consult_id(request)}")
    )


async def _sent(file: UploadFile) -> Sent:
    return Sent(file.filename or "", await file.read())


_WRITE = large_form(during_call(staff(Action.HOLD_CONSULT)), files=AT_ONCE, megabytes=AT_ONCE * LARGEST // 2**20)
_READ, _ANSWER = during_call(staff(Action.READ_CONSULT)), during_call(staff(Action.ANSWER_CONSULT))
_BASE = "/consults/{consult_id}"

routes: list[BaseRoute] = [
    page(f"{_BASE}/thread", show_thread, _READ),
    page(f"{_BASE}/thread", post_message, _WRITE, "POST"),
    page(f"{_BASE}/take", post_take, _ANSWER, "POST"),
    page(f"{_BASE}/pass-on", post_pass_on, _ANSWER, "POST"),
    page(f"{_BASE}/attachments/{{attachment_id}}", show_attachment, _READ),
]
