"""The demo: made once, a day of visits for every day on which there is none, at whatever time it is started."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import SQLModel, func, select

from server.access import Actor, Role
from server.app import create_app
from server.consults import Consult, ConsultRing, ConsultService, EscalationPath, ServiceCoverage, on_duty, profiles_of
from server.consults.answer_store import record_of
from server.consults.consult_report_rules import figures, grouped
from server.consults.consult_report_store import cases_reported
from server.db import Database
from server.directory import Organization, Patient, Practitioner
from server.identity import Account, ClinicCoverage, Membership, account_email
from server.kit.ids import new_id
from server.scheduling import Appointment, AppointmentParticipant, Sought, VisitType, day_bounds, find, visit_types
from server.seed import ZONE, seed_demo
from server.settings import Settings
from server.tasks import FollowUpTask
from server.visits import Encounter
from tests.cast import StillClock

if TYPE_CHECKING:
    from starlette.applications import Starlette

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
# Ten in the morning, just before and just after midnight, and the evening, when it is tomorrow in UTC: all in Denver.
TIMES = [
    datetime(2026, 11, 24, 17, 0, tzinfo=UTC),
    datetime(2026, 11, 25, 6, 58, tzinfo=UTC),
    datetime(2026, 11, 24, 7, 2, tzinfo=UTC),
    datetime(2026, 11, 25, 3, 0, tzinfo=UTC),
    datetime(2026, 11, 1, 7, 30, tzinfo=UTC),  # the clock goes back that night
    datetime(2026, 3, 8, 8, 59, tzinfo=UTC),  # and forward that one
]


class Demo:
    """A demo server over a fresh database."""

    def __init__(self, database: Database, folder: "Path") -> None:
        self.database, self.clock = database, StillClock()
        settings = Settings(data=folder, public_url="http://127.0.0.1:8000", demo="1")
        self.app: Starlette = create_app(settings, self.clock, database)

    async def seed(self) -> None:
        await seed_demo(self.app.state.deps, self.app.state.live)

    async def all(self, table: type[SQLModel]) -> list[Any]:
        async with self.database.read() as session:
            return list((await session.exec(select(table))).all())

    async def today(self) -> list[Appointment]:
        start, end = day_bounds(self.clock.now, ZONE)
        return [one for one in await self.all(Appointment) if start <= one.starts_at < end]

    async def counts(self) -> dict[str, int]:
        async with self.database.read() as session:
            tables = SQLModel.metadata.sorted_tables
            return {t.name: (await session.exec(select(func.count()).select_from(t))).one() for t in tables}


@pytest.fixture
async def demo(database: Database, tmp_path: Path) -> AsyncIterator[Demo]:
    opened = Demo(database, tmp_path)
    yield opened
    await opened.app.state.live.close()


async def test_the_people_of_the_login_page_exist(demo: Demo) -> None:
    await demo.seed()
    roles = {
        account.id: account_email(demo.app.state.deps.keyring, account).partition("@")[0]
        for account in await demo.all(Account)
    }
    assert {roles[membership.account_id]: membership.role for membership in await demo.all(Membership)} == {
        "pcp": "pcp",
        "psychiatrist": "specialist",
        "caremanager": "caremanager",
        "frontdesk": "frontdesk",
        "admin": "admin",
        "outsider": "pcp",
    }


async def test_the_outsider_is_of_another_organization(demo: Demo) -> None:
    await demo.seed()
    outside = {one.organization_id for one in await demo.all(Practitioner) if one.family_name == "Farouk"}
    assert len(outside) == 1
    assert outside.isdisjoint({patient.organization_id for patient in await demo.all(Patient)})


async def test_the_psychiatrist_covers_another_clinic_than_that_of_the_day_s_visits(demo: Demo) -> None:
    await demo.seed()
    people = {one.family_name: one for one in await demo.all(Practitioner)}
    covered = {(row.account_id, row.clinic_id) for row in await demo.all(ClinicCoverage)}
    north = people["Brandt"].clinic_id
    assert {appointment.clinic_id for appointment in await demo.all(Appointment)} == {people["Okafor"].clinic_id}
    assert [clinic for account, clinic in covered if account == people["Brandt"].account_id] == [north]
    assert north != people["Okafor"].clinic_id


async def test_advice_can_be_asked_for_both_ways_and_somebody_is_on_duty_for_it(demo: Demo) -> None:
    await demo.seed()
    people = {one.id: one for one in await demo.all(Practitioner)}
    services = {row.id: row.direction for row in await demo.all(ConsultService)}
    first = {
        services[row.service_id]: people[row.practitioner_id].family_name
        for row in await demo.all(ServiceCoverage)
        if row.tier == 1
    }
    assert first == {"behavioral": "Brandt", "medical": "Okafor"}
    assert len(await demo.all(EscalationPath)) == 2
    async with demo.database.read() as session:
        everybody = list(people.values())
        profiles = await profiles_of(session, everybody)
        on = await on_duty(session, everybody, profiles, demo.clock.now.replace(hour=9))
    assert {people[id_].family_name for id_ in on} >= {"Brandt", "Okafor"}


async def test_reports_on_consults_have_four_weeks_to_tell_of(demo: Demo) -> None:
    await demo.seed()
    deps, clinics = demo.app.state.deps, {one.clinic_id for one in await demo.all(Consult)}
    admin = next(one for one in await demo.all(Membership) if one.role == Role.ADMINISTRATOR)
    actor = Actor(frozenset({Role.ADMINISTRATOR}), admin.organization_id, admin.account_id)
    async with deps.database.read() as session:
        cases = await cases_reported(session, actor, demo.clock.now - timedelta(days=28), demo.clock.now)
    told = figures(cases)
    assert (len(clinics), len(grouped(cases, lambda one: one.service))) == (2, 2)
    assert told.asked == told.answered >= 30
    assert min(told.taken, told.missed, len(told.declines), told.unmet_in_all) >= 3


async def test_the_consults_of_the_demo_are_over_and_wait_for_nobody(demo: Demo) -> None:
    await demo.seed()
    assert {one.status for one in await demo.all(Consult)} == {"answered"}
    assert all(one.answered_at < demo.clock.now for one in await demo.all(Consult))
    assert all(one.seen_at for one in await demo.all(ConsultRing))


async def test_the_answer_of_a_consult_of_the_demo_is_read_by_who_asked(demo: Demo) -> None:
    await demo.seed()
    consult = (await demo.all(Consult))[0]
    actor = Actor(frozenset({Role.PCP}), consult.organization_id, consult.requester_id)
    async with demo.database.read() as session:
        found = await record_of(session, demo.app.state.deps.keyring, actor, consult.id)
    assert found
    assert found.signed.answer.impression


async def test_nobody_of_the_demo_has_a_password_to_guess(demo: Demo) -> None:
    await demo.seed()
    assert {account.password_hash for account in await demo.all(Account)} == {None}


async def test_seeding_again_changes_nothing(demo: Demo) -> None:
    await demo.seed()
    before = await demo.counts()
    demo.clock.pass_(hours=2)
    await demo.seed()
    assert await demo.counts() == before
    assert before["appointment"] == 6


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("now", TIMES, ids=lambda now: f"{now:%d.%m. %H:%M}")
async def test_all_visits_are_today_whatever_time_it_is(demo: Demo, now: datetime) -> None:
    demo.clock.now = now
    await demo.seed()
    assert len(await demo.today()) == len(await demo.all(Appointment)) == 6


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("now", TIMES, ids=lambda now: f"{now:%d.%m. %H:%M}")
async def test_the_day_after_has_visits_of_its_own(demo: Demo, now: datetime) -> None:
    demo.clock.now = now
    await demo.seed()
    demo.clock.pass_(hours=14)
    for _ in range(2):
        await demo.seed()
        assert len(await demo.today()) == 6
        demo.clock.pass_(hours=24)


async def test_a_visit_is_about_to_begin_and_one_past_took_place_and_one_was_missed(demo: Demo) -> None:
    await demo.seed()
    assert Counter(one.status for one in await demo.today()) == {"booked": 4, "fulfilled": 1, "noshow": 1}
    next_one = min(one.starts_at for one in await demo.today() if one.status == "booked")
    assert timedelta(0) < next_one - demo.clock.now <= timedelta(minutes=10)
    finished = [one for one in await demo.all(Encounter) if one.status == "finished"]
    assert [one.ended_at - one.started_at for one in finished] == [timedelta(minutes=20)]


async def test_each_visit_is_of_a_patient_and_the_pcp(demo: Demo) -> None:
    await demo.seed()
    people = Counter(
        "practitioner" if one.practitioner_id else "patient" for one in await demo.all(AppointmentParticipant)
    )
    assert people == {"practitioner": 6, "patient": 6}


async def test_there_are_free_times_for_each_kind_of_visit_that_patients_book_alone(demo: Demo) -> None:
    for _ in range(2):
        await demo.seed()
    organization = next(one.organization_id for one in await demo.all(Practitioner) if one.family_name == "Okafor")
    patient, now = Actor(frozenset({Role.PATIENT}), organization), demo.clock.now
    async with demo.database.read() as session:
        offered = await visit_types(session, patient, self_bookable=True)
        for one in offered:
            sought = Sought(now, now + timedelta(days=8), ZONE, one.minutes, one, state="MT")
            assert (await find(session, patient, sought, now)).first(1)
    assert (len(offered), len(await demo.all(VisitType))) == (4, 6)


async def test_no_mail_is_sent_for_visits_nobody_asked_for(demo: Demo) -> None:
    await demo.seed()
    assert (await demo.counts())["outbox_message"] == 0


async def test_demo_people_can_be_added_beside_an_organization_that_is_there(demo: Demo) -> None:
    async with demo.database.write() as session:
        session.add(Organization(id=new_id(), name="A real one"))
    await demo.seed()
    assert (await demo.counts())["organization"] == 3
    assert len(await demo.today()) == 6


def test_nodes_that_start_at_once_on_a_database_that_is_new_to_both_prepare_it_once(
    tmp_path: Path, postgres_url: str
) -> None:
    settings = {"CURBSIDE_DATA": str(tmp_path / "data"), "CURBSIDE_DATABASE_URL": postgres_url}
    command = [sys.executable, "-m", "server.cli", "seed"]
    nodes = [subprocess.Popen(command, cwd=ROOT, env=os.environ | settings) for _ in range(2)]
    assert [node.wait(60) for node in nodes] == [0, 0]


async def test_there_is_something_to_do_for_the_pcp_and_it_is_made_once(demo: Demo) -> None:
    for _ in range(2):
        await demo.seed()
        demo.clock.pass_(days=1)
    whose = {one.id: one.name for one in await demo.all(Account)}
    owners = Counter(whose[task.owner_id] if task.owner_id else "" for task in await demo.all(FollowUpTask))
    assert owners == {"Dr. Rose Okafor": 2, "Tomas Reyes": 1, "": 1}
