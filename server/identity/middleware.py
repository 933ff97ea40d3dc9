"""Finds out who sends a request: a signed-in member of staff, a patient who holds a link, both or nobody."""

from datetime import timedelta

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from server.access import Actor, Role
from server.identity.actions import touch_session
from server.identity.link_actions import guest_of
from server.identity.rules import browser_is_known, session_is_live, should_touch
from server.identity.store import Present, link_by_browser, session_by_hash
from server.kit import digest
from server.web import Deps, deps, read_cookie

STAFF_COOKIE = "curbside"
VISIT_COOKIE = "curbside_visit"
DEVICE_COOKIE = "curbside_device"
# Requests that pages make by themselves carry this: they show nobody at the keyboard, so they keep no session alive.
BACKGROUND = "x-background"
_NO_SESSION = ("/static/", "/healthz", "/readyz")


class Sessions:
    """ASGI middleware that sets `state.staff`, `state.portal` and `state.patient`, each an Actor or None.

    They are a signed-in member of staff, a patient who is signed in with an account, and a patient on a visit link.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request with its actors known."""
        if scope["type"] == "http" and not scope["path"].startswith(_NO_SESSION):
            connection = HTTPConnection(scope)
            tools = deps(connection)
            account = await _account(connection, tools)
            connection.state.staff = None if account and account.is_patient else account
            connection.state.portal = account if account and account.is_patient else None
            connection.state.patient = await _patient(connection, tools)
        await self.app(scope, receive, send)


def waiting_device(connection: HTTPConnection) -> bytes:
    """Give the hash of the cookie of a browser that holds a link or asks to."""
    return digest(read_cookie(connection, deps(connection).settings, VISIT_COOKIE))


async def _account(connection: HTTPConnection, tools: Deps) -> Actor | None:
    """Give who is signed in with an account, as staff or as a patient."""
    token = read_cookie(connection, tools.settings, STAFF_COOKIE)
    if not token:
        return None
    now = tools.now()
    async with tools.database.read() as session:
        found = await session_by_hash(session, digest(token), now)
    if found is None or not session_is_live(found.session, now, timedelta(minutes=tools.settings.session_idle_minutes)):
        return None
    actor = actor_of(found, _address(connection))
    if actor.roles and should_touch(found.session, now) and BACKGROUND not in connection.headers:
        await touch_session(tools, found.session.id, now)
    return actor if actor.roles else None


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
        also_patient=found.is_patient and row.patient_id is None,
        proved_at=row.proved_at,
    )


async def _patient(connection: HTTPConnection, tools: Deps) -> Actor | None:
    if not read_cookie(connection, tools.settings, VISIT_COOKIE):
        return None
    async with tools.database.read() as session:
        link = await link_by_browser(session, waiting_device(connection))
    if link is None or not browser_is_known(link, tools.now()):
        return None
    return guest_of(link, _address(connection))


def _address(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else ""
