"""The patient's link: what it says at which time, the one question, and a second device that asks to come in.

GET never spends anything: mail scanners follow links. The date of birth on POST binds the link to the browser.
"""

from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note_read
from server.calls import live
from server.identity import (
    DEVICE_COOKIE,
    VISIT_COOKIE,
    AccessLink,
    Browser,
    LinkState,
    browser_secret,
    guest_of,
    link_by_asking,
    link_by_browser,
    link_state,
    may_plan,
    open_link,
    prove_link,
    spend_link_code,
    waiting_device,
)
from server.kit import N_, Form, Secret, new_secret
from server.outbox import can_send
from server.scheduling import visit_types
from server.visits.actions import tell_staff
from server.visits.call import visit_words
from server.visits.link_request import limit_links
from server.visits.mail import link_url, patient_email
from server.visits.patient_actions import send_device_code
from server.visits.reminder_pages import coming_of
from server.visits.rules import in_app_browser, masked_email, starts_in
from server.visits.store import Safety, Visit, visit_by_id
from server.web import PUBLIC, client_address, deps, page, read_cookie, render, see_other, set_cookie, use_language

_COOKIE_SECONDS = 86400
WRONG_BIRTH_DATE = N_("This does not fit this visit. Check the date and try again.")
WRONG_CODE = N_("This code does not fit, or is older than 10 minutes. Ask for a new one.")


async def show_link(request: Request) -> Response:
    """Show what the link is for and ask for the date of birth, or say why it does not open and what to do next."""
    await limit_links(request)
    link, state = await open_link(deps(request), request.path_params["token"])
    holds = link.browser_hash == waiting_device(request) and request.state.patient is not None
    if holds and state is not LinkState.ENDED:
        return see_other("/visit")
    device = read_cookie(request, deps(request).settings, DEVICE_COOKIE)
    own = browser_secret(deps(request), device, link)
    if link.browser_hash == own.digest and state is LinkState.USABLE:
        return _lead_on(request, own, "/visit")  # the same phone, which has another visit open too
    response = await _page(request, link, state, {}, {})
    if not device:
        set_cookie(response, deps(request).settings, DEVICE_COOKIE, new_secret().text, max_age=_COOKIE_SECONDS)
    return response


async def prove(request: Request) -> Response:
    """Take the date of birth; right, it binds this browser or, where another one holds the link, lets it ask."""
    await limit_links(request)
    link, state = await open_link(deps(request), request.path_params["token"])
    form = Form(dict(await request.form()))
    born = form.birth_date("born", deps(request).now().date())
    if state is not LinkState.USABLE or born is None:
        return await _page(request, link, state, form.values, form.errors, 422 if form.errors else 200)
    browser = await _prove(request, born)
    if browser is None:
        link, state = await open_link(deps(request), request.path_params["token"])
        if state is LinkState.LOCKED:
            await tell_staff(live(request), await _visit(request, link))
        return await _page(request, link, state, form.values, {"born": WRONG_BIRTH_DATE}, 422)
    return await _proved(request, link, browser)


async def _proved(request: Request, link: AccessLink, browser: Browser) -> Response:
    if not browser.let_in:
        await tell_staff(live(request), await _visit(request, link))
    return _lead_on(request, browser.secret, "/visit" if browser.let_in else "/visit/device")


async def _prove(request: Request, born: date) -> Browser | None:
    device = read_cookie(request, deps(request).settings, DEVICE_COOKIE)
    token, holder = request.path_params["token"], waiting_device(request)
    return await prove_link(deps(request), token, born.isoformat(), holder, device)


def _lead_on(request: Request, secret: Secret, path: str) -> Response:
    response = see_other(path)
    set_cookie(response, deps(request).settings, VISIT_COOKIE, secret.text, max_age=_COOKIE_SECONDS)
    return response


async def show_device(request: Request) -> Response:
    """Show a second device how to come in; once it was let in, lead on."""
    tools, asking = deps(request), waiting_device(request)
    async with tools.database.read() as session:
        if await link_by_browser(session, asking) is not None:
            return see_other("/visit")
    return await _device(request, asking, "", {})


async def send_code(request: Request) -> Response:
    """Mail a code to the contact on file."""
    await limit_links(request)
    sent = await send_device_code(deps(request), waiting_device(request))
    return await _device(request, waiting_device(request), "sent" if sent else "", {})


async def take_code(request: Request) -> Response:
    """Take the mailed code and let this device in; the first one is signed out."""
    await limit_links(request)
    code = str((await request.form()).get("code", "")).strip()
    link = await spend_link_code(deps(request), waiting_device(request), code)
    if link is None:
        return await _device(request, waiting_device(request), "sent", {"code": WRONG_CODE}, 422)
    await tell_staff(live(request), await _visit(request, link))
    return see_other("/visit")


async def _device(request: Request, asking: bytes, sent: str, errors: dict[str, str], status: int = 200) -> Response:
    async with deps(request).database.read() as session:
        link = await link_by_asking(session, asking)
    state = link_state(link, deps(request).now())
    if state is not LinkState.USABLE:
        return await _page(request, link, state, {}, {}, status)
    visit = await _visit(request, link)
    await _note_look(request, link, visit)
    use_language(request, visit.patient.language)
    address = patient_email(deps(request), visit) if can_send(deps(request).settings) else ""
    context = {"words": _words(visit), "address": masked_email(address), "sent": sent, "errors": errors}
    return render(request, "visits/device.html", status, **context)


async def _page(
    request: Request,
    link: AccessLink,
    state: LinkState,
    values: dict[str, str],
    errors: dict[str, str],
    status: int = 200,
) -> Response:
    visit = await _visit(request, link)
    await _note_look(request, link, visit)
    use_language(request, visit.patient.language)
    words = _words(visit)
    token = request.path_params.get("token", "")
    plans = await _plans(request, link, state) if token else ""
    coming = await coming_of(request, link, visit) if token else None
    if state is not LinkState.USABLE:
        known = {"state": state, "opens_at": link.opens_at, "zone": visit.patient.time_zone}
        context: dict[str, Any] = {**known, "plans": plans, "coming": coming}
        return render(request, "visits/link_closed.html", status, words=words, **context)
    system = "" if "here" in request.query_params else in_app_browser(request.headers.get("user-agent", ""))
    if system and request.method != "POST":
        url = link_url(deps(request), request.path_params["token"])
        return render(request, "visits/in_app.html", words=words, system=system, url=url)
    minutes = starts_in(visit.appointment.starts_at, deps(request).now())
    context = {"words": words, "starts_in": minutes, "values": values, "errors": errors}
    context |= {"plans": plans, "coming": coming}
    return render(request, "visits/link.html", status, **context)


async def _plans(request: Request, link: AccessLink, state: LinkState) -> str:
    """Give where the visit is changed, or where it is over another one is booked; empty where neither can be."""
    if not may_plan(link, deps(request).now()):
        return ""
    async with deps(request).database.read() as session:
        books = await visit_types(session, guest_of(link, ""), self_bookable=True)
    is_ahead = state in {LinkState.EARLY, LinkState.USABLE}
    return f"/v/{request.path_params['token']}/plan" if is_ahead or books else ""


async def _visit(request: Request, link: AccessLink) -> Visit:
    guest = guest_of(link, client_address(request))
    async with deps(request).database.read() as session:
        return await visit_by_id(session, guest, Action.ATTEND_VISIT, link.subject_id)


async def _note_look(request: Request, link: AccessLink, visit: Visit) -> None:
    """With whom and when the visit is, is shown to whoever has the link, before anything is proved."""
    guest = guest_of(link, client_address(request))
    about = Subject("Encounter", visit.encounter.id, visit.patient.id)
    await note_read(deps(request), guest, about, "visit link")


def _words(visit: Visit) -> dict[str, object]:
    """Only what may be seen before the date of birth is known: with whom, where and when."""
    known = visit_words(visit, Safety(), visit.patient.time_zone)
    kept = ("practitioner_name", "clinic_name", "clinic_phone", "starts", "ends", "day", "zone")
    return {key: known[key] for key in kept} | {
        "specialty": visit.lead.specialty,
        "cancelled": visit.encounter.status == "cancelled",
        "moved": visit.appointment.sequence > 0,
    }


routes: list[BaseRoute] = [
    page("/v/{token}", show_link, PUBLIC),
    page("/v/{token}", prove, PUBLIC, "POST"),
    page("/visit/device", show_device, PUBLIC),
    page("/visit/device", take_code, PUBLIC, "POST"),
    page("/visit/device/code", send_code, PUBLIC, "POST"),
]
