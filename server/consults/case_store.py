"""Queries of consult cases, each for an actor and an action. The question and what people wrote is opened in here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select

from server.access import Action, Actor, Record, Role, account_of, require
from server.calls import Room, stays_in
from server.consults.assignment_store import could_take
from server.consults.case_rules import Status
from server.consults.case_tables import Consult, ConsultCandidate, ConsultEvent, ConsultRing
from server.consults.ring_store import was_rung
from server.consults.service_tables import ConsultService
from server.directory import Clinic, Patient, care_team_of
from server.identity import memberships_of
from server.kit import Keyring, NotFound, field_name
from server.kit.ids import AccountId
from server.visits import Encounter

MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class Case:
    """A consult with what its pages show around it; `actor` acts in the organization that it belongs to.

    `visit` is the one that it was asked from.
    """

    consult: Consult
    service: ConsultService
    clinic: Clinic
    patient: Patient | None
    visit: Encounter | None
    actor: Actor
    why: str

    @property
    def talks_in_visit(self) -> bool:
        """Tell whether the talk is in the room of the visit that it was asked from."""
        return (
            self.consult.room_id is not None and self.visit is not None and self.consult.room_id == self.visit.room_id
        )

    @property
    def is_requester(self) -> bool:
        """Tell whether the reader is who asked."""
        return self.actor.account_id == self.consult.requester_id

    @property
    def is_specialist(self) -> bool:
        """Tell whether the reader is who took it."""
        return self.actor.account_id == self.consult.accepted_by


class Talk(StrEnum):
    """What there is to do for the reader about the talk of a case: NONE where there is none, or not for them."""

    NONE = "none"
    JOIN = "join"
    RETURN = "return"
    OVER = "over"


def acting_account(case: Case) -> AccountId:
    """Give the account of a member of staff who reads a case. Raises Forbidden without one."""
    return AccountId(account_of(case.actor))


async def case_by_id(
    session: AsyncSession, actor: Actor, action: Action, consult_id: UUID | None, *, lock: bool = False
) -> Case:
    """Give a case for an action; `lock` holds its row for change. Raises NotFound or Forbidden."""
    query = (
        select(Consult, ConsultService, Clinic, Patient, Encounter)  # type: ignore[call-overload] # at most four
        .join(ConsultService, col(ConsultService.id) == Consult.service_id)
        .join(Clinic, col(Clinic.id) == Consult.clinic_id)
        .outerjoin(Patient, col(Patient.id) == Consult.patient_id)
        .outerjoin(Encounter, col(Encounter.id) == Consult.encounter_id)
        .where(Consult.id == consult_id)
    )
    row = (await session.exec(query.with_for_update(of=[Consult]) if lock else query)).first()
    if row is None:
        raise NotFound
    consult, service, clinic, patient, visit = row
    acting = await acting_in(session, actor, consult.organization_id)
    record = await _record_of(session, acting, action, consult)
    return Case(consult, service, clinic, patient, visit, acting, require(acting, action, record).why)


async def acting_in(session: AsyncSession, actor: Actor, organization_id: UUID) -> Actor:
    """Give the actor as a member of another of their organizations, where rings reach them too.

    Who is none is given back as they are, and finds nothing there.
    """
    if actor.organization_id == organization_id or actor.account_id is None:
        return actor
    memberships = await memberships_of(session, actor.account_id)
    roles = frozenset(Role(row.role) for row in memberships if row.organization_id == organization_id)
    none: frozenset[UUID] = frozenset()
    return replace(actor, organization_id=organization_id, roles=roles, clinics=none) if roles else actor


def cases_in(actor: Actor) -> Select[Consult, ConsultService, Clinic]:
    """Ask for the cases of the acting organization, each with its service and clinic; the caller says for which."""
    return (
        select(Consult, ConsultService, Clinic)
        .join(ConsultService, col(ConsultService.id) == Consult.service_id)
        .join(Clinic, col(Clinic.id) == Consult.clinic_id)
        .where(Consult.organization_id == actor.organization_id)
    )


async def own_cases(session: AsyncSession, actor: Actor) -> Sequence[tuple[Consult, ConsultService, Clinic]]:
    """Give the cases that the actor asked or took in the acting organization, the newest first."""
    mine = or_(col(Consult.requester_id) == actor.account_id, col(Consult.accepted_by) == actor.account_id)
    query = cases_in(actor).where(mine)
    return (await session.exec(query.order_by(col(Consult.id).desc()).limit(MOST_LISTED))).all()


async def case_in_visit(session: AsyncSession, actor: Actor, encounter_id: UUID | None) -> Consult | None:
    """Give the last case that was asked from a visit of the actor's organization, unless it was taken back."""
    query = select(Consult).where(
        Consult.encounter_id == encounter_id,
        Consult.organization_id == actor.organization_id,
        col(Consult.status) != Status.CLOSED,
    )
    return (await session.exec(query.order_by(col(Consult.id).desc()).limit(1))).first()


async def is_conferring(session: AsyncSession, actor: Actor) -> bool:
    """Tell whether two clinicians talk about the patient of the actor's visit in a room of their own now."""
    query = (
        select(Consult.id)
        .join(Room, col(Room.id) == Consult.room_id)
        .join(Encounter, col(Encounter.id) == Consult.encounter_id)
        .where(
            Consult.encounter_id == actor.encounter_id,
            Consult.organization_id == actor.organization_id,
            Consult.status == Status.ACCEPTED,
            col(Room.ended_at).is_(None),
            col(Consult.room_id) != Encounter.room_id,
        )
    )
    return (await session.exec(query.limit(1))).first() is not None


async def talk_of(session: AsyncSession, case: Case) -> Talk:
    """Tell whether the reader may join the talk of a case, come back into it, or finds it over."""
    consult = case.consult
    if consult.status != Status.ACCEPTED or not consult.room_id or not (case.is_requester or case.is_specialist):
        return Talk.NONE
    room = await session.get_one(Room, consult.room_id)
    if room.ended_at is not None:
        return Talk.OVER
    stays = (await stays_in(session, case.actor, [room.id])).get(room.id, ())
    return Talk.RETURN if any(stay.account_id == case.actor.account_id for stay in stays) else Talk.JOIN


async def was_asked(session: AsyncSession, actor: Actor, consult_id: UUID) -> bool:
    """Tell whether the actor asked under this key before. Raises NotFound when somebody else did."""
    consult = await session.get(Consult, consult_id)
    if consult is None:
        return False
    if (consult.organization_id, consult.requester_id) != (actor.organization_id, actor.account_id):
        raise NotFound
    return True


async def last_case(session: AsyncSession, actor: Actor, patient_id: UUID) -> Consult | None:
    """Give the last case about a patient, whose record the caller has asked for before, to fill the form in."""
    query = select(Consult).where(Consult.patient_id == patient_id, Consult.organization_id == actor.organization_id)
    return (await session.exec(query.order_by(col(Consult.id).desc()).limit(1))).first()


async def candidates_of(session: AsyncSession, consult_id: UUID) -> Sequence[ConsultCandidate]:
    """Give what the matching said, of a case found before: who was ranked, in order, then who was left out."""
    query = select(ConsultCandidate).where(ConsultCandidate.consult_id == consult_id)
    rows = (await session.exec(query.order_by(col(ConsultCandidate.id)))).all()
    return sorted(rows, key=lambda row: (row.rank is None, row.rank or 0))


async def events_of(session: AsyncSession, consult_id: UUID) -> Sequence[ConsultEvent]:
    """Give what happened to a case, found before, in order."""
    query = select(ConsultEvent).where(ConsultEvent.consult_id == consult_id)
    return (await session.exec(query.order_by(col(ConsultEvent.at), col(ConsultEvent.id)))).all()


def opened_question(keyring: Keyring, consult: Consult) -> str:
    """Open the question of a case, as JSON."""
    return keyring.open(consult.question, field_name("consult", consult.id, "question"))


def seal_question(keyring: Keyring, consult_id: UUID, text: str) -> bytes:
    """Seal the question of a case."""
    return keyring.seal(text, field_name("consult", consult_id, "question"))


def opened_remark(keyring: Keyring, ring: ConsultRing) -> str:
    """Open what somebody wrote when they declined; empty when they wrote nothing."""
    return keyring.open(ring.remark, field_name("consult_ring", ring.id, "remark")) if ring.remark else ""


def seal_remark(keyring: Keyring, ring_id: UUID, text: str) -> bytes | None:
    """Seal what somebody wrote when they declined."""
    return keyring.seal(text, field_name("consult_ring", ring_id, "remark")) if text else None


def is_open(consult: Consult) -> bool:
    """Tell whether a case is not over."""
    return consult.status in {Status.RINGING, Status.ACCEPTED, Status.WRITTEN}


async def _record_of(session: AsyncSession, actor: Actor, action: Action, consult: Consult) -> Record:
    """Gather the facts that the policy asks for. Who was rung may answer; only who asked or took it reads all of it."""
    team = await care_team_of(session, actor, consult.patient_id) if consult.patient_id else frozenset[UUID]()
    return Record(
        consult.organization_id,
        consult.encounter_id,
        await _accounts_for(session, action, consult),
        patient_id=consult.patient_id,
        clinics=frozenset({consult.clinic_id}),
        care_team=team,
    )


async def _accounts_for(session: AsyncSession, action: Action, consult: Consult) -> frozenset[UUID]:
    """Give whose part in the case the action is about."""
    taken = frozenset({consult.accepted_by} if consult.accepted_by else ())
    match action:
        case Action.CHANGE_CONSULT:
            return frozenset({consult.requester_id})
        case Action.ANSWER_CONSULT:
            return taken | await was_rung(session, consult.id) | await could_take(session, consult)
        case _:
            return taken | {consult.requester_id}
