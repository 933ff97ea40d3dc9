"""Real rows behind the parameters of paths, and a signed-in browser for everybody in the access matrix."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import httpx2
from sqlmodel import col, select

from server.access import Role, Why
from server.consults import EscalationPath, SpecialistGroup
from server.directory import CareTeamParticipant, Clinic
from server.identity import (
    EmergencyAccess,
    PageSession,
    SignIn,
    new_account,
    start_session,
)
from server.identity.tables import AccountLink, Authenticator, Issuer
from server.kit import new_secret
from server.kit.ids import new_id
from server.outbox import BrowserAddress, OutboxMessage, PushSubscription, RingChannel, seal_browser, seal_channel
from server.outbox.gateway import text_file
from server.outbox.transport import keep_file, mail_file
from server.scheduling import Appointment, BookingTerms, FreedTime, WaitlistOffer, book
from server.scheduling.meeting_actions import NewMeeting, set_up_meeting
from server.scheduling.publish_actions import open_address
from server.scheduling.publish_rules import Detail
from server.scheduling.tables import VisitType
from server.tasks import NewTask, add_task
from server.visits.callback_store import sealed_phone
from server.visits.tables import CallbackRequest, VisitInvitation
from server.web import Page
from tests.cast import World
from tests.contract.access_matrix import AWAY, OWNER, PEOPLE, Person, person_named
from tests.server.consults import asking, conferring, consult_services, talking, written_cases
from tests.server.identity import own_accounts
from tests.server.outbox.push_service import Device
from tests.server.visits import journey, waitlists

STAFF_COOKIE = "curbside"
SEALED: dict[str, Any] = dict.fromkeys(("endpoint", "endpoint_index", "p256dh", "auth"), b"")


class Stage:
    """Everybody of the matrix in one running application, with browsers; and the records that they ask for."""

    def __init__(self, world: World) -> None:
        """Take the application with the cast; `fill` brings the others."""
        self.world = world
        self._browsers: dict[str, httpx2.AsyncClient] = {}
        self._service_id: UUID | None = None

    async def fill(self) -> None:
        """Hire everybody who is not in the cast, with the tie to the patient that each has and no other."""
        world = self.world
        async with world.deps.database.read() as session:
            far = await session.get_one(Clinic, world.practitioners["outsider"].clinic_id)
        for person in PEOPLE:
            if person.way != "staff" or person.role is None or person.name == OWNER:
                continue
            clinic = far if person.organization == AWAY else world.clinic
            await world.hire(person.name, person.role, clinic, covers=person.tie is Why.COVERAGE)
            account_id = world.accounts[person.name].id
            if person.tie is Why.CARE_TEAM:
                await self._save(self._in_care_team(account_id))
            if person.tie is Why.EMERGENCY:
                await self._save(self._opened_by(account_id))
        for person in PEOPLE:
            if person.way == "portal":
                await self._give_account(person)
        self._browsers["nobody"] = world.browser()
        _, link = await world.visit()
        self._browsers["patient by link"] = browser = await journey.opened(world, link)
        await browser.post(f"/v/{link}/plan", data=journey.BORN)

    async def _give_account(self, person: Person) -> None:
        """Give a patient an account of their own: the patient of all records, or another one."""
        is_own = person.tie is Why.OWN_RECORD
        patient = self.world.patient if is_own else await own_accounts.another_patient(self.world, "Rosa")
        email = f"{person.name.replace(' ', '.')}@example.org"
        self.world.accounts[person.name] = await own_accounts.own_account(self.world, patient, email=email)

    async def send(self, person: Person, route: Page, values: dict[str, str]) -> httpx2.Response:
        """Send somebody's request for a route: what the address does not take of the values goes into the form.

        Whose cookie the answer touched signs in anew before the next request.
        """
        browser = self._browsers.get(person.name) or await self.sign_in(person)
        address = route.path_format.format(**values)
        (method,) = (route.methods or {"GET"}) - {"HEAD"}
        left = {name: value for name, value in values.items() if name not in route.param_convertors}
        answer = await browser.request(method, address, data=left if method == "POST" else None)
        if "set-cookie" in answer.headers:
            self.forget(person)
        return answer

    def forget(self, person: Person) -> None:
        """Close the browser of somebody who can sign in anew."""
        if person.way in {"staff", "portal"}:
            self._browsers.pop(person.name, None)

    async def sign_in(self, person: Person, issuer_id: UUID | None = None) -> httpx2.AsyncClient:
        """Open a new browser in which somebody is signed in with an account, by a password or an issuer."""
        how = SignIn("192.0.2.7", methods=("pwd",), issuer_id=issuer_id)
        secret = await start_session(self.world.deps, self.world.accounts[person.name], how)
        browser = self._browsers[person.name] = self.world.browser()
        browser.cookies.set(STAFF_COOKIE, secret.text)
        return browser

    async def record(self, key: str) -> str:
        """Make a fresh record for a parameter as it is called in `PARAMETERS`, and give what goes into the path."""
        return str(await self._makers[key]())

    @property
    def _makers(self) -> dict[str, Callable[[], Awaitable[object]]]:
        return {
            "/admin/invitations/{id}": self._invitation,
            "/admin/members/{id}": self._member,
            "/invitations/{invitation_id}/take-back": self._invited_colleague,
            "/feeds/{token}.ics": self._calendar_address,
            "/join/{token}": partial(self._link, "invitation", roles="frontdesk"),
            "/login/oidc/{issuer_id}": self._issuer,
            "/login/oidc/{issuer_id}/confirm": self._own_issuer,
            "/my/open/{token}": partial(own_accounts.mailed_link, self.world),
            "/patients/{patient_id}/account/end": self._other_patient,
            "/reset/{token}": partial(self._link, "reset", account_id=self.world.accounts[OWNER].id),
            "/setup/{token}": partial(self._link, "setup", organization_id=None),
            "/v/{token}": self._visit_link,
            "/visits/{encounter_id}/callback/done": self._visit_with_callback,
            "/visits/{encounter_id}/callback/take": self._visit_with_callback,
            **{
                f"/consults/{{consult_id}}/{doing}": partial(asking.ringing, self.world, OWNER)
                for doing in ("accept", "decline", "offer", "suggest")
            },
            **written_cases.makers(self.world, OWNER),
            "{appointment_id}": self._hold,
            "/w/{token}": self._offer,
            "{authenticator_id}": self._authenticator,
            "{consult_id}": partial(asking.from_a_visit, self.world),
            "{emergency_id}": self._emergency,
            "{encounter_id}": self._visit,
            "/account/notifications/browsers/{endpoint_id}": self._browser,
            "{endpoint_id}": self._ring_channel,
            "{entry_id}": self._waitlist_entry,
            "{group_id}": self._group,
            "{invitation_id}": self._invited_owner,
            "{issuer_id}": self._issuer,
            "{item_id}": partial(conferring.on_last_agenda, self.world, OWNER),
            "{meeting_id}": self._meeting,
            "{message_id}": self._message,
            "{organization_id}": self._organization,
            "{own_patient_id}": self._patient,
            "{participant_id}": self._participant,
            "{path_id}": self._path,
            "{patient_id}": self._patient,
            "{practitioner_id}": self._practitioner,
            **consult_services.makers(self.world),
            "{ring_id}": partial(asking.ring_of, self.world, OWNER),
            "{service_id}": self._service,
            "{session_id}": self._page_session,
            "{task_id}": self._task,
            "{time_id}": partial(talking.entered, self.world, OWNER),
            "{visit_type_id}": self._visit_type,
        }

    async def _calendar_address(self) -> str:
        world = self.world
        url = await open_address(world.deps, world.actors[OWNER], world.practitioners[OWNER], Detail.BUSY)
        return url.rpartition("/")[2].removesuffix(".ics")

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

    async def _practitioner(self) -> UUID:
        return self.world.practitioners[OWNER].id

    async def _visit(self) -> UUID:
        return (await self.world.visit())[0]

    async def _hold(self) -> UUID:
        """Hold a time for the patient, as the owner does."""
        world = self.world
        members, until = [world.practitioners[OWNER].id], world.clock.now + timedelta(minutes=5)
        terms = BookingTerms(
            world.clinic, world.patient.id, members, world.clock.now, 20, held_until=until, overbook="Several at once"
        )
        async with world.deps.database.write() as session:
            return (await book(session, world.deps, world.actors[OWNER], terms)).id

    async def _waitlist_entry(self) -> UUID:
        return (await waitlists.waits(self.world)).id

    async def _offer(self) -> str:
        secret, now = new_secret(), self.world.clock.now
        when: dict[str, Any] = {"starts_at": now + timedelta(days=1), "ends_at": now + timedelta(days=1, minutes=20)}
        where: dict[str, Any] = {"clinic_id": self.world.clinic.id, "practitioner_id": await self._practitioner()}
        freed = FreedTime(id=new_id(), freed_at=now, by_hand=True, **when, **where, **self._at_home)
        encounter = await journey.encounter_of(self.world, await self._visit())
        offer = WaitlistOffer(
            id=new_id(),
            entry_id=await self._waitlist_entry(),
            freed_time_id=freed.id,
            appointment_id=encounter.appointment_id,
            token_hash=secret.digest,
            offered_at=now,
            expires_at=now + timedelta(hours=1),
            **self._at_home,
        )
        await self._save(freed, offer)
        return secret.text

    async def _visit_with_callback(self) -> UUID:
        encounter_id, row_id = await self._visit(), new_id()
        phone = sealed_phone(self.world.deps.keyring, row_id, "406-555-0188")
        whose = {"encounter_id": encounter_id, "patient_id": self.world.patient.id, **self._at_home}
        await self._save(CallbackRequest(id=row_id, phone=phone, asked_at=self.world.clock.now, **whose))
        return encounter_id

    async def _invited_colleague(self) -> UUID:
        return await self._invitation_of(OWNER, "psychiatrist")

    async def _invited_owner(self) -> UUID:
        return await self._invitation_of("psychiatrist", OWNER)

    async def _invitation_of(self, who: str, whom: str) -> UUID:
        people, now = self.world.accounts, self.world.clock.now
        row = VisitInvitation(
            id=new_id(),
            encounter_id=(await self.world.visit(practitioner_id=self.world.practitioners[who].id))[0],
            practitioner_id=self.world.practitioners[whom].id,
            account_id=people[whom].id,
            invited_by=people[who].id,
            invited_at=now,
            status="asked",
            **self._at_home,
        )
        return await self._save(row)

    async def _patient(self) -> UUID:
        return self.world.patient.id

    async def _other_patient(self) -> UUID:
        """Give a patient who is nobody of the matrix: their account ends."""
        return (await own_accounts.another_patient(self.world, "Paula")).id

    async def _visit_link(self) -> str:
        return (await self.world.visit())[1]

    async def _organization(self) -> UUID:
        return self.world.clinic.organization_id

    async def _link(self, purpose: str, **terms: Any) -> str:
        secret, now = new_secret(), self.world.clock.now
        span: dict[str, Any] = {"created_at": now, "ends_at": now + timedelta(days=1)}
        row = AccountLink(
            **{"id": new_id(), "purpose": purpose, "token_hash": secret.digest, **span, **self._at_home, **terms}
        )
        await self._save(row)
        return secret.text

    async def _browser(self) -> UUID:
        device = Device.new(f"https://push.test/{new_id()}")
        row = PushSubscription(created_at=self.world.clock.now, **SEALED, **self._of_owner)
        seal_browser(self.world.deps.keyring, row, BrowserAddress(device.endpoint, device.keys))
        return await self._save(row)

    async def _ring_channel(self) -> UUID:
        row = RingChannel(created_at=self.world.clock.now, kind="webhook", address=b"", **self._of_owner)
        seal_channel(self.world.deps.keyring, row, "https://pager.test/x", "")
        return await self._save(row)

    async def _emergency(self) -> UUID:
        return await self._save(self._opened_by(self.world.accounts[OWNER].id))

    def _opened_by(self, account_id: UUID) -> EmergencyAccess:
        patient_id, now = self.world.patient.id, self.world.clock.now
        whose: dict[str, Any] = {"patient_id": patient_id, "account_id": account_id, **self._at_home}
        return EmergencyAccess(id=new_id(), reason=b"-", started_at=now, ends_at=now + timedelta(hours=1), **whose)

    def _in_care_team(self, account_id: UUID) -> CareTeamParticipant:
        patient_id, now = self.world.patient.id, self.world.clock.now
        return CareTeamParticipant(
            id=new_id(), patient_id=patient_id, account_id=account_id, added_at=now, **self._at_home
        )

    async def _participant(self) -> UUID:
        return await self._save(self._in_care_team(self.world.accounts["frontdesk"].id))

    async def _meeting(self) -> UUID:
        world, key = self.world, new_id()
        soon = world.clock.now + timedelta(days=1)
        async with world.deps.database.read() as session:
            last = (await session.exec(select(Appointment).order_by(col(Appointment.ends_at).desc()))).first()
        starts_at = max(soon, last.ends_at) if last else soon
        new = NewMeeting(key, world.clinic.id, "Team", [world.practitioners[OWNER].id], [starts_at], 30)
        await set_up_meeting(world.deps, world.actors[OWNER], new)
        return key

    async def _task(self) -> UUID:
        """Add a task of the owner's for the patient, to whom a visit ties them."""
        world, due_on = self.world, self.world.clock.now.date()
        await world.visit()
        new = NewTask(new_id(), world.patient.id, "Call back", due_on, owner_id=world.accounts[OWNER].id)
        async with world.deps.database.write() as session:
            return (await add_task(session, world.deps, world.actors[OWNER], new)).id

    async def _message(self) -> UUID:
        now, row_id = self.world.clock.now, new_id()
        keep_file(mail_file(self.world.deps.settings, str(row_id)), b"Subject: Hello\n\nHello\n")
        keep_file(text_file(self.world.deps.settings, str(row_id)), b'{"to": "+14065550142", "text": "Hello"}')
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

    async def _own_issuer(self) -> UUID:
        """Sign the owner in anew, by the issuer: it is the one of their session alone."""
        issuer_id = await self._issuer()
        await self.sign_in(person_named(OWNER), issuer_id)
        return issuer_id

    async def _authenticator(self) -> UUID:
        words: dict[str, Any] = {
            "kind": "passkey",
            "name": "Phone",
            "credential_id": new_id().bytes,
            "public_key": b"-",
        }
        now = self.world.clock.now
        return await self._save(Authenticator(created_at=now, confirmed_at=now, **words, **self._of_owner))

    async def _visit_type(self) -> UUID:
        return await self._save(
            VisitType(id=new_id(), name="Check-up", minutes=20, self_bookable=True, **self._at_home)
        )

    async def _group(self) -> UUID:
        return await self._save(SpecialistGroup(id=new_id(), name=str(new_id()), **self._at_home))

    async def _service(self) -> UUID:
        row = consult_services.service(self.world, name=str(new_id()))
        self._service_id = await self._save(row)
        return self._service_id

    async def _path(self) -> UUID:
        """Make a path of the service that was made last."""
        service_id = self._service_id or await self._service()
        words: dict[str, Any] = {"name": "Now", "urgencies": ["now"], "position": 1}
        return await self._save(EscalationPath(id=new_id(), service_id=service_id, **words, **self._at_home))

    async def _page_session(self) -> UUID:
        await start_session(self.world.deps, self.world.accounts[OWNER], SignIn(methods=("pwd",)))
        sessions: list[PageSession] = await journey.rows(self.world, PageSession)
        return sessions[-1].id

    async def _member(self) -> UUID:
        name = f"spare {new_id()}"
        await self.world.hire(name, Role.FRONT_DESK, self.world.clinic)
        return self.world.accounts[name].id

    async def _invitation(self) -> UUID:
        email = f"{new_id()}@example.org"
        model = new_account(self.world.deps.keyring, email, "", self.world.clock.now)
        await self._link("invitation", roles="frontdesk", email_index=model.email_index)
        links: list[AccountLink] = await journey.rows(self.world, AccountLink)
        return links[-1].id
