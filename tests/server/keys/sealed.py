"""Sealed values to turn keys on: messages of an outbox, sealed with a ring of one key or two."""

from datetime import UTC, datetime

from sqlmodel import col, select

from server.db import Database
from server.directory import Organization
from server.kit import Keyring, field_name, key_id_of
from server.kit.ids import new_id
from server.outbox import OutboxMessage

TEN = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
OLD = Keyring({"k1": b"o" * 32}, "k1", b"i" * 32)
BOTH = Keyring({"k2": b"n" * 32, "k1": b"o" * 32}, "k2", b"i" * 32)
NEW = Keyring({"k2": b"n" * 32}, "k2", b"i" * 32)


def message(ring: Keyring, organization: Organization, text: str) -> OutboxMessage:
    """A message whose address is sealed; it has neither subject nor text."""
    row = new_id()
    sealed = ring.seal(text, field_name("outbox_message", row, "recipient"))
    return OutboxMessage(
        id=row,
        organization_id=organization.id,
        about_id=row,
        recipient=sealed,
        status="sent",
        queued_at=TEN,
        due_at=TEN,
    )


async def keep_messages(database: Database, ring: Keyring, count: int) -> None:
    """Store so many messages."""
    home = Organization(id=new_id(), name="Cedar Creek Health")
    async with database.write() as session:
        session.add_all([home, *(message(ring, home, f"person{number}@example.org") for number in range(count))])


async def recipients(database: Database, ring: Keyring) -> list[str]:
    """Open all of them, oldest first."""
    return [ring.open(row.recipient, field_name("outbox_message", row.id, "recipient")) for row in await rows(database)]


async def keys_in_use(database: Database) -> set[str]:
    """Name the keys that the messages are wrapped with."""
    return {key_id_of(row.recipient) for row in await rows(database)}


async def rows(database: Database) -> list[OutboxMessage]:
    """Give all messages, oldest first."""
    async with database.read() as session:
        return list((await session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id)))).all())
