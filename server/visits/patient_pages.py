"""The patient's way in: before we start, then one page for device check, waiting room and call, then the end."""

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from server.access import Action, Actor
from server.audit import Subject, note_read
from server.calls import TICKETS, chat_history, live, seats_of
from server.directory import STATES, short_name
from server.kit import N_, Form, Invalid
from server.scheduling import visit_types
from server.visits.account_pages import offers_account
from server.visits.call import PATIENT_URLS, call_config, chat_answer, visit_words
from server.visits.patient_actions import ConsentGiven, arrive, confirm, refuse_expired
from server.visits.rules import GIVERS, Step, is_overdue, patient_step, room_entrance
from server.visits.store import Safety, Visit, last_safety_check, opened_safety, safety_checks, visit_by_id
from server.web import actor, deps, page, patients, render, see_other, use_language

PATHS = {Step.BEFORE: "/visit/before", Step.ROOM: "/visit/room", Step.CLOSED: "/visit/closed"}
_ATTEND = patients(Action.ATTEND_VISIT)


async def next_step(request: Request) -> Response:
    """Lead to the page that comes next."""
    _, step = await _visit(request)
    return see_other(PATHS[step])


async def show_before(request: Request) -> Response:
    """Ask for consent, and where and with whom the patient is; filled in from last time."""
    visit, step = await _visit(request)
    if step is Step.CLOSED:
        return see_other(PATHS[step])
    last = await _last(request, visit)
    await _note_look(request, visit, "SafetyCheck")
    return _before(request, visit, last, _first_values(last), {})


async def take_before(request: Request) -> Response:
    """Keep consent and safety check and lead on to the device check."""
    visit, step = await _visit(request)
    if step is Step.CLOSED:
        return see_other(PATHS[step])
    form, last = Form(dict(await request.form())), await _last(request, visit)
    try:
        safety, consent = _read_safety(form, last), _read_consent(form, use_language(request, visit.patient.language))
        form.check()
    except Invalid as error:
        await _note_look(request, visit, "SafetyCheck")
        return _before(request, visit, last, error.values, error.errors, error.status)
    await confirm(deps(request), live(request), actor(request), consent, safety)
    return see_other(PATHS[Step.ROOM])


async def show_room(request: Request) -> Response:
    """Show the one page that takes the patient from the device check through the waiting room into the call."""
    visit, step = await _visit(request)
    if step is not Step.ROOM:
        return see_other(PATHS[step])
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        seats = await seats_of(session, who, [visit.encounter.room_id])
        check = (await safety_checks(session, who, [visit.encounter.id])).get(visit.encounter.id)
    await _note_look(request, visit, "Encounter")
    standing = next((seat.standing for seat in seats if seat.patient_id == visit.patient.id), None)
    entrance = room_entrance(standing, joining="join" in request.query_params)
    config = call_config(visit, "patient", short_name(visit.patient), PATIENT_URLS, entrance)
    words = visit_words(visit, opened_safety(tools.keyring, check), visit.patient.time_zone)
    context = {
        "arrived": standing is not None,
        "overdue": _overdue(request, visit),
        "chat_days": tools.settings.chat_days,
    }
    return render(request, "visits/room.html", config=config, visit=words, urls=PATIENT_URLS, **context)


async def show_news(request: Request) -> Response:
    """Show what the waiting room has to say: how late it is, and another way when nobody comes."""
    visit, _ = await _visit(request)
    await _note_look(request, visit, "Encounter")
    words = visit_words(visit, Safety(), visit.patient.time_zone)
    return render(request, "visits/_news.html", visit=words, overdue=_overdue(request, visit))


async def show_closed(request: Request) -> Response:
    """Show that the visit is over, or that the patient has left one that goes on."""
    visit, step = await _visit(request)
    await _note_look(request, visit, "Encounter")
    words = visit_words(visit, Safety(), visit.patient.time_zone)
    signed_in: Actor | None = request.state.portal
    has_account = signed_in is not None and signed_in.patient_id == visit.patient.id
    async with deps(request).database.read() as session:
        books = bool(await visit_types(session, actor(request), self_bookable=True))
    context = {
        "books": books,
        "cancelled": visit.encounter.status == "cancelled",
        "over": step is Step.CLOSED,
        "has_account": has_account,
        "offers": offers_account(request, visit),
    }
    return render(request, "visits/closed.html", visit=words, **context)


async def ticket(request: Request) -> Response:
    """Enter the waiting room, or come back to where the patient was; gives the ticket."""
    await deps(request).limits.spend("ticket", TICKETS, actor(request).session_key)
    return JSONResponse(await arrive(deps(request), live(request), actor(request)))


async def chat(request: Request) -> Response:
    """Give what was written in the room, to a patient who has been admitted."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        visit, _ = await _look(request, session)
        seats = await seats_of(session, who, [visit.encounter.room_id])
        admitted = any(s.patient_id == visit.patient.id and s.standing == "admitted" for s in seats)
        lines = await chat_history(session, who, tools.keyring, visit.encounter.room_id) if admitted else []
    await _note_look(request, visit, "Encounter")
    return JSONResponse(chat_answer(lines))


async def _visit(request: Request) -> tuple[Visit, Step]:
    async with deps(request).database.read() as session:
        return await _look(request, session)


async def _look(request: Request, session: AsyncSession) -> tuple[Visit, Step]:
    who = actor(request)
    visit = await visit_by_id(session, who, Action.ATTEND_VISIT, who.encounter_id)
    confirmed = visit.encounter.id in await safety_checks(session, who, [visit.encounter.id])
    use_language(request, visit.patient.language)
    await refuse_expired(session, deps(request), who, visit)
    return visit, patient_step(visit.encounter.status, confirmed=confirmed)


async def _last(request: Request, visit: Visit) -> Safety:
    tools = deps(request)
    async with tools.database.read() as session:
        row = await last_safety_check(session, actor(request), visit.patient.id)
    return opened_safety(tools.keyring, row)


async def _note_look(request: Request, visit: Visit, entity: str) -> None:
    about = Subject(entity, visit.encounter.id, visit.patient.id)
    await note_read(deps(request), actor(request), about, visit.why)


def _overdue(request: Request, visit: Visit) -> bool:
    return is_overdue(visit.appointment.starts_at, visit.encounter.late_minutes, deps(request).now())


def _before(
    request: Request, visit: Visit, last: Safety, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    words = visit_words(visit, last, visit.patient.time_zone)
    context = {"visit": words, "last": last, "values": values, "errors": errors, "states": STATES, "givers": GIVERS}
    return render(request, "visits/before.html", status, **context)


def _first_values(last: Safety) -> dict[str, str]:
    return {
        "where": "same" if last.street else "other",
        "street": "",
        "city": "",
        "state": last.state,
        "phone": last.phone,
        "emergency_name": last.emergency_name,
        "emergency_phone": last.emergency_phone,
        "company": "",
        "others_present": "",
        "given_by": "patient",
        "giver_name": "",
        "relationship": "",
        "agree": "",
    }


def _read_safety(form: Form, last: Safety) -> Safety:
    same = bool(last.street) and form.values.get("where") == "same"
    street = last.street if same else form.text("street", N_("Enter the street and number where you are now."))
    city = last.city if same else form.text("city", N_("Enter the town or city."), 80)
    state = last.state if same else form.choice("state", STATES, N_("Choose the state where you are now."))
    company = form.choice("company", ("alone", "others"), N_("Tell us whether anyone is with you."))
    others = form.text("others_present", N_("Tell us who is with you."), 200) if company == "others" else ""
    return Safety(
        street=street,
        city=city,
        state=state,
        phone=form.phone("phone"),
        emergency_name=form.text("emergency_name", N_("Enter the name of someone we can call."), 80),
        emergency_phone=form.phone("emergency_phone"),
        others_present=others,
    )


def _read_consent(form: Form, language: str) -> ConsentGiven:
    given_by = form.choice("given_by", GIVERS)
    name = relationship = ""
    if given_by not in {"", "patient"}:
        name = form.text("giver_name", N_("Enter the name of the person who agrees."), 80)
        relationship = form.text("relationship", N_("Enter how this person is related to the patient."), 80)
    if not form.ticked("agree"):
        form.wrong("agree", N_("Tick this if you agree. If you do not, call the clinic to be seen another way."))
    return ConsentGiven(given_by, language, name, relationship)


routes: list[BaseRoute] = [
    page("/visit", next_step, _ATTEND),
    page("/visit/before", show_before, _ATTEND),
    page("/visit/before", take_before, _ATTEND, "POST"),
    page("/visit/room", show_room, _ATTEND),
    page("/visit/news", show_news, _ATTEND),
    page("/visit/closed", show_closed, _ATTEND),
    page("/visit/ticket", ticket, _ATTEND, "POST"),
    page("/visit/chat", chat, _ATTEND),
]
