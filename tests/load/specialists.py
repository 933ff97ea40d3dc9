"""Specialists in the database of running nodes, all of them on duty, with a session for each and for who asks.

staff = await hired(nodes, 30, address, Offered("Ringing", (("everyone_covering", 0, 30),)))
await staff.ask(http, staff.services[0])
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
from sqlmodel import select

from server.access import Role
from server.consults import ConsultService, EscalationPath, EscalationStep, ServiceCoverage, SpecialistProfile
from server.db import Database
from server.directory import Practitioner
from server.identity import ClinicCoverage, Membership, PageSession, account_by_email, new_account
from server.kit import Keyring, utc_now
from server.kit.ids import new_id
from server.kit.keyfile import load_keys
from server.kit.secrets import new_secret
from tests.e2e.served import Served

ROWS_AT_ONCE = 500
CAPACITY = 100_000
"""More cases than are ever asked: here nobody is left out for having too many."""

Steps = Sequence[tuple[str, int, int]]
"""Kind of step, the number of the person where it names one, and seconds."""


@dataclass(frozen=True)
class Offered:
    """A service that is covered by these people, by their numbers; by all of them when none are named."""

    name: str
    steps: Steps
    restarts: int = 0
    people: range | None = None


@dataclass(frozen=True)
class Person:
    """Somebody of the staff, with their session and its cookie."""

    account: UUID
    practitioner: UUID
    session: UUID
    cookie: str


@dataclass
class Staff:
    """Who is there: the specialists, who asks, and the services in the order in which they were offered."""

    database: Database
    origin: str
    organization: UUID
    clinic: UUID
    asking: Person
    people: list[Person] = field(default_factory=list)
    services: list[UUID] = field(default_factory=list)

    def headers(self, person: Person) -> dict[str, str]:
        """Give the headers of a script on somebody's page."""
        return {"Origin": self.origin, "Cookie": f"curbside={person.cookie}", "Accept": "application/json"}

    async def ask(self, http: httpx2.AsyncClient, url: str, service: UUID, key: UUID) -> httpx2.Response:
        """Send the form of a consult, about nobody and for now, to a node."""
        form = {"key": str(key), "service": str(service), "clinic": str(self.clinic), "mode": "video", "urgency": "now"}
        form["reason"] = "No response at week 8. Increase, or switch?"
        return await http.post(f"{url}/consults/new", data=form, headers=self.headers(self.asking))


async def hired(nodes: Sequence[Served], count: int, address: str, *offered: Offered) -> Staff:
    """Add specialists to the demo's organization, and services that they cover. The caller closes the database."""
    folder = Path(nodes[0].environment["CURBSIDE_DATA"])
    database = Database.open(address or f"sqlite+aiosqlite:///{folder / 'curbside.db'}")
    keyring, now = load_keys(folder, ()).keyring, utc_now()
    async with database.read() as session:
        pcp = await account_by_email(session, keyring, "pcp@demo.test")
        assert pcp is not None
        covered = select(ClinicCoverage).where(ClinicCoverage.account_id == pcp.id)
        clinic = (await session.exec(covered)).all()[0]
    asking, entry = _session(pcp.id, pcp.id, clinic.organization_id, now)
    staff = Staff(
        database, nodes[0].environment["CURBSIDE_PUBLIC_URL"], clinic.organization_id, clinic.clinic_id, asking
    )
    rows = [entry, *(row for number in range(count) for row in _person(staff, keyring, number, now))]
    rows += [row for one in offered for row in _service(staff, one, now)]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        async with database.write() as session:
            session.add_all(rows[start : start + ROWS_AT_ONCE])
    return staff


def _session(account: UUID, practitioner: UUID, organization: UUID, now: datetime) -> tuple[Person, PageSession]:
    secret = new_secret()
    row = PageSession(
        id=new_id(),
        token_hash=secret.digest,
        account_id=account,
        organization_id=organization,
        created_at=now,
        seen_at=now,
        ends_at=now + timedelta(hours=12),
        proved_at=now,
    )
    return Person(account, practitioner, row.id, secret.text), row


def _person(staff: Staff, keyring: Keyring, number: int, now: datetime) -> Iterator[Any]:
    account = new_account(keyring, f"specialist{number}@load.test", f"Dr. Specialist {number}", now)
    at: dict[str, Any] = {"account_id": account.id, "organization_id": staff.organization}
    who = Practitioner(
        id=new_id(),
        clinic_id=staff.clinic,
        title="Dr.",
        given_name="S",
        family_name=f"Specialist{number}",
        specialty="Psychiatry",
        profession="physician",
        **at,
    )
    person, entry = _session(account.id, who.id, staff.organization, now)
    staff.people.append(person)
    yield from (account, Membership(id=new_id(), role=Role.SPECIALIST, **at), who, entry)
    yield ClinicCoverage(id=new_id(), clinic_id=staff.clinic, **at)
    yield SpecialistProfile(
        id=new_id(),
        organization_id=staff.organization,
        practitioner_id=who.id,
        duty="on",
        capacity=CAPACITY,
        changed_at=now,
    )


def _service(staff: Staff, offered: Offered, now: datetime) -> Iterator[Any]:
    at: dict[str, Any] = {"organization_id": staff.organization}
    service = ConsultService(
        id=new_id(),
        name=offered.name,
        kind="social_work",
        direction="behavioral",
        modes=["video", "written"],
        changed_at=now,
        **at,
    )
    path = EscalationPath(
        id=new_id(), service_id=service.id, name="Now", urgencies=["now"], position=1, restarts=offered.restarts, **at
    )
    staff.services.append(service.id)
    yield from (service, path)
    for number in offered.people or range(len(staff.people)):
        who = staff.people[number].practitioner
        yield ServiceCoverage(id=new_id(), service_id=service.id, practitioner_id=who, **at)
    for position, (kind, number, seconds) in enumerate(offered.steps, 1):
        named = staff.people[number].practitioner if kind == "person" else None
        yield EscalationStep(
            id=new_id(), path_id=path.id, position=position, kind=kind, practitioner_id=named, seconds=seconds, **at
        )
