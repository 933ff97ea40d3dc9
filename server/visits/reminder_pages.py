"""What a patient says by a link: that they come, or that they want no more reminders. GET changes nothing."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note_read
from server.calls import live
from server.directory import patient_contact
from server.identity import AccessLink, guest_of, open_link
from server.kit import Form
from server.scheduling import who_comes
from server.visits.link_request import limit_links, link_token
from server.visits.reminder_actions import may_answer, say_coming, stop_reminders
from server.visits.rules import masked_email, masked_phone
from server.visits.store import Visit, visit_by_id
from server.web import PUBLIC, client_address, deps, page, render, see_other, use_language


async def coming_of(request: Request, link: AccessLink, visit: Visit) -> dict[str, Any] | None:
    """Give what a link's page asks about coming; None where there is nothing to ask."""
    if not may_answer(visit, link, deps(request)):
        return None
    async with deps(request).database.read() as session:
        comes = await who_comes(session, guest_of(link, ""), [visit.appointment.id])
    base = f"/v/{link_token(request)}"
    return {"path": f"{base}/coming", "reminders": f"{base}/reminders", "said": bool(comes)}


async def post_coming(request: Request) -> Response:
    """Note that they come, and show the visit again."""
    await limit_links(request)
    await say_coming(deps(request), live(request), link_token(request), client_address(request))
    return see_other(f"/v/{link_token(request)}")


async def show_reminders(request: Request) -> Response:
    """Show by what the patient is reminded, with a button for each to end it."""
    await limit_links(request)
    tools = deps(request)
    link, _ = await open_link(tools, link_token(request))
    guest = guest_of(link, client_address(request))
    async with tools.database.read() as session:
        visit = await visit_by_id(session, guest, Action.ATTEND_VISIT, link.subject_id)
    await note_read(tools, guest, Subject("Patient", visit.patient.id, visit.patient.id), visit.why)
    use_language(request, visit.patient.language)
    contact, patient = patient_contact(tools.keyring, visit.patient), visit.patient
    ways = {
        "mail": masked_email(contact.email) if patient.mail_reminders else "",
        "text": masked_phone(contact.phone) if patient.text_reminders else "",
    }
    stopped = request.query_params.get("stopped", "")
    return render(request, "visits/reminders.html", clinic=visit.clinic, ways=ways, stopped=stopped)


async def post_reminders(request: Request) -> Response:
    """End the reminders of one kind."""
    await limit_links(request)
    form = Form(dict(await request.form()))
    channel = form.choice("stop", ("mail", "text"))
    form.check()
    await stop_reminders(deps(request), link_token(request), client_address(request), channel)
    return see_other(f"/v/{link_token(request)}/reminders?stopped={channel}")


routes: list[BaseRoute] = [
    page("/v/{token}/coming", post_coming, PUBLIC, "POST"),
    page("/v/{token}/reminders", show_reminders, PUBLIC),
    page("/v/{token}/reminders", post_reminders, PUBLIC, "POST"),
]
