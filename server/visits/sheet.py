"""A visit's own page: who, when, its link, and what the patient has confirmed."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from server.access import Action, Why
from server.audit import Subject, note_read
from server.identity import link_state, links_by_ids
from server.outbox import can_send, delivery_of
from server.scheduling import who_comes
from server.visits.attendance_rules import may_be_missed, may_check_in
from server.visits.call import reader_zone, visit_words
from server.visits.day import reason_of
from server.visits.mail import link_url, patient_email
from server.visits.reminder_store import reminders_of
from server.visits.rules import VisitTimes, visit_state
from server.visits.store import opened_safety, safety_checks, visit_by_id
from server.web import actor, deps, render


async def show_sheet(request: Request, encounter_id: UUID | None, link: str, status: int = 200) -> Response:
    """Show a visit's page; with the link's text right after it was made, for it is nowhere kept."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        visit = await visit_by_id(session, who, Action.READ_VISIT, encounter_id)
        checks = await safety_checks(session, who, [visit.encounter.id])
        links = await links_by_ids(session, who, [visit.encounter.link_id])
        delivery = await delivery_of(session, who, visit.encounter.id)
        reminders = await reminders_of(session, who, visit.appointment.id)
        comes = visit.appointment.id in await who_comes(session, who, [visit.appointment.id])
    await note_read(tools, who, Subject("Encounter", visit.encounter.id, visit.patient.id), visit.why)
    encounter, check = visit.encounter, checks.get(visit.encounter.id)
    times = VisitTimes(visit.appointment.status, encounter.status, encounter.arrived_at, encounter.admitted_at)
    context = {
        "visit": visit,
        "words": visit_words(visit, opened_safety(tools.keyring, check), reader_zone(visit, patient=False)),
        "reason": reason_of(tools.keyring, visit.appointment),
        "state": visit_state(times, tools.now()),
        "may_check_in": may_check_in(visit.appointment.status, visit.appointment.starts_at, tools.now()),
        "may_be_missed": may_be_missed(visit.appointment.status, visit.appointment.starts_at, tools.now()),
        "link_state": link_state(links[encounter.link_id], tools.now()),
        "asking": links[encounter.link_id].asking_hash is not None,
        "link": link_url(tools, link) if link else "",
        "email": patient_email(tools, visit) if can_send(tools.settings) else "",
        "can_send": can_send(tools.settings),
        "delivery": delivery,
        "reminders": reminders,
        "comes": comes,
        "is_demo": tools.settings.is_demo,
        "confirmed": check is not None,
        "read_only": visit.why == Why.EMERGENCY,
        "is_mine": any(p.account_id == who.account_id for p in visit.practitioners),
    }
    return render(request, "visits/visit.html", status, **context)
