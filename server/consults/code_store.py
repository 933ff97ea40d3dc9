"""What a coder needs of consults: minutes of who asked and who answered, what is on record, and the codes they suggest.

The days of which a code counts once are reckoned from earlier consults about the same patient by the same person.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, require
from server.consults.case_store import cases_in
from server.consults.case_tables import Consult
from server.consults.clock_rules import Source, Totals, totals
from server.consults.clock_store import Time, times_of
from server.consults.code_rules import MOST_DAYS, OTHERS, BillingFacts, CodeRule, Draft, Role, in_force, suggest
from server.consults.own_rule_store import as_code, own_codes
from server.consults.service_rules import Situation
from server.consults.service_tables import ConsultService
from server.directory import Clinic, Practitioner, formal_names
from server.kit import Keyring
from server.kit.ids import AccountId
from server.visits import SeenVisit, visits_between

LOOK_BACK = timedelta(days=MOST_DAYS)
MOST = 5000
MEDICARE = "medicare"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two of a case: who, in which role, their minutes, whether they were corrected, and the codes."""

    account_id: UUID
    name: str
    role: Role
    minutes: Totals
    corrected: bool
    running: bool
    drafts: tuple[Draft, ...]


@dataclass(frozen=True, slots=True)
class Coded:
    """A case with its two sides, on the day that it counts for; the times are both sides', in order."""

    consult: Consult
    service: ConsultService
    clinic: Clinic
    on: date
    sides: tuple[Side, ...]
    times: Sequence[Time]


@dataclass(frozen=True, slots=True)
class _Around:
    """What is known around several cases."""

    times: dict[UUID, list[Time]]
    practices: dict[UUID | None, Practitioner]
    names: dict[UUID, str]
    visits: dict[UUID, list[SeenVisit]]
    own_codes: Sequence[CodeRule]


async def coded_case(session: AsyncSession, actor: Actor, keyring: Keyring, consult: Consult, now: datetime) -> Coded:
    """Give one case, which was found for the actor before, with the minutes and codes of its two sides."""
    query = cases_in(actor)
    if consult.patient_id is None:
        query = query.where(Consult.id == consult.id)
    else:
        since = consult.created_at - LOOK_BACK
        query = query.where(Consult.patient_id == consult.patient_id, Consult.created_at >= since)
    query = query.where(Consult.created_at <= consult.created_at)
    rows = (await session.exec(query.order_by(col(Consult.created_at), col(Consult.id)))).all()
    found = await _coded(session, actor, keyring, rows, now)
    return next(one for one in found if one.consult.id == consult.id)


async def coded_cases(
    session: AsyncSession, actor: Actor, keyring: Keyring, start: datetime, end: datetime, now: datetime
) -> list[Coded]:
    """Give the cases of the actor's organization that were asked in a span, for a coder. Raises Forbidden."""
    require(actor, Action.EXPORT_CODES, Record(actor.organization_id))
    query = cases_in(actor).where(
        Consult.created_at >= start - LOOK_BACK,
        Consult.created_at < end,
    )
    rows = (await session.exec(query.order_by(col(Consult.created_at), col(Consult.id)).limit(MOST))).all()
    return [one for one in await _coded(session, actor, keyring, rows, now) if one.consult.created_at >= start]


async def _coded(
    session: AsyncSession,
    actor: Actor,
    keyring: Keyring,
    rows: Sequence[tuple[Consult, ConsultService, Clinic]],
    now: datetime,
) -> list[Coded]:
    around = await _around(session, actor, keyring, [consult for consult, _, _ in rows], now)
    billed: dict[tuple[UUID | None, UUID], list[tuple[str, date]]] = defaultdict(list)
    found = []
    for consult, service, clinic in rows:
        on = (consult.answered_at or consult.accepted_at or consult.created_at).astimezone(ZoneInfo(clinic.time_zone))
        sides = []
        for account, role in _people(consult):
            known = billed[consult.patient_id, account] if consult.patient_id else []
            side = _side(consult, account, role, around, on, tuple(known))
            known += [(draft.rule.code, on.date()) for draft in side.drafts[:1] if draft.clear]
            sides.append(side)
        found.append(Coded(consult, service, clinic, on.date(), tuple(sides), around.times[consult.id]))
    return found


def _people(consult: Consult) -> Iterable[tuple[UUID, Role]]:
    if consult.accepted_by is not None:
        yield consult.accepted_by, Role.CONSULTANT
    yield consult.requester_id, Role.REQUESTER


async def _around(
    session: AsyncSession, actor: Actor, keyring: Keyring, consults: Sequence[Consult], now: datetime
) -> _Around:
    accounts = {account for consult in consults for account, _ in _people(consult)}
    query = select(Practitioner).where(
        col(Practitioner.account_id).in_(accounts), Practitioner.organization_id == actor.organization_id
    )
    practices = {one.account_id: one for one in (await session.exec(query)).all()} if accounts else {}
    return _Around(
        await times_of(session, actor, keyring, consults, now),
        practices,
        await formal_names(session, actor, accounts),
        await _visits(session, actor, consults, practices.values()),
        [as_code(row) for row in await own_codes(session, actor.organization_id)],
    )


async def _visits(
    session: AsyncSession, actor: Actor, consults: Sequence[Consult], people: Collection[Practitioner]
) -> dict[UUID, list[SeenVisit]]:
    found: dict[UUID, list[SeenVisit]] = defaultdict(list)
    if not consults:
        return found
    patients = {consult.patient_id for consult in consults if consult.patient_id}
    start = min(consult.created_at for consult in consults) - LOOK_BACK
    end = max(consult.answered_at or consult.created_at for consult in consults) + LOOK_BACK
    for visit in await visits_between(session, actor, patients, [one.id for one in people], start, end):
        found[visit.patient_id].append(visit)
    return found


def _side(
    consult: Consult, account: UUID, role: Role, around: _Around, on: datetime, billed: tuple[tuple[str, date], ...]
) -> Side:
    """Put one side together; `on` is when the codes are for, on the clinic's clock, by which days are told."""
    times = [time for time in around.times[consult.id] if time.interval.account == account]
    minutes = totals(time.interval for time in times).get(AccountId(account), Totals())
    person = around.practices.get(account)
    known = around.visits[consult.patient_id] if consult.patient_id else []
    visits = [one for one in known if person and one.practitioner_id == person.id]
    facts = _facts(consult, role, person, minutes, _seen(consult, times, visits), on, billed)
    return Side(
        account,
        around.names.get(account, ""),
        role,
        minutes,
        any(time.interval.edits for time in times),
        any(time.running for time in times),
        suggest(facts, minutes, in_force(around.own_codes, on.date()), on.date()),
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """Whether somebody met the patient in the talk of a case, and their other visits with the patient."""

    met: bool
    otherwise: Sequence[SeenVisit]


def _seen(consult: Consult, times: Sequence[Time], visits: Sequence[SeenVisit]) -> _Seen:
    """Tell a talk in the visit from one beside it. Who was to come into the visit, and never came, saw nobody there."""
    if consult.situation != Situation.PATIENT_PRESENT:
        return _Seen(met=False, otherwise=visits)
    otherwise = [one for one in visits if one.encounter_id != consult.encounter_id]
    came = any(time.interval.source is Source.CALL for time in times)
    return _Seen(came and len(otherwise) < len(visits), otherwise)


def _facts(
    consult: Consult,
    role: Role,
    person: Practitioner | None,
    minutes: Totals,
    seen: _Seen,
    on: datetime,
    billed: tuple[tuple[str, date], ...],
) -> BillingFacts:
    """Put together what is on record. Nobody's payer is known here: Medicare's own codes are shown, to be confirmed."""
    profession = person.profession if person else ""
    visits = [(visit.at.astimezone(on.tzinfo).date(), visit.held) for visit in seen.otherwise]
    held = [day for day, was_held in visits if was_held and day <= on.date()]
    coming = [day for day, _ in visits if day > on.date()]
    return BillingFacts(
        role,
        profession,
        MEDICARE if profession in OTHERS else "",
        consented=consult.consent_at is not None,
        reason_documented=True,  # no case is asked without a question
        written_report=consult.answered_at is not None,
        verbal_report=bool(minutes.discussion),
        met=seen.met,
        seen_last=max(held, default=None),
        next_visit=min(coming, default=None),
        billed=billed,
    )
