"""What a patient does on the way into a visit: confirm, arrive, take another device."""

from dataclasses import dataclass

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor
from server.audit import Subject, note
from server.calls import Live, Person, room_of, take_seat, ticket_answer
from server.db import after_commit
from server.directory import short_name
from server.identity import LinkState, expect_code, guest_of, link_by_asking, link_state, links_by_ids, new_code
from server.kit import N_, Conflict, Gone, field_name
from server.kit.ids import new_id
from server.outbox import queue_mail
from server.scheduling import Status
from server.visits.actions import OVER, tell_staff
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
        await session.exec(delete(SafetyCheck).where(col(SafetyCheck.encounter_id) == visit.encounter.id))
        session.add(safety_row(deps.keyring, visit, new_id(), safety, deps.now()))
        session.add(_consent_row(deps, visit, consent))
        about = Subject("Consent", visit.encounter.id, visit.patient.id)
        note(session, deps.now(), actor, "confirm", about, visit.why)
        after_commit(session, lambda: tell_staff(live, visit))


async def arrive(deps: Deps, live: Live, actor: Actor) -> dict[str, object]:
    """Seat the patient in the waiting room, or where they already were; gives the answer with the ticket.

    Raises Gone when the visit is over or its link too old, Conflict before consent and safety are confirmed.
    """
    async with deps.database.write() as session:
        visit = await _running(session, actor)
        await refuse_expired(session, deps, actor, visit)
        if visit.encounter.id not in await safety_checks(session, actor, [visit.encounter.id]):
            raise Conflict(N_("First confirm where you are and that you agree to a video visit."))
        room = await room_of(session, actor, visit.encounter.room_id)
        person = Person(short_name(visit.patient), "patient", patient_id=visit.patient.id)
        seat = await take_seat(session, room, person, "waiting", deps.now())
        if visit.encounter.status == "planned":
            visit.encounter.status, visit.encounter.arrived_at = "arrived", deps.now()
            visit.appointment.status = Status.ARRIVED  # also when it was a no-show already
            about = Subject("Encounter", visit.encounter.id, visit.patient.id)
            note(session, deps.now(), actor, "arrive", about, visit.why)
            after_commit(session, lambda: tell_staff(live, visit))
    return ticket_answer(deps, live, actor, seat)


async def refuse_expired(session: AsyncSession, deps: Deps, actor: Actor, visit: Visit) -> None:
    """Raise Gone for somebody who opened the link in time and comes when it is too old; who came in time, stays."""
    links = await links_by_ids(session, actor, [visit.encounter.link_id])
    too_old = link_state(links[visit.encounter.link_id], deps.now()) is LinkState.EXPIRED
    if too_old and visit.encounter.status == "planned":
        raise Gone(N_("Call the clinic for a new time or a new link."))


async def send_device_code(deps: Deps, asking: bytes) -> bool:
    """Mail a code to the contact on file for the device that asks; False when there is no address.

    Raises NotFound when it does not ask, TooMany when codes were sent for this link too often.
    """
    async with deps.database.read() as session:
        link = await link_by_asking(session, asking)
        visit = await visit_by_id(session, guest_of(link, ""), Action.ATTEND_VISIT, link.subject_id)
    if not patient_email(deps, visit) or link_state(link, deps.now()) is not LinkState.USABLE:
        return False
    # by link: whoever asks anew is a new device each time
    await deps.limits.spend("device code", "3/10minutes", str(link.id))
    code = new_code()
    mail = code_mail(deps, visit, code)
    async with deps.database.write() as session:
        await expect_code(session, deps, asking, code)
        queue_mail(session, deps, mail)
    return True


async def _running(session: AsyncSession, actor: Actor) -> Visit:
    visit = await visit_by_id(session, actor, Action.ATTEND_VISIT, actor.encounter_id, lock=True)
    if visit.is_over:
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
