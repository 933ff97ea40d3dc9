"""Real rows behind the parameters of paths, and a signed-in browser for everybody in the access matrix."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2

from server.access import Role, Why
from server.directory import CareTeamParticipant, Clinic
from server.identity import (
    EmergencyAccess,
    PageSession,
    PatientAccount,
    SignIn,
    new_account,
    start_session,
)
from server.identity.tables import AccountLink, Authenticator, Issuer
from server.kit import new_secret
from server.kit.ids import new_id
from server.outbox import OutboxMessage
from server.outbox.transport import mail_file
from server.web import Page
from tests.cast import World
from tests.contract.access_matrix import AWAY, OWNER, PEOPLE, Person
from tests.server.visits import journey

STAFF_COOKIE = "curbside"


class Stage:
    """Everybody of the matrix in one running application, with browsers; and the records that they ask for."""

    def __init__(self, world: World) -> None:
        """Take the application with the cast; `fill` brings the others."""
        self.world = world
        self._browsers: dict[str, httpx2.AsyncClient] = {}

    async def fill(self) -> None:
        """Hire everybody who is not in the cast, and tie the care manager to the patient by the care team alone."""
        world = self.world
        async with world.deps.database.read() as session:
            far = await session.get_one(Clinic, world.practitioners["outsider"].clinic_id)
        for person in PEOPLE:
            if person.way != "staff" or person.role is None or person.name == OWNER:
                continue
            clinic = far if person.organization == AWAY else world.clinic
            await world.hire(person.name, person.role, clinic, covers=person.tie is Why.COVERAGE)
            if person.tie is Why.CARE_TEAM:
                await self._save(self._in_care_team(world.accounts[person.name].id))
        await self._sign_in_patient()
        self._browsers["nobody"] = world.browser()
        _, link = await world.visit()
        self._browsers["patient by link"] = await journey.opened(world, link)

    async def _sign_in_patient(self) -> None:
        account = new_account(self.world.deps.keyring, "maria@example.org", "Maria Alvarez", self.world.clock.now)
        self.world.accounts["patient with account"] = account
        own: dict[str, Any] = {
            "account_id": account.id,
            "patient_id": self.world.patient.id,
            "created_at": self.world.clock.now,
        }
        await self._save(account, PatientAccount(id=new_id(), **own, **self._at_home))

    async def send(self, person: Person, route: Page, values: dict[str, str]) -> httpx2.Response:
        """Send somebody's request for a route: what the address does not take of the values goes into the form.

        Who posted signs in anew before the next request, for it may have ended the session.
        """
        browser = self._browsers.get(person.name)
        if browser is None:
            browser = self._browsers[person.name] = self.world.browser()
            browser.cookies.set(STAFF_COOKIE, await self._session(person))
        address = route.path_format.format(**values)
        if "GET" in (route.methods or ()):
            return await browser.get(address)
        (method,) = route.methods or {"POST"}
        left = {name: value for name, value in values.items() if name not in route.param_convertors}
        answer = await browser.request(method, address, data=left)
        self.forget(person)
        return answer

    def forget(self, person: Person) -> None:
        """Close the browser of somebody who can sign in anew."""
        if person.way in {"staff", "portal"}:
            self._browsers.pop(person.name, None)

    async def _session(self, person: Person) -> str:
        account = self.world.accounts[person.name]
        if person.way == "staff":
            return (await start_session(self.world.deps, account, SignIn("192.0.2.7", methods=("pwd",)))).text
        secret, now = new_secret(), self.world.clock.now
        row = PageSession(
            id=new_id(),
            token_hash=secret.digest,
            account_id=account.id,
            patient_id=self.world.patient.id,
            created_at=now,
            seen_at=now,
            ends_at=now + timedelta(hours=8),
            proved_at=now,
            **self._at_home,
        )
        await self._save(row)
        return secret.text

    async def record(self, key: str) -> str:
        """Make a fresh record for a parameter as it is called in `PARAMETERS`, and give what goes into the path."""
        return str(await self._makers[key]())

    @property
    def _makers(self) -> dict[str, Callable[[], Awaitable[object]]]:
        return {
            "/admin/invitations/{id}": self._invitation,
            "/admin/members/{id}": self._member,
            "/login/oidc/{issuer_id}": self._issuer,
            "{authenticator_id}": self._authenticator,
            "{emergency_id}": self._emergency,
            "{encounter_id}": self._visit,
            "{issuer_id}": self._issuer,
            "{message_id}": self._message,
            "{participant_id}": self._participant,
            "{patient_id}": self._patient,
            "{session_id}": self._page_session,
            "{token}": self._token,
        }

    @property
    def _at_home(self) -> dict[str, Any]:
        return {"organization_id": self.world.clinic.organization_id}

    @property
    def _of_owner(self) -> dict[str, Any]:
        return {"id": new_id(), "account_id": self.world.accounts[OWNER].id}

    async def _save(self, *rows: Any) -> UUID:
        async with self.world.deps.database.write() as session:
            session.add_all(rows)
        saved: UUID = rows[-1].id
        return saved

    async def _visit(self) -> UUID:
        return (await self.world.visit())[0]

    async def _patient(self) -> UUID:
        return self.world.patient.id

    async def _token(self) -> str:
        return (await self.world.visit())[1]

    async def _emergency(self) -> UUID:
        now, patient_id = self.world.clock.now, self.world.patient.id
        span: dict[str, Any] = {"started_at": now, "ends_at": now + timedelta(hours=1)}
        return await self._save(
            EmergencyAccess(patient_id=patient_id, reason=b"-", **span, **self._of_owner, **self._at_home)
        )

    def _in_care_team(self, account_id: UUID) -> CareTeamParticipant:
        patient_id, now = self.world.patient.id, self.world.clock.now
        return CareTeamParticipant(
            id=new_id(), patient_id=patient_id, account_id=account_id, added_at=now, **self._at_home
        )

    async def _participant(self) -> UUID:
        return await self._save(self._in_care_team(self.world.accounts["frontdesk"].id))

    async def _message(self) -> UUID:
        now, row_id = self.world.clock.now, new_id()
        file = mail_file(self.world.deps.settings, str(row_id))
        file.parent.mkdir(exist_ok=True)
        file.write_text("Subject: Hello\n\nHello\n")
        row = OutboxMessage(
            id=row_id, about_id=row_id, recipient=b"-", status="sent", queued_at=now, due_at=now, **self._at_home
        )
        return await self._save(row)

    async def _issuer(self) -> UUID:
        row_id = new_id()
        # nobody listens on this port: what asks the provider is refused at once
        words: dict[str, Any] = {
            "source": "page",
            "label": "Hospital",
            "issuer": "http://127.0.0.1:9",
            "client_id": str(row_id),
        }
        return await self._save(Issuer(id=row_id, created_at=self.world.clock.now, **words, **self._at_home))

    async def _authenticator(self) -> UUID:
        words: dict[str, Any] = {
            "kind": "passkey",
            "name": "Phone",
            "credential_id": new_id().bytes,
            "public_key": b"-",
        }
        return await self._save(Authenticator(created_at=self.world.clock.now, **words, **self._of_owner))

    async def _page_session(self) -> UUID:
        await start_session(self.world.deps, self.world.accounts[OWNER], SignIn(methods=("pwd",)))
        sessions: list[PageSession] = await journey.rows(self.world, PageSession)
        return sessions[-1].id

    async def _member(self) -> UUID:
        name = f"spare {new_id()}"
        await self.world.hire(name, Role.FRONT_DESK, self.world.clinic)
        return self.world.accounts[name].id

    async def _invitation(self) -> UUID:
        now, row_id, email = self.world.clock.now, new_id(), f"{new_id()}@example.org"
        model = new_account(self.world.deps.keyring, email, "", now)
        row = AccountLink(
            id=row_id,
            purpose="invitation",
            token_hash=new_secret().digest,
            email_index=model.email_index,
            roles="frontdesk",
            created_at=now,
            ends_at=now + timedelta(days=7),
            **self._at_home,
        )
        return await self._save(row)
