"""Migrations: up and down on both kinds of database, in step with the tables, with constraints that hold."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from server import migrations
from server.db import Database
from server.directory import Clinic, Organization
from server.kit.ids import new_id
from server.migrations import differences, downgrade, upgrade
from server.scheduling import Appointment, AppointmentParticipant

pytestmark = pytest.mark.anyio

TEN = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """An empty database, of both kinds one after the other."""
    address = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    database = Database.open(address)
    yield database
    await database.close()


async def tables_of(database: Database) -> set[str]:
    async with database.writer.connect() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def differences_of(database: Database) -> list[str]:
    async with database.writer.connect() as connection:
        return [str(difference) for difference in await differences(connection)]


async def test_an_empty_database_gets_every_table(empty: Database) -> None:
    await upgrade(empty)
    assert await tables_of(empty) == {*SQLModel.metadata.tables, "alembic_version"}


async def test_going_down_leaves_nothing_behind(empty: Database) -> None:
    await upgrade(empty)
    await downgrade(empty)
    assert await tables_of(empty) == {"alembic_version"}


async def test_what_was_taken_down_comes_up_again(empty: Database) -> None:
    await upgrade(empty)
    await downgrade(empty)
    await upgrade(empty)
    assert await differences_of(empty) == []


async def test_a_second_upgrade_changes_nothing(empty: Database) -> None:
    await upgrade(empty)
    await upgrade(empty)
    assert await differences_of(empty) == []


async def test_tables_and_migrations_agree(database: Database) -> None:
    assert await differences_of(database) == []


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ("ALTER TABLE organization DROP COLUMN name", "add_column"),
        ("ALTER TABLE organization ADD COLUMN stray VARCHAR(10)", "remove_column"),
        ("DROP INDEX ix_appointment_organization_id_starts_at", "add_index"),
        ("DROP TABLE chat_message", "add_table"),
        ("CREATE TABLE stray (id INTEGER)", "remove_table"),
    ],
)
async def test_a_table_that_changed_without_a_migration_is_noticed(database: Database, change: str, seen: str) -> None:
    async with database.writer.connect() as connection:  # never committed: the next test finds the tables as they were
        await connection.execute(text(change))
        found = [str(difference) for difference in await differences(connection)]
    assert seen in "\n".join(found)


async def test_a_migration_that_breaks_leaves_nothing_half_done(empty: Database) -> None:
    with pytest.raises(Exception, match="no-such-revision"):
        await upgrade(empty, "no-such-revision")
    assert await tables_of(empty) <= {"alembic_version"}


async def test_the_migrations_are_one_line_without_branches() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert len(script.get_heads()) == 1


@pytest.fixture
async def appointment(database: Database) -> Appointment:
    """An appointment that is right in everything, not saved yet."""
    home = Organization(id=new_id(), name="Cedar Creek Health")
    clinic = Clinic(id=new_id(), organization_id=home.id, name="Clinic", phone="", time_zone="America/Denver")
    async with database.write() as session:
        session.add_all([home, clinic])
    return Appointment(
        id=new_id(),
        organization_id=home.id,
        clinic_id=clinic.id,
        status="booked",
        starts_at=TEN,
        ends_at=TEN + timedelta(minutes=20),
        time_zone="America/Denver",
        created_at=TEN,
    )


async def save(database: Database, *rows: SQLModel) -> None:
    async with database.write() as session:
        session.add_all(rows)


async def test_an_appointment_that_ends_after_it_starts_is_kept(database: Database, appointment: Appointment) -> None:
    await save(database, appointment)
    async with database.read() as session:
        assert (await session.get_one(Appointment, appointment.id)).ends_at > appointment.starts_at


@pytest.mark.parametrize("minutes", [0, -20])
async def test_an_appointment_cannot_end_before_it_starts(
    database: Database, appointment: Appointment, minutes: int
) -> None:
    appointment.ends_at = TEN + timedelta(minutes=minutes)
    with pytest.raises(IntegrityError, match="ends_after_start"):
        await save(database, appointment)


async def test_a_participant_is_somebody(database: Database, appointment: Appointment) -> None:
    nobody = AppointmentParticipant(
        id=new_id(), organization_id=appointment.organization_id, appointment_id=appointment.id
    )
    with pytest.raises(IntegrityError, match="one_person"):
        await save(database, appointment, nobody)


async def test_a_participant_is_not_two_people(database: Database, appointment: Appointment) -> None:
    both = AppointmentParticipant(
        id=new_id(),
        organization_id=appointment.organization_id,
        appointment_id=appointment.id,
        practitioner_id=new_id(),
        patient_id=new_id(),
    )
    with pytest.raises(IntegrityError, match="one_person"):
        await save(database, appointment, both)
