"""What a patient does on the way into a visit: confirm, arrive, take another device."""

from dataclasses import dataclass

from sqlmodel import delete
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor
from server.audit import Subject, note
from server.calls import Live, Person, room_of, take_seat, ticket_answer
from server.db import after_commit
from server.directory import short_name
from server.identity import expect_code, guest_of, link_by_asking, new_code
from server.kit import Conflict, Gone, N_, field_name
from server.kit.ids import new_id
from server.outbox import queue_mail
from server.visits.actions import OVER
from server.visits.mail import code_mail, patient_email
from server.visits.rules import CONSENT_VERSION
from server.visits.store import Safety, Visit, safety_checks, safety_row, visit_by_id
from server.visits.tables import SafetyCheck, TelehealthConsent
from server.web import Deps


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """Who agrees to the video visit, and in which language the text was shown."""

    given_by: str
    language: str
    giver_name: str = ""
    relationship: str = ""


async def confirm(deps: Deps, live: Live, actor: Actor, consent: ConsentGiven, safety: Safety) -> None:
    """Record the consent, and where and with whom the patient is; confirming again replaces the latter."""
    async with deps.database.write() as session:
        visit = await _running(session, actor)
        await session.exec(delete(SafetyCheck).where(SafetyCheck.encounter_id == visit.encounter.id))
        session.add(safety_row(deps.keyring, visit, new_id(), safety, deps.now()))
        session.add(_consent_row(deps, visit, consent))
        note(session, deps.now(), actor, "confirm", Subject("Consent", visit.encounter.id, visit.patient.id), "own visit link")
        after_commit(session, lambda: live.changed(actor.organization_id, "today"))


async def arrive(deps: Deps, live: Live, actor: Actor) -> dict[str, object]:
    """Seat the patient in the waiting room, or where they already were; gives the answer with the ticket.

    Raises Gone when the visit is over, Conflict before consent and safety are confirmed.
    """
    async with deps.database.write() as session:
        visit = await _running(session, actor)
        if visit.encounter.id not in await safety_checks(session, actor, [visit.encounter.id]):
            raise Conflict(N_("First confirm where you are and that you agree to a video visit."))
        room = await room_of(session, actor, visit.encounter.room_id)
        person = Person(short_name(visit.patient), "patient", patient_id=visit.patient.id)
        seat = await take_seat(session, room, person, "waiting", deps.now())
        if visit.encounter.status == "planned":
            visit.encounter.status, visit.encounter.arrived_at = "arrived", deps.now()
            visit.appointment.status = "arrived"
            note(session, deps.now(), actor, "arrive", Subject("Encounter", visit.encounter.id, visit.patient.id))
            after_commit(session, lambda: live.changed(actor.organization_id, "today"))
    return ticket_answer(deps, live, actor, seat)


async def send_device_code(deps: Deps, asking: bytes) -> bool:
    """Mail a code to the contact on file for the device that asks; False when there is no address."""
    async with deps.database.read() as session:
        link = await link_by_asking(session, asking)
        visit = await visit_by_id(session, guest_of(link, ""), Action.ATTEND_VISIT, link.subject_id)
    if not patient_email(deps, visit):
        return False
    code = new_code()
    mail = code_mail(deps, visit, code)
    async with deps.database.write() as session:
        await expect_code(session, deps, asking, code)
        queue_mail(session, deps, mail)
    return True


async def _running(session: AsyncSession, actor: Actor) -> Visit:
    visit = await visit_by_id(session, actor, Action.ATTEND_VISIT, actor.encounter_id, lock=True)
    if visit.encounter.status in {"finished", "cancelled"}:
        raise Gone(OVER)
    return visit


def _consent_row(deps: Deps, visit: Visit, consent: ConsentGiven) -> TelehealthConsent:
    row_id = new_id()

    def sealed(column: str, text: str) -> bytes | None:
        return deps.keyring.seal(text, field_name("telehealth_consent", row_id, column)) if text else None

    return TelehealthConsent(
        id=row_id,
        organization_id=visit.encounter.organization_id,
        encounter_id=visit.encounter.id,
        patient_id=visit.patient.id,
        text_version=CONSENT_VERSION,
        language=consent.language,
        given_by=consent.given_by,
        giver_name=sealed("giver_name", consent.giver_name),
        relationship=sealed("relationship", consent.relationship),
        given_at=deps.now(),
    )
