"""Demo people and a day of demo visits. Everybody and everything in here is made up."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor, Role
from server.calls import Live
from server.consults import (
    Duty,
    Kind,
    Mode,
    OnDecline,
    OnNobody,
    PathTerms,
    Place,
    ServiceTerms,
    Side,
    Step,
    StepKind,
    Urgency,
    add_past_consults,
    keep_coverage,
    keep_group,
    keep_path,
    keep_service,
    services_of,
    set_duty,
)
from server.directory import (
    Clinic,
    Organization,
    Patient,
    PatientContact,
    PatientDetails,
    Practitioner,
    PractitionerLicence,
    add_patient,
    clinics_of,
)
from server.identity import ClinicCoverage, Membership, account_by_email, new_account
from server.kit import Conflict, NotFound
from server.kit.ids import new_id
from server.scheduling import (
    Appointment,
    BookingLimits,
    Schedule,
    VisitType,
    VisitTypeTerms,
    WeeklyRule,
    day_bounds,
    keep_languages,
    keep_schedule,
    keep_visit_type,
)
from server.tasks import FollowUpTask, NewTask, Priority, add_task
from server.visits import Encounter, NewVisit, create_visit
from server.web import Deps

CROWDED = "The day is short"  # around midnight the visits of a day lie over each other
ZONE = "America/Denver"
_NAMES = UUID("6f1a2f60-3a52-5d0e-9a55-6c75726273de")


@dataclass(frozen=True, slots=True)
class _Member:
    email: str
    role: Role
    title: str
    given: str
    family: str
    specialty: str = ""
    profession: str = ""
    states: Sequence[str] = ()
    clinics: Sequence[int] = (0,)  # those that are covered, by their place; the first one is where they work


_STAFF = (
    _Member("pcp", Role.PCP, "Dr.", "Rose", "Okafor", "Primary care", "physician", ("MT", "ID")),
    _Member("psychiatrist", Role.SPECIALIST, "Dr.", "Lena", "Brandt", "Psychiatry", "physician", ("MT", "WY"), (1,)),
    _Member("caremanager", Role.CARE_MANAGER, "", "Tomas", "Reyes", "Care management", "social worker", ("MT",)),
    _Member("frontdesk", Role.FRONT_DESK, "", "June", "Whitfield", clinics=(0, 1)),
    _Member("admin", Role.ADMINISTRATOR, "", "Ada", "Lindgren"),
)
_OUTSIDER = _Member("outsider", Role.PCP, "Dr.", "Omar", "Farouk", "Primary care", "physician", ("ND",))

# The psychiatrist covers the second one only: nothing ties her to the patients of the first.
_CLINICS = (("Cedar Creek Clinic", "406-555-0142"), ("Cedar Creek North", "406-555-0190"))

# whose, on which weekdays (0 is Monday), from and to which hour, languages, limits
_HOURS = (
    ("pcp", range(5), 8, 17, ("en", "es"), BookingLimits(notice=120, horizon=60, step=20)),
    ("psychiatrist", (0, 2, 3), 9, 16, ("en",), BookingLimits(after=10, notice=240, horizon=60, step=30)),
    ("caremanager", range(5), 9, 17, ("en", "es"), BookingLimits(notice=120, horizon=30, step=30)),
)
_QUIET = "Find a quiet place with good light. Have the list of your medicines at hand."
_QUIET_ES = "Busque un lugar tranquilo y con buena luz. Tenga a mano la lista de sus medicinas."
# name, in Spanish, minutes, how, specialty, instructions, in Spanish, whether patients book it by themselves
_VISIT_TYPES = (
    ("Follow-up", "Seguimiento", 20, "video", "Primary care", _QUIET, _QUIET_ES, True),
    ("Something new", "Algo nuevo", 40, "video", "Primary care", _QUIET, _QUIET_ES, True),
    ("Physical exam", "Examen físico", 40, "in-person", "Primary care", "", "", False),
    ("Psychiatry follow-up", "Seguimiento de psiquiatría", 30, "video", "Psychiatry", _QUIET, _QUIET_ES, True),
    ("Psychiatric evaluation", "Evaluación psiquiátrica", 60, "video", "Psychiatry", _QUIET, _QUIET_ES, False),
    ("Talk with your care manager", "Charla con su gestor", 30, "video", "Care management", "", "", True),
)

# given, family, born, language, phone, e-mail, record number
_PATIENTS = (
    ("Maria", "Alvarez", date(1992, 4, 17), "en", "406-555-0177", "m.alvarez@example.org", "CC-1001"),
    ("Samir", "Haddad", date(1985, 11, 2), "en", "406-555-0123", "", "CC-1002"),
    ("Kemi", "Adeyemi", date(1961, 7, 30), "en", "406-555-0134", "", "CC-1003"),
    ("Per", "Lindqvist", date(1954, 1, 9), "en", "406-555-0145", "", "CC-1004"),
    ("Lucia", "Castellano", date(1978, 9, 21), "es", "406-555-0156", "l.castellano@example.org", "CC-1005"),
    ("Dara", "Moreau", date(2001, 3, 5), "en", "406-555-0161", "", "CC-1006"),
)
# patient, minutes from now, length, reason
_VISITS = (
    (2, -75, 20, "Diabetes follow-up"),
    (3, -45, 20, "Medication check"),
    (0, 5, 20, "Follow-up, week 8"),
    (1, 30, 40, "New patient"),
    (4, 75, 20, "Sleep, week 2"),
    (5, 120, 40, "Joint pain review"),
)
# patient, whose (nobody's yet), days from today, priority, title, detail
_TASKS = (
    (2, "pcp", 0, Priority.ROUTINE, "Call about the HbA1c result", "The lab sends it in the morning."),
    (0, "pcp", -2, Priority.URGENT, "Repeat the PHQ-9", "Week 8. Compare with week 4."),
    (3, "caremanager", 1, Priority.ROUTINE, "Ask whether the pharmacy filled the new dose", ""),
    (1, "", 5, Priority.ROUTINE, "Ask for the records of the previous clinic", ""),
)


async def seed_demo(deps: Deps, live: Live) -> None:
    """Make the demo's organizations and people once, and a day of visits for each day on which there is none."""
    async with deps.database.write() as session:
        if await account_by_email(session, deps.keyring, "pcp@demo.test") is None:
            _add_organization(session, deps, "Cedar Creek Health", _CLINICS, _STAFF)
            _add_organization(session, deps, "Prairie Health", (("Prairie Clinic", "701-555-0110"),), (_OUTSIDER,))
    pcp = await _actor(deps, "pcp@demo.test")
    patients = [await _patient(deps, pcp, *details) for details in _PATIENTS]
    admin = await _actor(deps, "admin@demo.test")
    if not await _has_visit_types(deps, admin):
        await _add_hours(deps, admin)
    if not await _has_services(deps, admin):
        await _add_services(deps, admin)
    await _add_consults(deps, admin)
    if not await _has_visits_today(deps, pcp):
        await _add_visits(deps, live, pcp, patients)
    if not await _has_tasks(deps, pcp):
        await _add_tasks(deps, pcp, patients)


def _add_organization(
    session: AsyncSession, deps: Deps, name: str, places: Sequence[tuple[str, str]], staff: Sequence[_Member]
) -> None:
    organization = Organization(id=new_id(), name=name)
    clinics = [
        Clinic(id=new_id(), organization_id=organization.id, name=place, phone=phone, time_zone=ZONE)
        for place, phone in places
    ]
    session.add_all([organization, *clinics])
    for member in staff:
        _add_member(session, deps, [clinics[place] for place in member.clinics], member)


def _add_member(session: AsyncSession, deps: Deps, clinics: Sequence[Clinic], member: _Member) -> None:
    clinic = clinics[0]
    name = f"{member.title} {member.given} {member.family}".strip()
    account = new_account(deps.keyring, f"{member.email}@demo.test", name, deps.now())
    at: dict[str, Any] = {"account_id": account.id, "organization_id": clinic.organization_id}
    session.add_all([account, Membership(id=new_id(), role=member.role, **at)])
    session.add_all([ClinicCoverage(id=new_id(), clinic_id=covered.id, **at) for covered in clinics])
    if not member.profession:
        return
    practitioner = Practitioner(
        id=new_id(),
        organization_id=clinic.organization_id,
        account_id=account.id,
        clinic_id=clinic.id,
        title=member.title,
        given_name=member.given,
        family_name=member.family,
        specialty=member.specialty,
        profession=member.profession,
    )
    session.add(practitioner)
    expires = deps.now().date() + timedelta(days=400)
    for state in member.states:
        session.add(
            PractitionerLicence(
                id=new_id(),
                practitioner_id=practitioner.id,
                state=state,
                profession=member.profession,
                expires_on=expires,
            )
        )


async def _actor(deps: Deps, email: str) -> Actor:
    async with deps.database.read() as session:
        account = await account_by_email(session, deps.keyring, email)
        if account is None:
            raise NotFound
        query = select(Membership, ClinicCoverage).join(
            ClinicCoverage, col(ClinicCoverage.account_id) == Membership.account_id
        )
        membership, coverage = (await session.exec(query.where(Membership.account_id == account.id))).one()
    roles, clinics = frozenset({Role(membership.role)}), frozenset({coverage.clinic_id})
    return Actor(roles, membership.organization_id, account.id, name=account.name, clinics=clinics)


async def _patient(
    deps: Deps, actor: Actor, given: str, family: str, born: date, language: str, phone: str, email: str, number: str
) -> Patient:
    details = PatientDetails(given, family, born, language, ZONE, PatientContact(phone, email, number))
    added = await add_patient(deps, actor, details, anyway=False)
    return added if isinstance(added, Patient) else added[0]


async def _has_visit_types(deps: Deps, actor: Actor) -> bool:
    async with deps.database.read() as session:
        query = select(VisitType).where(VisitType.organization_id == actor.organization_id)
        return (await session.exec(query)).first() is not None


async def _add_hours(deps: Deps, admin: Actor) -> None:
    """Say when the demo's practitioners work, and what is offered: so there are free times from the first day on."""
    for name, days, starts, ends, languages, limits in _HOURS:
        account = (await _actor(deps, f"{name}@demo.test")).account_id
        async with deps.database.read() as session:
            whose = (await session.exec(select(Practitioner).where(Practitioner.account_id == account))).one()
        weekly = tuple(WeeklyRule(day, time(starts), time(ends), ZONE) for day in days)
        with suppress(Conflict):  # somebody has kept hours already: they stay
            await keep_schedule(deps, admin, whose.id, Schedule(ZONE, weekly, limits=limits), 0)
        await keep_languages(deps, admin, whose.id, frozenset(languages))
    for name, name_es, minutes, how, specialty, words, words_es, alone in _VISIT_TYPES:
        terms = VisitTypeTerms(name, name_es, minutes, how, specialty, frozenset(), words, words_es, alone, active=True)
        await keep_visit_type(deps, admin, None, terms)


async def _has_services(deps: Deps, actor: Actor) -> bool:
    async with deps.database.read() as session:
        return bool(await services_of(session, actor))


async def _add_services(deps: Deps, admin: Actor) -> None:
    """Offer advice both ways: psychiatry for primary care with two paths, and medical advice for psychiatry."""
    who = {name: await _practitioner_id(deps, name) for name in ("pcp", "psychiatrist", "caremanager")}
    team = await keep_group(
        deps, admin, None, "Behavioral team", frozenset({who["psychiatrist"], who["caremanager"]}), 0
    )
    psychiatry, medicine = [
        await keep_service(deps, admin, None, ServiceTerms(name, kind, (), tuple(Mode), (), 5, hours, active=True), 0)
        for name, kind, hours in (
            ("Adult psychiatry", Kind.ADULT_PSYCHIATRY, 24),
            ("Medical advice", Kind.PRIMARY_CARE, 48),
        )
    ]
    await keep_coverage(deps, admin, psychiatry, {Place(who["psychiatrist"]): 1, Place(None, team): 2}, 1)
    await keep_coverage(deps, admin, medicine, {Place(who["pcp"]): 1}, 1)
    person = Step(StepKind.PERSON, 45, who["psychiatrist"])
    everyone = Step(StepKind.EVERYONE, 60)
    now = PathTerms("Right away", (Urgency.NOW,), 1, 1, OnDecline.NEXT, OnNobody.WRITTEN, (person, everyone))
    later = (Urgency.SOON, Urgency.TODAY, Urgency.WEEK)
    in_turn = (Step(StepKind.ROUND_ROBIN, 90, None, team), everyone)
    await keep_path(deps, admin, psychiatry, None, now, 2)
    await keep_path(
        deps, admin, psychiatry, None, PathTerms("In turn", later, 2, 0, OnDecline.NEXT, OnNobody.WRITTEN, in_turn), 3
    )
    for name in ("psychiatrist", "pcp"):  # so that the demo rings at whatever hour it is looked at
        await set_duty(deps, admin, who[name], Duty.ON, None)


async def _add_consults(deps: Deps, admin: Actor) -> None:
    """Let both services have been asked over the last weeks."""
    people = {
        name: (await _actor(deps, f"{name}@demo.test")).account_id for name in ("pcp", "psychiatrist", "caremanager")
    }
    rung = {name: (account, await _practitioner_id(deps, name)) for name, account in people.items() if account}
    async with deps.database.read() as session:
        services = await services_of(session, admin)
        clinics = await clinics_of(session, admin)
    sides = [Side(services[0].id, rung["pcp"][0], [rung["psychiatrist"], rung["caremanager"]])]
    sides.append(Side(services[-1].id, rung["psychiatrist"][0], [rung["pcp"]]))
    await add_past_consults(deps, admin.organization_id, clinics, sides)


async def _practitioner_id(deps: Deps, name: str) -> UUID:
    account = (await _actor(deps, f"{name}@demo.test")).account_id
    async with deps.database.read() as session:
        return (await session.exec(select(Practitioner.id).where(Practitioner.account_id == account))).one()


async def _has_visits_today(deps: Deps, actor: Actor) -> bool:
    start, end = day_bounds(deps.now(), ZONE)
    async with deps.database.read() as session:
        query = select(Appointment).where(
            Appointment.organization_id == actor.organization_id,
            Appointment.starts_at >= start,
            Appointment.starts_at < end,
        )
        return (await session.exec(query)).first() is not None


async def _add_visits(deps: Deps, live: Live, actor: Actor, patients: Sequence[Patient]) -> None:
    now = deps.now().replace(second=0, microsecond=0)
    now -= timedelta(minutes=now.minute % 5)
    first, last = day_bounds(now, ZONE)
    async with deps.database.read() as session:
        mine = (await session.exec(select(Practitioner).where(Practitioner.account_id == actor.account_id))).one()
    for index, (who, offset, minutes, reason) in enumerate(_VISITS):
        # near midnight the day is squeezed, so that all of it is still today
        starts = min(
            max(now + timedelta(minutes=offset), first + timedelta(minutes=5 * index)), last - timedelta(minutes=10)
        )
        key = uuid5(_NAMES, f"{actor.organization_id} {first.date()} {index}")
        await create_visit(
            deps,
            live,
            actor,
            NewVisit(key, patients[who].id, mine.id, starts, minutes, reason, send=False, overbook=CROWDED),
        )
    await _tell_the_past(deps, actor)


async def _tell_the_past(deps: Deps, actor: Actor) -> None:
    """Of the visits that were, one took place and one was missed."""
    async with deps.database.write() as session:
        query = select(Appointment, Encounter).join(Encounter).where(Appointment.ends_at < deps.now())
        query = query.where(Appointment.organization_id == actor.organization_id, Encounter.status == "planned")
        for index, (appointment, encounter) in enumerate((await session.exec(query)).all()):
            if index % 2:
                appointment.status = "noshow"
                continue
            appointment.status, encounter.status = "fulfilled", "finished"
            encounter.arrived_at = encounter.started_at = encounter.admitted_at = appointment.starts_at
            encounter.ended_at = appointment.ends_at


async def _has_tasks(deps: Deps, actor: Actor) -> bool:
    async with deps.database.read() as session:
        query = select(FollowUpTask).where(FollowUpTask.organization_id == actor.organization_id)
        return (await session.exec(query)).first() is not None


async def _add_tasks(deps: Deps, actor: Actor, patients: Sequence[Patient]) -> None:
    today = deps.now().astimezone(ZoneInfo(ZONE)).date()
    for index, (patient, whose, days, priority, title, detail) in enumerate(_TASKS):
        owner = (await _actor(deps, f"{whose}@demo.test")).account_id if whose else None
        key = uuid5(_NAMES, f"{actor.organization_id} task {index}")
        new = NewTask(key, patients[patient].id, title, today + timedelta(days=days), detail, owner, priority)
        async with deps.database.write() as session:
            await add_task(session, deps, actor, new)
