"""Finds out who sends a request: a signed-in member of staff, a patient who holds a link, both or nobody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from server.access import Actor, Role
from server.identity.link_actions import guest_of
from server.identity.rules import browser_is_known, may_plan
from server.identity.session_actions import touch_call, touch_session
from server.identity.session_rules import ALIVE_EVERY, SEEN_EVERY, SessionState, idle_left, is_due, session_state
from server.identity.store import Present, link_by_browser, link_by_planner, session_by_hash
from server.identity.tables import PageSession
from server.kit import digest
from server.web import BACKGROUND, Deps, client_address, deps, read_cookie

STAFF_COOKIE = "curbside"
VISIT_COOKIE = "curbside_visit"
DEVICE_COOKIE = "curbside_device"
PLAN_COOKIE = "curbside_plan"
# By these, pages say that somebody is at the keyboard, or that a call is running.
ALIVE, CALLING = "/alive", "/alive/call"
_NO_SESSION = ("/static/", "/healthz", "/readyz")


@dataclass(frozen=True, slots=True)
class Arrival:
    """The page session behind a request's cookie, whatever it is good for still.

    `idle_left` is how long until it locks. `has_password` tells whether a password can unlock it.
    """

    actor: Actor
    state: SessionState
    idle_left: timedelta
    has_password: bool
    issuer_id: str = ""

    @property
    def who(self) -> str:
        """Name who this is towards the pages of the same browser, so that one notices when it is somebody else."""
        return f"{self.actor.account_id}/{self.actor.organization_id}/{self.actor.patient_id or ''}"


class Sessions:
    """ASGI middleware that sets `state.staff`, `state.portal` and `state.patient`, each an Actor or None.

    They are a signed-in member of staff, a patient who is signed in with an account, and a patient on a visit link.
    `state.planner` is a patient who changes or books visits by a link, which this browser need not hold.
    `state.locked` is the person whose session is locked, `state.calling` whether a call is running meanwhile, and
    `state.arrival` the page session itself (`Arrival` or None). `state.may_return` tells that a page may go on as it is
    once the person was proved again.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request with its actors known."""
        if scope["type"] == "http" and not scope["path"].startswith(_NO_SESSION):
            connection = HTTPConnection(scope)
            tools = deps(connection)
            arrival = await _arrival(connection, tools)
            is_locked = arrival is not None and arrival.state in {SessionState.LOCKED, SessionState.CALLING}
            account = arrival.actor if arrival and arrival.state is SessionState.LIVE else None
            connection.state.arrival = arrival
            connection.state.staff = None if account and account.is_patient else account
            connection.state.portal = account if account and account.is_patient else None
            connection.state.locked = arrival.actor if arrival and is_locked else None
            connection.state.may_return = is_locked or (arrival is not None and arrival.state is SessionState.EXPIRED)
            connection.state.calling = arrival is not None and arrival.state is SessionState.CALLING
            connection.state.patient = await _patient(connection, tools)
            connection.state.planner = await _planner(connection, tools)
        await self.app(scope, receive, send)


def waiting_device(connection: HTTPConnection) -> bytes:
    """Give the hash of the cookie of a browser that holds a link or asks to."""
    return digest(read_cookie(connection, deps(connection).settings, VISIT_COOKIE))


async def _arrival(connection: HTTPConnection, tools: Deps) -> Arrival | None:
    """Give the session of the request's cookie; None when there is none, or nothing is left that it may act as."""
    token = read_cookie(connection, tools.settings, STAFF_COOKIE)
    if not token:
        return None
    now, idle = tools.now(), timedelta(minutes=tools.settings.session_idle_minutes)
    async with tools.database.read() as session:
        found = await session_by_hash(session, digest(token), now)
    if found is None:
        return None
    row, actor = found.session, actor_of(found, client_address(connection))
    if not actor.roles:
        return None
    state = session_state(row, now, idle)
    if state in {SessionState.LIVE, SessionState.CALLING}:
        row = await _touched(connection, tools, row, now)
    issuer = str(row.issuer_id or "")
    return Arrival(actor, state, idle_left(row, now, idle), found.account.password_hash is not None, issuer)


async def _touched(connection: HTTPConnection, tools: Deps, row: PageSession, now: datetime) -> PageSession:
    """Write that somebody is there, or that a call is running, when that is due; gives the row as it is then."""
    path = connection.url.path
    if path == CALLING:
        if is_due(row.called_at, now, ALIVE_EVERY):
            await touch_call(tools, row.id, now)
        return row
    every = ALIVE_EVERY if path == ALIVE else SEEN_EVERY
    is_locked = now >= row.seen_at + timedelta(minutes=tools.settings.session_idle_minutes)  # a call alone is going on
    # what a page asks for by itself keeps no session alive
    if is_locked or BACKGROUND in connection.headers or not is_due(row.seen_at, now, every):
        return row
    await touch_session(tools, row.id, now)
    return row.model_copy(update={"seen_at": now})


def actor_of(found: Present, address: str) -> Actor:
    """Give the actor of a page session: a patient in a patient's session, whatever roles the account has beside.

    A patient's session without the tie between account and patient, which staff can end, has no role at all.
    """
    row = found.session
    own = {Role.PATIENT} if found.is_patient else set()
    roles = own if row.patient_id else {Role(role) for role in found.roles}
    return Actor(
        frozenset(roles),
        row.organization_id,
        found.account.id,
        row.id,
        str(row.id),
        name=found.account.name,
        address=address,
        patient_id=row.patient_id,
        clinics=frozenset() if row.patient_id else found.clinics,
        emergencies=frozenset() if row.patient_id else found.emergencies,
        also_patient=found.is_patient and row.patient_id is None and row.issuer_id is None,
        proved_at=row.proved_at,
    )


async def _patient(connection: HTTPConnection, tools: Deps) -> Actor | None:
    if not read_cookie(connection, tools.settings, VISIT_COOKIE):
        return None
    async with tools.database.read() as session:
        link = await link_by_browser(session, waiting_device(connection))
    if link is None or not browser_is_known(link, tools.now()):
        return None
    return guest_of(link, client_address(connection))


async def _planner(connection: HTTPConnection, tools: Deps) -> Actor | None:
    token = read_cookie(connection, tools.settings, PLAN_COOKIE)
    if not token:
        return None
    async with tools.database.read() as session:
        link = await link_by_planner(session, digest(token), tools.now())
    return guest_of(link, client_address(connection)) if link and may_plan(link, tools.now()) else None
