"""Patients' own accounts for tests: mailed links, accounts that are there already, and a browser that is signed in."""

from typing import Any
from uuid import UUID

import httpx2
from argon2 import PasswordHasher
from sqlmodel import select

from server.access import Actor, Role
from server.directory import Patient
from server.directory.rules import name_key
from server.identity import Account, AccountWish, PatientAccount, SignIn, expect_account, new_account, start_session
from server.identity.portal_actions import PURPOSE
from server.identity.store import account_link_by_token
from server.identity.tables import AccountLink
from server.kit import Secret, digest, new_secret
from server.kit.ids import new_id
from tests.cast import BORN, TEN, ZONE, World

ADDRESS = "192.0.2.7"
EMAIL = "maria@example.org"
PASSWORD = "seven quiet herons"
# A hash names its own costs; this one is quick to verify.
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


async def mailed_link(world: World, email: str = EMAIL, patient: Patient | None = None) -> str:
    """Make the link that a mail brings, for the world's patient unless another is given; gives its text."""
    secret, whose = new_secret(), patient or world.patient
    wish = AccountWish(whose.organization_id, whose.id, email, "Maria Alvarez", HASHED)
    async with world.deps.database.write() as session:
        await expect_account(session, world.deps, wish, secret)
    return secret.text


async def stored_link(world: World, token: str) -> AccountLink:
    """Read a link's row afresh."""
    async with world.deps.database.read() as session:
        return await account_link_by_token(session, PURPOSE, digest(token))


async def own_account(world: World, *patients: Patient, email: str = EMAIL) -> Account:
    """Add an account that is the own of these patients, or of the world's."""
    account = new_account(world.deps.keyring, email, "Maria Alvarez", TEN)
    account.password_hash = HASHED
    async with world.deps.database.write() as session:
        session.add(account)
    await make_own(world, account, *(patients or (world.patient,)))
    return account


async def make_own(world: World, account: Account, *patients: Patient) -> None:
    """Make patients the account's own."""
    async with world.deps.database.write() as session:
        for patient in patients:
            at = {"organization_id": patient.organization_id, "patient_id": patient.id}
            session.add(PatientAccount(id=new_id(), account_id=account.id, created_at=TEN, **at))


async def another_patient(world: World, given_name: str, **changes: Any) -> Patient:
    """Add one more patient of the home organization."""
    patient = Patient(
        **{
            "id": new_id(),
            "organization_id": world.patient.organization_id,
            "given_name": given_name,
            "family_name": "Alvarez",
            "given_key": name_key(given_name),
            "family_key": "alvarez",
            "birth_date": BORN,
            "language": "en",
            "time_zone": ZONE,
            "created_at": TEN,
            **changes,
        }
    )
    async with world.deps.database.write() as session:
        session.add(patient)
    return patient


async def signed_in(
    world: World, account: Account, patient: Patient | None = None, **headers: str
) -> httpx2.AsyncClient:
    """Open a browser in which the account is signed in, as a patient of its own when one is given."""
    browser = world.browser(**headers)
    secret = await started(world, account, patient)
    browser.cookies.set("curbside", secret.text, domain="127.0.0.1")  # where answers set theirs
    return browser


async def started(world: World, account: Account, patient: Patient | None = None) -> Secret:
    """Start a session of the account."""
    how = SignIn(ADDRESS, methods=("pwd",), patient_id=patient.id if patient else None)
    return await start_session(world.deps, account, how)


def as_patient(account: Account, patient: Patient, session_id: UUID | None = None) -> Actor:
    """Give the actor of a patient who is signed in with an account."""
    roles = frozenset({Role.PATIENT})
    key = str(session_id or "")
    return Actor(roles, patient.organization_id, account.id, session_id, key, address=ADDRESS, patient_id=patient.id)


async def ties(world: World) -> set[tuple[UUID, UUID]]:
    """Give which account is which patient's own."""
    async with world.deps.database.read() as session:
        return {(tie.account_id, tie.patient_id) for tie in (await session.exec(select(PatientAccount))).all()}
