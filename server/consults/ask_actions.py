"""Asking for a consult: the case, whom the matching found for it, and its first rings, in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, account_of, require
from server.audit import Subject, note
from server.calls import Live
from server.consults.case_rules import CONSENT_VERSION, years_old
from server.consults.case_store import seal_question, was_asked
from server.consults.case_tables import Consult
from server.consults.match_store import accounts_in, covering_in, keep_matching, matching_of, on_duty_in
from server.consults.matching_rules import Matching
from server.consults.plan_store import plan_of
from server.consults.ring_actions import Desk, keep_event, settle, start
from server.consults.ring_events import FallBackToWritten
from server.consults.ring_state import Plan, WhyWritten, Written
from server.consults.service_rules import Mode, Situation, Urgency
from server.consults.service_store import offered_at, service_by_id
from server.consults.service_tables import ConsultService
from server.directory import Clinic, Patient, clinic_by_id, practitioner_of_account
from server.kit import N_, Gone, Invalid
from server.kit.ids import AccountId
from server.visits import Visit, record_of_patient, visit_by_id
from server.web import Deps

OVER = N_("This visit is over.")


@dataclass(frozen=True, slots=True)
class NewConsult:
    """A consult to ask for. `key` becomes its id, so that a form sent twice asks once.

    Without a patient it is de-identified. `present` has the specialist come into the visit `encounter_id`, for which
    the patient must have `agreed`. `question` is JSON. `state` is where the patient is, `age` in years.
    """

    key: UUID
    service_id: UUID
    clinic_id: UUID
    mode: Mode
    urgency: Urgency
    question: str
    patient_id: UUID | None = None
    encounter_id: UUID | None = None
    present: bool = False
    agreed: bool = False
    state: str = ""
    age: int | None = None


async def ask_consult(deps: Deps, live: Live, actor: Actor, new: NewConsult) -> None:
    """Ask. Raises NotFound or Forbidden for what the actor may not ask about, Gone when the visit is over, Invalid.

    Whom it finds is looked up before the transaction: meanwhile nobody waits for the writer.
    """
    require(actor, Action.ASK_CONSULT, Record(actor.organization_id))
    sealed = seal_question(deps.keyring, new.key, new.question)
    async with deps.database.read() as session:
        if await was_asked(session, actor, new.key):
            return
        found = await _found(session, deps, actor, new, sealed)
    try:
        async with deps.database.write() as session:
            if not await was_asked(session, actor, new.key):
                await _ask(session, deps, live, actor, new, found)
    except IntegrityError:  # PostgreSQL lets the same form in twice at once; the second then meets the key of the first
        async with deps.database.read() as session:
            if not await was_asked(session, actor, new.key):
                raise


@dataclass(frozen=True, slots=True)
class _Found:
    """A case that is to be kept, who may take it, and how it rings."""

    consult: Consult
    matching: Matching
    plan: Plan


async def _found(session: AsyncSession, deps: Deps, actor: Actor, new: NewConsult, sealed: bytes) -> _Found:
    clinic = await clinic_by_id(session, actor, new.clinic_id)
    service = await _service(session, actor, new.service_id, clinic)
    patient = await _patient(session, actor, new)
    consult = await _row(session, deps, actor, new, patient, sealed)
    matching = await matching_of(session, deps, actor, consult, service, clinic)
    plan = await plan_of(session, actor, consult.service_id, new.urgency, covering_in(matching), accounts_in(matching))
    return _Found(consult, matching, plan)


async def _service(session: AsyncSession, actor: Actor, service_id: UUID, clinic: Clinic) -> ConsultService:
    if service_id in await offered_at(session, actor, clinic.id):
        return await service_by_id(session, actor, service_id)
    raise Invalid({"service": N_("Choose a service that covers this clinic.")}, {})


async def _ask(session: AsyncSession, deps: Deps, live: Live, actor: Actor, new: NewConsult, found: _Found) -> None:
    if new.encounter_id:
        await _running(session, actor, new.encounter_id, lock=True)
    consult = found.consult
    desk = Desk(session, deps, live, consult)
    session.add(consult)
    await keep_matching(session, consult, found.matching)  # before a round robin is held: that is to be short
    await _begin(desk, new, found)
    keep_event(desk, "asked", actor.account_id)
    why = "with the patient's consent" if consult.consent_at else ""
    note(session, deps.now(), actor, "ask_consult", Subject("ServiceRequest", consult.id, consult.patient_id), why)


async def _begin(desk: Desk, new: NewConsult, found: _Found) -> None:
    if new.mode is Mode.WRITTEN or not found.plan.paths:
        nobody: frozenset[AccountId] = frozenset()
        why = WhyWritten.CHOSEN
        await settle(desk, Written(why, new.urgency, nobody, 0), (FallBackToWritten(why),))
    else:
        await start(desk, found.plan, new.urgency, on_duty_in(found.matching))


async def _running(session: AsyncSession, actor: Actor, encounter_id: UUID, *, lock: bool = False) -> Visit:
    visit = await visit_by_id(session, actor, Action.CONDUCT_VISIT, encounter_id, lock=lock)
    if visit.is_over:
        raise Gone(OVER)
    return visit


async def _patient(session: AsyncSession, actor: Actor, new: NewConsult) -> Patient | None:
    """Give whom it is about: a patient whose record the actor may read, in a visit one that they conduct."""
    if new.encounter_id:
        visit = await _running(session, actor, new.encounter_id)
        if new.present and not new.agreed:
            raise Invalid({"agreed": N_("Ask the patient first.")}, {})
        return visit.patient
    if not new.patient_id:
        return None
    return (await record_of_patient(session, actor, Action.READ_RECORD, new.patient_id)).require().patient


def _age(patient: Patient, now: datetime) -> int:
    """Give a patient's age on the day that it is where they live."""
    return years_old(patient.birth_date, now.astimezone(ZoneInfo(patient.time_zone)).date())


async def _row(
    session: AsyncSession, deps: Deps, actor: Actor, new: NewConsult, patient: Patient | None, sealed: bytes
) -> Consult:
    now, agreed = deps.now(), new.agreed and patient is not None
    mine = await practitioner_of_account(session, actor)
    return Consult(
        id=new.key,
        organization_id=actor.organization_id,
        service_id=new.service_id,
        clinic_id=new.clinic_id,
        patient_id=patient.id if patient else None,
        encounter_id=new.encounter_id,
        requester_id=account_of(actor),
        practitioner_id=mine.id if mine else None,
        mode=new.mode,
        urgency=new.urgency,
        situation=Situation.PATIENT_PRESENT if new.present and new.encounter_id else Situation.PEER_ONLY,
        consent_given_by="patient" if agreed else "",
        consent_recorded_by=actor.account_id if agreed else None,
        consent_at=now if agreed else None,
        consent_version=CONSENT_VERSION if agreed else "",
        patient_state=new.state,
        patient_age=_age(patient, now) if patient else new.age,
        language=patient.language if patient else "",
        question=sealed,
        status="",
        ring_state="",
        version=0,
        created_at=now,
    )
