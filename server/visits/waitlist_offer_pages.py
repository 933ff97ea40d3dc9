"""The page on which somebody from the waitlist takes a time that became free, or lets the next one have it.

GET changes nothing; the date of birth on POST does. No cookie: whoever has the link and the date answers.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Actor, Role
from server.audit import Subject, note_read
from server.calls import live
from server.directory import formal_name
from server.kit import N_, Conflict, Form, digest
from server.visits.link_request import limit_links, link_token
from server.visits.waitlist_offer_actions import MAX_WRONG, WrongBirthDate, accept_offer, decline_offer
from server.visits.waitlist_store import OFFERED, Offered, offer_by_token
from server.web import PUBLIC, client_address, deps, page, render, see_other, use_language

WRONG_BIRTH_DATE = N_("This does not fit. Check the date and try again.")


async def show_offer(request: Request) -> Response:
    """Show the time and until when it is kept, or what became of it."""
    return await _show(request, {}, {})


async def answer_offer(request: Request) -> Response:
    """Take the time, or give it back, once the date of birth fits."""
    await limit_links(request)
    tools, token, address = deps(request), link_token(request), client_address(request)
    form = Form(dict(await request.form()))
    answer = form.choice("answer", ("take", "decline"))
    born = form.birth_date("born", tools.now().date())
    if form.errors or born is None:
        return await _show(request, form.values, form.errors, 422)
    try:
        if answer == "take":
            await accept_offer(tools, live(request), token, born, address)
        else:
            await decline_offer(tools, token, born, address)
    except WrongBirthDate:
        return await _show(request, form.values, {"born": WRONG_BIRTH_DATE}, 422)
    except Conflict as error:
        return await _show(request, {}, {}, error.status)
    return see_other(f"/w/{token}")


async def _show(request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    await limit_links(request)
    tools = deps(request)
    async with tools.database.read() as session:
        offered = await offer_by_token(session, digest(link_token(request)))
    patient = offered.patient
    guest = Actor(
        frozenset({Role.PATIENT}), patient.organization_id, patient_id=patient.id, address=client_address(request)
    )
    await note_read(tools, guest, Subject("WaitlistEntry", offered.entry.id, patient.id), "own visit link")
    use_language(request, patient.language)
    context = {
        "clinic": offered.clinic,
        "practitioner": formal_name(offered.practitioner),
        "starts_at": offered.freed.starts_at,
        "minutes": offered.entry.minutes,
        "moves": offered.entry.appointment_id is not None,
        "until": offered.offer.expires_at,
        "zone": patient.time_zone,
        "state": _state(request, offered),
        "values": values,
        "errors": errors,
    }
    return render(request, "visits/waitlist_offer.html", status, **context)


def _state(request: Request, offered: Offered) -> str:
    offer = offered.offer
    if offer.status == OFFERED and deps(request).now() >= offer.expires_at:
        return "expired"
    return "locked" if offer.status == OFFERED and offer.wrong_answers >= MAX_WRONG else offer.status


routes: list[BaseRoute] = [
    page("/w/{token}", show_offer, PUBLIC),
    page("/w/{token}", answer_offer, PUBLIC, "POST"),
]
