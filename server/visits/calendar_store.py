"""The staff's calendar, gathered in one snapshot: whose time, and what is in it as far as the reader may know."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, decide
from server.directory import (
    Clinic,
    Patient,
    Practitioner,
    clinics_of,
    patients_in_care,
    practitioner_of_account,
    practitioners_of,
    working_zone,
)
from server.kit import NotFound
from server.scheduling import (
    MOVABLE,
    Appointment,
    Away,
    Diary,
    Status,
    appointments_touching,
    clinics_served,
    diaries_of,
    practitioners_in,
)
from server.visits.calendar_rules import MOST_COLUMNS, Days, Kind, View, days_of, moment_at
from server.visits.store import encounters_around, record_of
from server.visits.tables import Encounter
from server.web import Deps

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks to see: how many days around which one (today), of a clinic or of people (their own)."""

    view: View
    day: date | None = None
    clinic: UUID | None = None
    people: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """What takes somebody's time; only of a `VISIT` the reader may know whose it is. `practitioners` are columns."""

    kind: Kind
    starts_at: datetime
    ends_at: datetime
    practitioners: tuple[UUID, ...]
    encounter_id: UUID | None = None
    patient: Patient | None = None
    others: tuple[Practitioner, ...] = ()
    movable: bool = False
    until: datetime | None = None
    zone: str = ""

    @property
    def is_joint(self) -> bool:
        """Tell whether several practitioners take part."""
        return len(self.others) > 1


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days, whose columns they have, and what is in them."""

    asked: Asked
    day: date
    days: Days
    zone: str
    people: Sequence[Practitioner]
    entries: Sequence[Entry]
    diaries: Mapping[UUID, Diary]
    everybody: Sequence[Practitioner]
    clinics: Sequence[Clinic]

    @property
    def clinic(self) -> Clinic | None:
        """The clinic whose people are shown, if that was asked for."""
        return next((clinic for clinic in self.clinics if clinic.id == self.asked.clinic), None)

    def hours_on(self, day: date) -> list[tuple[Practitioner, list[Stretch], list[Away]]]:
        """Give whose hours are which on a day, and who is away."""
        start, end = (moment_at(each, self.zone) for each in (day, day + timedelta(days=1)))
        return [
            (
                person,
                [span for span in self.diaries[person.id].open if start <= span[0] < end],
                [one for one in self.diaries[person.id].away if one.start < end and one.end > start],
            )
            for person in self.people
        ]

    def people_of(self, entry: Entry) -> list[Practitioner]:
        """Give those shown whose time an entry takes."""
        return [person for person in self.people if person.id in entry.practitioners]


async def calendar_of(deps: Deps, actor: Actor, asked: Asked) -> Calendar:
    """Gather a calendar. Raises NotFound for a clinic or people of elsewhere."""
    async with deps.database.read() as session:
        clinics, everybody = await clinics_of(session, actor), await practitioners_of(session, actor)
        asked = await _with_default(session, actor, asked)
        people = await _people(session, actor, asked, everybody)
        zone = await _zone(session, actor, asked, clinics)
        day = asked.day or deps.now().astimezone(ZoneInfo(zone)).date()
        days = days_of(asked.view, day, zone)
        ids = [person.id for person in people]
        diaries = await diaries_of(session, actor, ids, days.start, days.end)
        rows = await appointments_touching(session, actor, ids, days.start, days.end, deps.now())
        entries = await _entries(session, actor, rows, ids)
    entries += [
        Entry(Kind.ELSEWHERE, start, end, (id_,)) for id_, diary in diaries.items() for start, end in diary.elsewhere
    ]
    entries.sort(key=lambda entry: (entry.starts_at, entry.ends_at))
    return Calendar(asked, day, days, zone, people, entries, diaries, everybody, clinics)


async def _with_default(session: AsyncSession, actor: Actor, asked: Asked) -> Asked:
    if asked.clinic or asked.people:
        return asked
    mine = await practitioner_of_account(session, actor)
    if mine is not None:
        return Asked(asked.view, asked.day, None, (mine.id,))
    covered = [clinic for clinic in await clinics_of(session, actor) if clinic.id in actor.clinics]
    return Asked(asked.view, asked.day, covered[0].id if covered else None)


async def _people(
    session: AsyncSession, actor: Actor, asked: Asked, everybody: Sequence[Practitioner]
) -> list[Practitioner]:
    if asked.clinic is not None:
        served = await clinics_served(session, actor, everybody)
        return [person for person in everybody if asked.clinic in served[person.id]][:MOST_COLUMNS]
    known = {person.id: person for person in everybody}
    if any(id_ not in known for id_ in asked.people):
        raise NotFound
    return [known[id_] for id_ in dict.fromkeys(asked.people)][:MOST_COLUMNS]


async def _zone(session: AsyncSession, actor: Actor, asked: Asked, clinics: Sequence[Clinic]) -> str:
    """Give the zone of the clinic that was asked for, else the one that the reader works in."""
    if asked.clinic is None:
        return await working_zone(session, actor)
    found = next((clinic.time_zone for clinic in clinics if clinic.id == asked.clinic), None)
    if found is None:
        raise NotFound
    return found


async def _entries(
    session: AsyncSession, actor: Actor, rows: Sequence[Appointment], shown: Collection[UUID]
) -> list[Entry]:
    ids = [row.id for row in rows]
    around = {
        encounter.appointment_id: (encounter, patient)
        for encounter, patient, _ in await encounters_around(session, actor, ids)
    }
    practitioners = await practitioners_in(session, actor, ids)
    in_care = await patients_in_care(session, actor, [patient.id for _, patient in around.values()])
    found = []
    for row in rows:
        visit, theirs = around.get(row.id), practitioners.get(row.id, [])
        columns = tuple(person.id for person in theirs if person.id in shown)
        found.append(
            _visit(actor, row, visit, theirs, columns, visit[1].id in in_care) if visit else _plain(row, columns)
        )
    return found


def _plain(row: Appointment, columns: tuple[UUID, ...]) -> Entry:
    kind = Kind.HOLD if row.status == Status.PENDING else Kind.BUSY
    return Entry(kind, row.starts_at, row.ends_at, columns, until=row.held_until)


def _visit(
    actor: Actor,
    row: Appointment,
    visit: tuple[Encounter, Patient],
    theirs: Sequence[Practitioner],
    columns: tuple[UUID, ...],
    in_care: bool,
) -> Entry:
    encounter, patient = visit
    team = frozenset({actor.account_id}) if in_care and actor.account_id else frozenset[UUID]()
    record = record_of(encounter, row, theirs, team)
    if not decide(actor, Action.READ_VISIT, record).allowed:
        return _plain(row, columns)
    movable = encounter.status == "planned" and row.status in MOVABLE
    return Entry(
        kind=Kind.VISIT,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        practitioners=columns,
        encounter_id=encounter.id,
        patient=patient,
        others=tuple(theirs),
        movable=movable and decide(actor, Action.MANAGE_VISIT, record).allowed,
        until=row.held_until,
        zone=row.time_zone,
    )
