"""Reminders for tests: a site that sends mail and texts, what went out, and the link in it."""

import re
from typing import Any

from sqlmodel import col, select

from server.directory import Patient
from server.kit import field_name
from server.outbox import OutboxMessage
from tests.cast import World

CAN_SEND = {"smtp_url": "smtp://127.0.0.1:9", "sms_url": "http://127.0.0.1:9/messages"}


async def change_patient(world: World, **columns: object) -> None:
    """Write columns of the patient."""
    async with world.deps.database.write() as session:
        patient = await session.get_one(Patient, world.patient.id)
        for name, value in columns.items():
            setattr(patient, name, value)


async def bodies(world: World, channel: str = "mail") -> list[str]:
    """The messages of a channel in the outbox, opened."""
    query = select(OutboxMessage).where(OutboxMessage.channel == channel).order_by(col(OutboxMessage.id))
    async with world.deps.database.read() as session:
        rows = (await session.exec(query)).all()
    return [world.deps.keyring.open(row.body or b"", field_name("outbox_message", row.id, "body")) for row in rows]


def token_in(body: str) -> str:
    """The text of the link that a message carries."""
    found: Any = re.search(r"/v/([\w-]+)", body)
    return str(found[1])
