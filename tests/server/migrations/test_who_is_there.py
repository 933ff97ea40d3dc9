"""Migration 0002 over accounts that are there: e-mails are sealed, none stays behind plain, and it goes back."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import DateTime, Insert, LargeBinary, String, Uuid, text
from sqlalchemy import column as column_of
from sqlalchemy import table as table_of
from sqlalchemy.types import TypeEngine

from server.db import Database
from server.identity import account_by_email
from server.kit import Keyring, field_name
from server.kit.ids import new_id
from server.migrations import downgrade, upgrade
from tests import postgres
from tests.contract import leaks

pytestmark = pytest.mark.anyio

RING = Keyring({"k1": b"o" * 32}, "k1", b"i" * 32)
EMAIL = "rose.okafor@cedarcreek.example"
HOME, AWAY, NORTH, SOUTH, FAR, ROSE, OMAR, SESSION = (new_id() for _ in range(8))
THEN = datetime(2026, 11, 1, 10, tzinfo=UTC)
KINDS: dict[type, TypeEngine[Any]] = {
    UUID: Uuid(),
    datetime: DateTime(timezone=True),
    bytes: LargeBinary(),
    str: String(),
}
COVERED = """
SELECT a.name, c.name FROM clinic_coverage x
JOIN account a ON a.id = x.account_id JOIN clinic c ON c.id = x.clinic_id ORDER BY 1, 2
"""
SIGNED_IN = {
    "id": SESSION,
    "token_hash": b"h" * 32,
    "account_id": ROSE,
    "organization_id": HOME,
    "created_at": THEN,
    "seen_at": THEN,
    "ends_at": THEN,
}


def clinic(row: UUID, place: UUID, name: str) -> tuple[str, dict[str, Any]]:
    return "clinic", {"id": row, "organization_id": place, "name": name, "phone": "", "time_zone": "America/Denver"}


def member(account: UUID, place: UUID, role: str) -> tuple[str, dict[str, Any]]:
    return "membership", {"id": new_id(), "account_id": account, "organization_id": place, "role": role}


ROWS: list[tuple[str, dict[str, Any]]] = [
    ("organization", {"id": HOME, "name": "Cedar Creek Health"}),
    ("organization", {"id": AWAY, "name": "Prairie Health"}),
    clinic(NORTH, HOME, "North"),
    clinic(SOUTH, HOME, "South"),
    clinic(FAR, AWAY, "Far"),
    ("account", {"id": ROSE, "email": EMAIL, "name": "Rose Okafor", "created_at": THEN}),
    ("account", {"id": OMAR, "email": "omar@prairie.example", "name": "Omar Farouk", "created_at": THEN}),
    member(ROSE, HOME, "pcp"),
    member(ROSE, HOME, "administrator"),
    member(OMAR, AWAY, "pcp"),
    ("page_session", SIGNED_IN),
]


@pytest.fixture(params=["sqlite", "postgresql"])
async def before(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A database as the first version has left it, with people in it, of both kinds one after the other."""
    address = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    database = Database.open(address)
    await upgrade(database, "0001")
    async with database.writer.begin() as connection:
        for name, row in ROWS:
            await connection.execute(insert(name, row))
    yield database
    await database.close()


def insert(name: str, row: dict[str, Any]) -> Insert:
    return table_of(name, *(column_of(key, KINDS[type(value)]) for key, value in row.items())).insert().values(row)


async def rows_of(database: Database, query: str) -> list[Any]:
    async with database.writer.connect() as connection:
        return [tuple(row) for row in (await connection.execute(text(query))).all()]


async def test_accounts_are_found_by_their_sealed_email(before: Database) -> None:
    await upgrade(before, keyring=RING)
    async with before.read() as session:
        account = await account_by_email(session, RING, EMAIL)
    assert account is not None
    assert (account.id, account.name) == (ROSE, "Rose Okafor")
    assert RING.open(account.email, field_name("account", ROSE, "email")) == EMAIL


async def test_all_staff_cover_all_clinics_of_their_organization_of(before: Database) -> None:
    await upgrade(before, keyring=RING)
    assert await rows_of(before, COVERED) == [
        ("Omar Farouk", "Far"),
        ("Rose Okafor", "North"),
        ("Rose Okafor", "South"),
    ]


async def test_everybody_signs_in_again(before: Database) -> None:
    await upgrade(before, keyring=RING)
    assert await rows_of(before, "SELECT count(*) FROM page_session") == [(0,)]


async def test_it_goes_back_with_the_emails_readable(before: Database) -> None:
    await upgrade(before, keyring=RING)
    await downgrade(before, "0001", keyring=RING)
    assert await rows_of(before, "SELECT email FROM account ORDER BY name") == [("omar@prairie.example",), (EMAIL,)]
    leaks.forget()  # that version keeps them plain


async def test_without_keys_nothing_is_changed(before: Database) -> None:
    with pytest.raises(RuntimeError, match="no keys were given"):
        await upgrade(before)
    assert await rows_of(before, "SELECT email FROM account ORDER BY name") == [("omar@prairie.example",), (EMAIL,)]
    assert await rows_of(before, "SELECT count(*) FROM page_session") == [(1,)]


async def test_no_email_stays_in_the_files_of_the_database(
    before: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    await upgrade(before, keyring=RING)
    await before.close()
    folder = tmp_path
    if not before.is_sqlite:
        server: postgres.Server = request.getfixturevalue("postgres_server")
        server.execute("CHECKPOINT")
        folder = server.folder / "data" / "base"
    assert files_with(folder, b"Rose Okafor")  # a name is plain: it is looked at in the right place
    assert files_with(folder, EMAIL.encode()) == []


def files_with(folder: Path, wanted: bytes) -> list[str]:
    """Names of the files below a folder that hold these bytes."""
    return [path.name for path in folder.rglob("*") if path.is_file() and wanted in path.read_bytes()]
