"""The cast of the tests: two organizations and their people, a still clock, and a browser for each person."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
from starlette.applications import Starlette

from server.access import Actor, Role
from server.app import create_app
from server.calls import Live
from server.db import Database
from server.directory import Clinic, Organization, Patient, Practitioner, PractitionerLicence
from server.directory.rules import name_key
from server.directory.store import PatientContact, keep_contact
from server.identity import Account, ClinicCoverage, Membership, SignIn, new_account, start_session
from server.kit.ids import new_id
from server.settings import Settings
from server.visits import NewVisit, create_visit
from server.web import Deps

ORIGIN = "http://127.0.0.1:8000"
# A Tuesday, ten in the morning at the clinic (America/Denver).
TEN = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
ZONE = "America/Denver"

_STAFF: dict[str, tuple[Role, str, str, str, tuple[str, ...]]] = {
    "pcp": (Role.PCP, "Dr.", "Rose", "Okafor", ("MT", "ID")),
    "psychiatrist": (Role.SPECIALIST, "Dr.", "Lena", "Brandt", ("MT", "WY")),
    "caremanager": (Role.CARE_MANAGER, "", "Tomas", "Reyes", ("MT",)),
    "frontdesk": (Role.FRONT_DESK, "", "June", "Whitfield", ()),
    "admin": (Role.ADMINISTRATOR, "", "Ada", "Lindgren", ()),
}
BORN = date(1992, 4, 17)


class StillClock:
    """A clock that a test moves on."""

    def __init__(self, now: datetime = TEN) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Give the time, as the code under test asks for it."""
        return self.now

    def pass_(self, **span: float) -> None:
        """Move on by a `timedelta`'s words: `clock.pass_(minutes=5)`."""
        self.now += timedelta(**span)


@dataclass
class World:
    """A running application over a fresh database with the cast in it; people by name."""

    app: Starlette
    deps: Deps
    live: Live
    clock: StillClock
    clinic: Clinic
    accounts: dict[str, Account]
    actors: dict[str, Actor]
    practitioners: dict[str, Practitioner]
    patient: Patient
    outside_patient: Patient
    _clients: list[httpx2.AsyncClient] = field(default_factory=list)

    def browser(self, **headers: str) -> httpx2.AsyncClient:
        """Open a browser in which nobody is signed in. It follows no redirect by itself."""
        transport = httpx2.ASGITransport(self.app, raise_app_exceptions=False, client=("192.0.2.7", 40000))
        client = httpx2.AsyncClient(transport=transport, base_url=ORIGIN, headers={"Origin": ORIGIN, **headers})
        self._clients.append(client)
        return client

    async def signed_in(self, name: str, **headers: str) -> httpx2.AsyncClient:
        """Open a browser in which one of the staff is signed in."""
        client = self.browser(**headers)
        secret = await start_session(self.deps, self.accounts[name], SignIn("192.0.2.7", methods=("pwd",)))
        client.cookies.set("curbside", secret.text, domain="127.0.0.1")  # as a server sets it, so that it is replaced
        return client

    async def second_clinic(self, name: str = "Cedar Creek North", organization_id: UUID | None = None) -> Clinic:
        """Open another clinic of the cast's organization (or of another one), which none of the cast covers."""
        organization_id = organization_id or self.clinic.organization_id
        clinic = Clinic(id=new_id(), organization_id=organization_id, name=name, phone="406-555-0190", time_zone=ZONE)
        async with self.deps.database.write() as session:
            session.add(clinic)
        return clinic

    async def hire(self, name: str, role: Role, clinic: Clinic, *states: str, covers: bool = True) -> None:
        """Add somebody of a role to the cast; with states a practitioner of the clinic, who may not cover it."""
        rows = _member(self, name, clinic, role, "", name.title(), "Hired", states)
        if not covers:
            rows = [row for row in rows if not isinstance(row, ClinicCoverage)]
            self.actors[name] = replace(self.actors[name], clinics=frozenset())
        async with self.deps.database.write() as session:
            session.add_all(rows)

    async def visit(self, **changes: Any) -> tuple[UUID, str]:
        """Set up a visit of the pcp with the patient, now unless changed; gives its id and the text of its link."""
        new = NewVisit(
            **{
                "key": new_id(),
                "patient_id": self.patient.id,
                "practitioner_id": self.practitioners["pcp"].id,
                "starts_at": self.clock.now,
                "minutes": 20,
                "reason": "Follow-up",
                "send": False,
                "overbook": "Several at once",
                **changes,
            }
        )
        return new.key, await create_visit(self.deps, self.live, self.actors["pcp"], new)


@asynccontextmanager
async def opened_world(database: Database, folder: Path, **settings: Any) -> AsyncIterator[World]:
    """Fill a fresh database with the cast and start the application on it; settings as in `Settings`."""
    clock = StillClock()
    app = create_app(Settings(**{"data": folder, "public_url": ORIGIN, **settings}), clock, database)
    world = await _fill(app, database, clock)
    yield world
    for client in world._clients:
        await client.aclose()
    await world.live.close()


async def _fill(app: Starlette, database: Database, clock: StillClock) -> World:
    deps: Deps = app.state.deps
    home, away = (Organization(id=new_id(), name=name) for name in ("Cedar Creek Health", "Prairie Health"))
    clinic, far = (
        Clinic(id=new_id(), organization_id=place.id, name=name, phone=phone, time_zone=ZONE)
        for place, name, phone in (
            (home, "Cedar Creek Clinic", "406-555-0142"),
            (away, "Prairie Clinic", "701-555-0110"),
        )
    )
    world = World(
        app, deps, app.state.live, clock, clinic, {}, {}, {}, _patient(deps, home.id), _patient(deps, away.id)
    )
    rows: list[Any] = [home, away, clinic, far, world.patient, world.outside_patient]
    for name, person in _STAFF.items():
        rows += _member(world, name, clinic, *person)
    rows += _member(world, "outsider", far, Role.PCP, "Dr.", "Omar", "Farouk", ("ND",))
    async with database.write() as session:
        session.add_all(rows)
    return world


def _patient(deps: Deps, organization_id: UUID) -> Patient:
    patient = Patient(
        id=new_id(),
        organization_id=organization_id,
        given_name="Maria",
        family_name="Alvarez",
        given_key=name_key("Maria"),
        family_key=name_key("Alvarez"),
        birth_date=BORN,
        language="en",
        time_zone=ZONE,
        created_at=TEN,
    )
    keep_contact(deps.keyring, patient, PatientContact("406-555-0177", "m.alvarez@example.org", "CC-1001"))
    return patient


def _member(
    world: World, name: str, clinic: Clinic, role: Role, title: str, given: str, family: str, states: tuple[str, ...]
) -> list[Any]:
    account = new_account(world.deps.keyring, f"{name}@demo.test", f"{title} {given} {family}".strip(), TEN)
    world.accounts[name] = account
    clinics = frozenset({clinic.id})
    world.actors[name] = Actor(
        frozenset({role}), clinic.organization_id, account.id, name=account.name, clinics=clinics
    )
    at: dict[str, Any] = {"account_id": account.id, "organization_id": clinic.organization_id}
    rows: list[Any] = [account, Membership(id=new_id(), role=role, **at)]
    rows.append(ClinicCoverage(id=new_id(), clinic_id=clinic.id, **at))
    if not states:
        return rows
    practitioner = Practitioner(
        id=new_id(),
        organization_id=clinic.organization_id,
        account_id=account.id,
        clinic_id=clinic.id,
        title=title,
        given_name=given,
        family_name=family,
        specialty="Primary care",
        profession="physician",
    )
    world.practitioners[name] = practitioner
    expires = TEN.date() + timedelta(days=200)
    rows += [
        PractitionerLicence(
            id=new_id(), practitioner_id=practitioner.id, state=s, profession="physician", expires_on=expires
        )
        for s in states
    ]
    return [*rows, practitioner]
