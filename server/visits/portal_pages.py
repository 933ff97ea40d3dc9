"""The pages of a patient who is signed in with an account: one's visits, joining one, and who looked at the record."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action, Why
from server.audit import Subject, looks_at_patient, note_read
from server.calls import live
from server.directory import formal_name
from server.identity import (
    DEVICE_COOKIE,
    STAFF_COOKIE,
    VISIT_COOKIE,
    LinkState,
    act_as_patient,
    act_as_staff,
    link_state,
    names_of_accounts,
    waiting_device,
)
from server.kit import NotFound, new_secret
from server.kit.ids import parse_id
from server.scheduling import visit_types
from server.visits.portal_actions import join_own_visit
from server.visits.portal_rules import cut_page, is_to_come, outcome_words, role_words, visitors_by_day
from server.visits.portal_store import MOST_VISITS, OwnVisit, own_record, own_visits
from server.web import actor, deps, page, portal, read_cookie, render, see_other, set_cookie, signed_in, use_language

LOOKS_ON_A_PAGE = 100
_COOKIE_SECONDS = 86400


async def show_my(request: Request) -> Response:
    """Show the patient's visits, those to come first."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        own = await own_record(session, who)
        visits = await own_visits(session, who)
        books = bool(await visit_types(session, who, self_bookable=True))
    await note_read(tools, who, Subject("Encounter", None, who.patient_id), Why.OWN_RECORD)
    use_language(request, own.patient.language)
    now, zone = tools.now(), own.patient.time_zone
    coming = [visit for visit in visits if _is_to_come(visit, now)]
    past = [visit for visit in visits if not _is_to_come(visit, now)]
    context: dict[str, Any] = {"coming": [_words(visit, zone, now) for visit in reversed(coming)]}
    context["past"] = [_words(visit, zone, now) for visit in past]
    return render(request, "portal/my.html", own=own, books=books, more=len(visits) == MOST_VISITS, **context)


async def join(request: Request) -> Response:
    """Take this browser into a visit whose time has come, or let it ask where another device is in it."""
    tools, encounter_id = deps(request), parse_id(request.path_params["encounter_id"])
    device = read_cookie(request, tools.settings, DEVICE_COOKIE) or new_secret().text
    browser = await join_own_visit(tools, live(request), actor(request), encounter_id, waiting_device(request), device)
    response = see_other("/visit" if browser.let_in else "/visit/device")
    set_cookie(response, tools.settings, DEVICE_COOKIE, device, max_age=_COOKIE_SECONDS)
    set_cookie(response, tools.settings, VISIT_COOKIE, browser.secret.text, max_age=_COOKIE_SECONDS)
    return response


async def show_access(request: Request) -> Response:
    """Show who looked at the record and who changed something, newest first."""
    tools, who = deps(request), actor(request)
    before = _moment(request.query_params.get("before", ""))
    async with tools.database.read() as session:
        own = await own_record(session, who)
        events = await looks_at_patient(session, who, before=before, limit=LOOKS_ON_A_PAGE + 1)
        names = await names_of_accounts(session, {event.account_id for event in events if event.account_id})
    await note_read(tools, who, Subject("AuditEvent", None, who.patient_id), Why.OWN_RECORD)
    use_language(request, own.patient.language)
    shown, older = cut_page(events, LOOKS_ON_A_PAGE)
    days = visitors_by_day(shown, own.patient.time_zone)
    context: dict[str, Any] = {"days": days, "names": names, "zone": own.patient.time_zone, "role_words": role_words}
    return render(request, "portal/access.html", own=own, older=older.isoformat() if older else "", **context)


async def switch(request: Request) -> Response:
    """Go over to another patient of the account, to the first one from one's work, or back to one's work."""
    to = str((await request.form()).get("to", ""))
    tools, who, patient_id = deps(request), actor(request), parse_id(to)
    if to == "work":
        secret, path = await act_as_staff(tools, who), "/"
    elif to and patient_id is None:
        raise NotFound
    else:
        secret, path = await act_as_patient(tools, who, patient_id), "/my"
    response, settings = see_other(path), tools.settings
    set_cookie(response, settings, STAFF_COOKIE, secret.text, max_age=settings.session_hours * 3600)
    return response


def _is_to_come(visit: OwnVisit, now: datetime) -> bool:
    open_still = link_state(visit.link, now) is LinkState.USABLE  # for a while after the planned end
    may_come = open_still or now < visit.appointment.ends_at
    return is_to_come(visit.appointment.status, visit.encounter.status, may_come=may_come)


def _words(visit: OwnVisit, zone: str, now: datetime) -> dict[str, Any]:
    planned, state = visit.appointment, link_state(visit.link, now)
    return {
        "id": visit.encounter.id,
        "starts_at": planned.starts_at,
        "ends_at": planned.ends_at,
        "date": planned.starts_at.astimezone(ZoneInfo(zone)).date(),
        "practitioner": formal_name(visit.practitioner),
        "specialty": visit.practitioner.specialty,
        "clinic": visit.clinic,
        "outcome": outcome_words(visit.encounter.status),
        "started": visit.encounter.status != "planned",
        "open": state is LinkState.USABLE,
        "opens_at": visit.link.opens_at if state is LinkState.EARLY else None,
    }


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


_OWN = portal(Action.READ_OWN_RECORD)

routes: list[BaseRoute] = [
    page("/my", show_my, _OWN),
    page("/my/access", show_access, _OWN),
    page("/my/visits/{encounter_id}/join", join, _OWN, "POST"),
    page("/my/switch", switch, signed_in(), "POST"),
]
