"""The cast of the tests: two organizations and their people, a still clock, and a browser for each person."""

import pickle
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import httpx2
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
from sqlalchemy import Table
from sqlalchemy.orm import make_transient_to_detached
from sqlmodel import SQLModel
from starlette.applications import Starlette

from server.access import Actor, Role
from server.app import create_app
from server.calls import Live
from server.db import Database
from server.directory import Clinic, Organization, Patient, Practitioner, PractitionerLicence
from server.directory.rules import name_key
from server.directory.store import PatientContact, keep_contact
from server.identity import Account, ClinicCoverage, Membership, SignIn, new_account, start_session
from server.kit import Keyring
from server.kit.ids import new_id
from server.kit.keyfile import NAME, load_keys
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


class Given(Settings):
    """Settings as a test gives them. The environment is not asked: that took a quarter of a test's set-up."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


@dataclass
class Cast:
    """Who is there, by name, and the clinic they work at."""

    clinic: Clinic
    patient: Patient
    outside_patient: Patient
    accounts: dict[str, Account] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    practitioners: dict[str, Practitioner] = field(default_factory=dict)


@dataclass
class World(Cast):
    """A running application over a fresh database with the cast in it."""

    app: Starlette = field(kw_only=True)
    deps: Deps = field(kw_only=True)
    live: Live = field(kw_only=True)
    clock: StillClock = field(kw_only=True)
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
        rows = _member(self, self.deps.keyring, name, clinic, role, "", name.title(), "Hired", states)
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
    """Fill a fresh database with the cast and start the application on it; settings as in `Settings`.

    The cast and the keys it is sealed with are made once in a process: making them anew took half of a short test.
    """
    # A Redis outlives a test, and what is counted in it for one person must not meet another of the same id.
    clock, made = StillClock(), _made.__wrapped__() if "backplane_url" in settings else _made()
    if not (folder / NAME).exists():
        (folder / NAME).write_text(made.keys)
        (folder / NAME).chmod(0o600)
    app = create_app(Given(**{"data": folder, "public_url": ORIGIN, **settings}), clock, database)
    cast: Cast = pickle.loads(made.cast)  # noqa: S301 - our own; what a test does to it is its own matter
    async with database.write() as session:
        for table, values in made.rows:
            await (await session.connection()).execute(table.insert(), values)
    deps, live = app.state.deps, app.state.live
    world = World(**vars(cast), app=app, deps=deps, live=live, clock=clock)
    yield world
    for client in world._clients:
        await client.aclose()
    await world.live.close()


@dataclass(frozen=True, slots=True)
class _Made:
    """The cast, pickled, as rows for each table in an order in which they can be written, and the file of keys."""

    cast: bytes
    rows: list[tuple[Table, list[dict[str, Any]]]]
    keys: str


@cache
def _made() -> _Made:
    with TemporaryDirectory() as folder:
        keyring = load_keys(Path(folder), ()).keyring
        keys = (Path(folder) / NAME).read_text()
    cast, rows = _cast(keyring)
    tables = {
        table: [row.model_dump() for row in rows if row.__table__ is table] for table in SQLModel.metadata.sorted_tables
    }
    for row in rows:
        make_transient_to_detached(row)  # as if it had been written and its session were over
    return _Made(pickle.dumps(cast), [(table, values) for table, values in tables.items() if values], keys)


def _cast(keyring: Keyring) -> tuple[Cast, list[Any]]:
    home, away = (Organization(id=new_id(), name=name) for name in ("Cedar Creek Health", "Prairie Health"))
    clinic, far = (
        Clinic(id=new_id(), organization_id=place.id, name=name, phone=phone, time_zone=ZONE)
        for place, name, phone in (
            (home, "Cedar Creek Clinic", "406-555-0142"),
            (away, "Prairie Clinic", "701-555-0110"),
        )
    )
    cast = Cast(clinic, _patient(keyring, home.id), _patient(keyring, away.id))
    rows: list[Any] = [home, away, clinic, far, cast.patient, cast.outside_patient]
    for name, person in _STAFF.items():
        rows += _member(cast, keyring, name, clinic, *person)
    rows += _member(cast, keyring, "outsider", far, Role.PCP, "Dr.", "Omar", "Farouk", ("ND",))
    return cast, rows


def _patient(keyring: Keyring, organization_id: UUID) -> Patient:
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
    keep_contact(keyring, patient, PatientContact("406-555-0177", "m.alvarez@example.org", "CC-1001"))
    return patient


def _member(
    cast: Cast,
    keyring: Keyring,
    name: str,
    clinic: Clinic,
    role: Role,
    title: str,
    given: str,
    family: str,
    states: tuple[str, ...],
) -> list[Any]:
    account = new_account(keyring, f"{name}@demo.test", f"{title} {given} {family}".strip(), TEN)
    cast.accounts[name] = account
    clinics = frozenset({clinic.id})
    cast.actors[name] = Actor(frozenset({role}), clinic.organization_id, account.id, name=account.name, clinics=clinics)
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
    cast.practitioners[name] = practitioner
    expires = TEN.date() + timedelta(days=200)
    rows += [
        PractitionerLicence(
            id=new_id(), practitioner_id=practitioner.id, state=s, profession="physician", expires_on=expires
        )
        for s in states
    ]
    return [*rows, practitioner]
