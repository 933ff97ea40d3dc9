"""A visit's way for tests: the patient opens the link, confirms, waits, is let in; and what is left in the rows.

maria = await journey.waiting(world, link)
await admit_patient(world.deps, world.live, world.actors["pcp"], visit_id)
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
from sqlmodel import col, select

from server.access import Actor
from server.audit import AuditEvent
from server.calls import Seat
from server.identity import AccessLink, guest_of
from server.kit import digest, field_name
from server.outbox import OutboxMessage
from server.scheduling import Appointment
from server.visits import Encounter
from server.visits.patient_actions import ConsentGiven, arrive, confirm
from server.visits.store import Safety
from tests.cast import World

BORN = {"born_month": "4", "born_day": "17", "born_year": "1992"}
WRONG = {**BORN, "born_year": "1991"}
BEFORE = {
    "where": "other",
    "street": "118 Larch Street",
    "city": "Missoula",
    "state": "MT",
    "phone": "(406) 555-0177",
    "emergency_name": "D. Alvarez",
    "emergency_phone": "406-555-0168",
    "company": "alone",
    "given_by": "patient",
    "agree": "1",
}
HOME = Safety("118 Larch Street", "Missoula", "MT", "406-555-0177", "D. Alvarez", "406-555-0168", "")
HERSELF = ConsentGiven("patient", "en")
CHROMIUM = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0"
PHONE = f"Mozilla/5.0 (Linux; Android 10; K) {CHROMIUM} Mobile Safari/537.36"


async def opened(world: World, token: str, **headers: str) -> httpx2.AsyncClient:
    """The patient's browser after the date of birth; without a right one the test stops here."""
    browser = world.browser(**{"User-Agent": PHONE, **headers})
    answer = await browser.post(f"/v/{token}", data=BORN)
    assert answer.status_code == 303, answer.text
    return browser


async def confirmed(world: World, token: str, **changes: str) -> httpx2.AsyncClient:
    """The patient's browser after consent and safety."""
    browser = await opened(world, token)
    answer = await browser.post("/visit/before", data={**BEFORE, **changes})
    assert answer.status_code == 303, answer.text
    return browser


async def waiting(world: World, token: str, **changes: str) -> httpx2.AsyncClient:
    """The patient's browser in the waiting room."""
    browser = await confirmed(world, token, **changes)
    answer = await browser.post("/visit/ticket")
    assert answer.json()["standing"] == "waiting"
    return browser


async def asks_from_another_device(world: World, token: str) -> httpx2.AsyncClient:
    """Another browser with the right date of birth, while the first one holds the link."""
    browser = world.browser()
    answer = await browser.post(f"/v/{token}", data=BORN)
    assert answer.headers["location"] == "/visit/device", answer.text
    return browser


async def patient_of(world: World, token: str) -> Actor:
    """The patient as the actor that the link stands for."""
    return guest_of(await link_of(world, token), "192.0.2.7")


async def patient_waits(world: World, token: str, safety: Safety = HOME) -> Actor:
    """The same way without a browser: consent and safety confirmed, arrived."""
    actor = await patient_of(world, token)
    await confirm(world.deps, world.live, actor, HERSELF, safety)
    await arrive(world.deps, world.live, actor)
    return actor


async def link_of(world: World, token: str) -> AccessLink:
    """The link's row."""
    async with world.deps.database.read() as session:
        return (await session.exec(select(AccessLink).where(AccessLink.token_hash == digest(token)))).one()


async def encounter_of(world: World, visit_id: UUID) -> Encounter:
    """The encounter's row."""
    async with world.deps.database.read() as session:
        return await session.get_one(Encounter, visit_id)


async def appointment_of(world: World, visit_id: UUID) -> Appointment:
    """The appointment's row."""
    async with world.deps.database.read() as session:
        return await session.get_one(Appointment, (await session.get_one(Encounter, visit_id)).appointment_id)


async def seats(world: World) -> list[Seat]:
    """All seats, in the order in which they were taken."""
    async with world.deps.database.read() as session:
        return list((await session.exec(select(Seat).order_by(col(Seat.id)))).all())


async def rows(world: World, table: Any) -> list[Any]:
    """All rows of a table by id."""
    async with world.deps.database.read() as session:
        return list((await session.exec(select(table).order_by(table.id))).all())


async def audited(world: World, *actions: str) -> list[AuditEvent]:
    """The audit trail in order: of these actions, or all of it."""
    events: list[AuditEvent] = await rows(world, AuditEvent)
    return [event for event in events if not actions or event.action in actions]


@dataclass(frozen=True)
class Letter:
    """A mail in the outbox, opened."""

    recipient: str
    subject: str
    body: str


async def letters(world: World) -> list[Letter]:
    """The mails in the outbox, opened."""
    found: list[OutboxMessage] = await rows(world, OutboxMessage)
    return [Letter(*(_opened(world, row, column) for column in ("recipient", "subject", "body"))) for row in found]


def _opened(world: World, row: OutboxMessage, column: str) -> str:
    return world.deps.keyring.open(getattr(row, column), field_name("outbox_message", row.id, column))
