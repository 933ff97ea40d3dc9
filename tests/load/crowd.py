"""Real server processes with many rooms in their database, and tickets for everybody who has a seat there."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from server.calls import Room, Seat
from server.db import Database
from server.directory import Organization, Patient
from server.identity import Membership, PageSession
from server.kit import utc_now
from server.kit.ids import new_id
from server.kit.keyfile import load_keys
from signaling import Ticket, Tickets
from signaling.client import Client
from signaling.protocol import Standing
from tests.e2e.served import Served

SESSIONS = 200
"""Enough that the limit of joins per session is never what is measured: 60 at once and 2 a second, each."""
ROWS_AT_ONCE = 500


@dataclass
class Crowd:
    """Rooms of three seats, all admitted: two of staff and a patient's last. Sessions are used in turn."""

    nodes: list[Served]
    tickets: Tickets
    organization: UUID
    rooms: list[UUID] = field(default_factory=list)
    seats: list[tuple[UUID, UUID, UUID]] = field(default_factory=list)
    sessions: list[UUID] = field(default_factory=list)
    _minted: Iterator[int] = field(default_factory=count)

    def address(self, node: int = 0) -> str:
        """Where a node's signaling is."""
        return f"ws://127.0.0.1:{self.nodes[node].port}/signaling"

    def ticket(self, room: int, seat: int, standing: Standing = "admitted") -> str:
        """Mint a ticket for somebody in a room."""
        session = self.sessions[next(self._minted) % len(self.sessions)]
        place, who = str(self.rooms[room]), str(self.seats[room][seat])
        return self.tickets.mint(Ticket(place, who, "Somebody", "guest", str(session), standing))

    async def enter(self, room: int, seat: int, node: int = 0) -> Client:
        """Connect somebody and wait for the welcome."""
        client = await Client.connect(self.address(node), self.nodes[0].url)
        await client.join(self.ticket(room, seat))
        await client.expect("welcome", 20)
        return client


@contextmanager
def served(nodes: int = 1, **environment: str) -> Iterator[list[Served]]:
    """Run server processes that share a data folder; more than one need a database and a backplane of their own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="curbside-load-")))
        shared = {**environment, "CURBSIDE_DATA": str(folder / "var"), "CURBSIDE_LOG_LEVEL": "warning"}
        made: list[Served] = []
        for number in range(nodes):
            node = Served(folder / f"node-{number}", shared)
            node.environment["CURBSIDE_PUBLIC_URL"] = made[0].url if made else node.url
            stack.callback(node.stop)
            node.start()
            made.append(node)
        yield made


def troubles(node: Served) -> list[str]:
    """Give every line of a server's log but its greeting and what is only told."""
    lines = node.log.read_text().splitlines()
    return [f"logged: {line}" for line in lines if not line.startswith(("INFO:", "Curbside "))]


@asynccontextmanager
async def crowd(nodes: list[Served], rooms: int, address: str = "") -> AsyncIterator[Crowd]:
    """Put rooms into the database of running nodes; `address` is the database's, when it is not theirs alone."""
    folder = Path(nodes[0].environment["CURBSIDE_DATA"])
    database = Database.open(address or f"sqlite+aiosqlite:///{folder / 'curbside.db'}")
    try:
        yield await _fill(database, Crowd(nodes, Tickets(load_keys(folder, ()).ticket_key, utc_now), new_id()), rooms)
    finally:
        await database.close()


async def _fill(database: Database, made: Crowd, rooms: int) -> Crowd:
    async with database.read() as session:
        members = select(Membership).join(Organization, col(Organization.id) == Membership.organization_id)
        member, other = (await session.exec(members.order_by(Organization.name).limit(2))).all()
        patients = select(Patient.id).where(col(Patient.organization_id) == member.organization_id)
        patient = (await session.exec(patients.limit(1))).one()
    made.organization = member.organization_id
    sessions = [_session(made, member.account_id) for _ in range(SESSIONS)]
    places = [_room(made) for _ in range(rooms)]
    seats = [seat for room in places for seat in _seats(made, room, member, other, patient)]
    for kind in (sessions, places, seats):
        await _insert(database, kind)
    return made


async def _insert(database: Database, rows: list[Any]) -> None:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        async with database.write() as session:
            session.add_all(rows[start : start + ROWS_AT_ONCE])


def _session(made: Crowd, account: UUID) -> PageSession:
    now, row = utc_now(), new_id()
    made.sessions.append(row)
    return PageSession(
        id=row,
        token_hash=row.bytes,
        account_id=account,
        organization_id=made.organization,
        created_at=now,
        seen_at=now,
        ends_at=now + timedelta(hours=12),
        proved_at=now,
    )


def _room(made: Crowd) -> Room:
    made.rooms.append(new_id())
    return Room(id=made.rooms[-1], organization_id=made.organization, opened_at=utc_now())


def _seats(made: Crowd, room: Room, member: Membership, other: Membership, patient: UUID) -> list[Seat]:
    ids = (new_id(), new_id(), new_id())
    made.seats.append(ids)
    common: dict[str, Any] = {"organization_id": made.organization, "room_id": room.id, "taken_at": utc_now()}
    common |= {"name": "Somebody", "role": "guest", "standing": "admitted"}
    people: tuple[dict[str, Any], ...] = (
        {"account_id": member.account_id},
        {"account_id": other.account_id},
        {"patient_id": patient},
    )
    return [Seat(id=row, **person, **common) for row, person in zip(ids, people, strict=True)]
