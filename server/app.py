"""The composition root: settings to dependencies, features to routes, signaling's port to the features."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from uuid import UUID

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Scope

from server import admin, calls, consults, directory, identity, outbox, scheduling, tasks, visits, web
from server.audit import Denials, Sealer, Tally, count_denials, prune_daily
from server.calls import (
    Idleness,
    Live,
    forget_connections,
    forget_old_chat,
    keep_node,
    make_live,
)
from server.consults import Ringer, ask_outcomes, drop_loose_parts, remind_written
from server.db import Database
from server.directory import join_practice
from server.identity import Sessions, forget_old_links, refresh_due_sessions
from server.jobs import Loop
from server.kit import Clock, StepUpNeeded, utc_now
from server.kit.keyfile import ServerKeys, load_keys
from server.metrics import Metrics
from server.metrics_listener import MetricsListener
from server.outbox import send_due_hooks, send_due_mail, send_due_pushes, send_due_texts
from server.scheduling import refresh_due_feed
from server.settings import Settings
from server.visits import find_no_shows, offer_freed_times, patients_of_clinics, remind_due, ties_of_patient
from server.web import (
    Assets,
    BodyLimit,
    Deps,
    HeadLimit,
    LanguageChoice,
    LastResort,
    Limits,
    RequestLog,
    SameOrigin,
    SecurityHeaders,
    Sockets,
    Templates,
    Ties,
    Translations,
)
from signaling import SignalingEndpoint

ROOT = Path(__file__).parents[1]
# For no longer does a session that was ended on another node stay connected here, even while Redis is away.
SESSIONS_SECONDS = 5.0
# Three times within the lease of a node: one that is late once loses nothing.
NODE_SECONDS = 1.5
IDLE_SECONDS = 5.0
PRESENCE_SECONDS = 0.5
# A ring whose node died goes on within this.
RING_SECONDS = 0.25
# Nobody minds a reminder that is a little late.
REMINDER_SECONDS = 20.0
# A ring goes to many browsers at once, and one push service that does not answer must not hold up the others.
PUSHERS = 4
# Most of a step of a ring is waiting for the database, and one that takes long must not hold up the others.
RINGERS = 8
# So long a web process rests before it asks whether it is its turn to take what signaling apart reports.
INTAKE_SECONDS = 0.5
FEATURES = (web, identity, outbox, directory, calls, tasks, scheduling, visits, consults, admin)


def make_deps(
    settings: Settings, now: Clock = utc_now, database: Database | None = None, metrics: Metrics | None = None
) -> tuple[Deps, Live]:
    """Open the database, unless one is handed over, the keys and the templates, and set up the live side."""
    keys: ServerKeys = load_keys(settings.data, settings.secret_keys)

    async def revoke(session_key: str) -> None:
        await live.commands.revoke(session_key)

    async def tell(account_id: UUID, topic: str) -> None:
        await live.changed_for(account_id, topic)

    opened = database or Database.open(settings.database_address)
    limits = Limits(settings.backplane_url)
    ties = Ties(ties_of_patient, patients_of_clinics)
    made = settings, opened, keys.keyring, now, _templates(), limits
    deps = Deps(*made, revoke, join_practice, keys.audit_key, keys.push_key, ties, tell)
    live = make_live(deps, keys.ticket_key, metrics)
    return deps, live


@cache  # a process that makes several applications, as tests do, reads and compiles the files of its release once
def _templates() -> Templates:
    return Templates(ROOT / "templates", Assets(ROOT / "static"), Translations(ROOT / "server/web/locale"))


def create_app(settings: Settings, now: Clock = utc_now, database: Database | None = None) -> Starlette:
    """Build the application. It runs on a migrated database."""
    metrics = Metrics() if settings.metrics_address else None
    deps, live = make_deps(settings, now, database, metrics)
    routes, refused = _routes(deps, live), Tally()
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(RequestLog, observe=metrics.request if metrics else None),
            Middleware(SecurityHeaders, settings=settings),
            Middleware(LastResort),
            Middleware(HeadLimit),
            Middleware(SameOrigin, settings=settings, open_to=web.open_to_servers(routes)),
            Middleware(BodyLimit, larger=web.larger_bodies(routes)),
            Middleware(LanguageChoice),
            Middleware(Sessions),
            Middleware(Denials, tally=refused),
        ],
        exception_handlers=web.exception_handlers() | {StepUpNeeded: identity.ask_to_confirm},
        lifespan=_lifespan,
    )
    app.middleware_stack = Sockets(app.build_middleware_stack(), routes)  # also past what Starlette puts around them
    app.state.deps, app.state.live, app.state.refused = deps, live, refused
    app.state.ready = live.trouble
    app.state.metrics = _watching(metrics, deps, live) if metrics else None
    return app


def _routes(deps: Deps, live: Live) -> list[BaseRoute]:
    routes = [route for feature in FEATURES for route in feature.routes]
    routes.append(Route("/static/{release}/{path:path}", deps.templates.assets.serve))
    if live.hub is not None:
        routes.append(WebSocketRoute("/signaling", SignalingEndpoint(live.hub, _from_our_pages(deps.settings))))
    return routes


def _watching(metrics: Metrics, deps: Deps, live: Live) -> MetricsListener:
    if live.hub is not None:
        metrics.watch(live.hub.census, live.hub.rooms)
    return MetricsListener(metrics, deps, deps.settings.metrics_address or ("127.0.0.1", 0))


def _from_our_pages(settings: Settings) -> Callable[[Scope], bool]:
    return lambda scope: web.from_same_origin(Headers(scope=scope), settings.origins)


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    deps: Deps = app.state.deps
    live: Live = app.state.live
    await live.start()  # first, so that it can be told what `_begin` changes
    await _begin(deps, live)
    loops = _loops(deps, live, app.state.refused)
    listener: MetricsListener | None = app.state.metrics
    if listener is not None:
        await listener.start(loops)
    for loop in loops:
        loop.start()
    yield
    await asyncio.gather(*(loop.stop() for loop in loops))
    if listener is not None:
        await listener.stop()
    await count_denials(deps, app.state.refused, at_once=True)
    await live.close()
    await deps.limits.close()
    await deps.database.close()


async def _begin(deps: Deps, live: Live) -> None:
    """Take this node's lease before anybody connects. Where no other node runs, nobody is connected by now."""
    await keep_node(deps, live)
    if not deps.settings.backplane_url:
        async with deps.database.write() as session:
            await forget_connections(session)


def _loops(deps: Deps, live: Live, refused: Tally) -> list[Loop]:
    """Give the jobs of this process, each with the longest pause between two looks in seconds."""
    apart = [Loop("call facts", live.intake.work, INTAKE_SECONDS)] if live.intake else []
    ringer = Ringer(deps, live)
    return [
        *apart,
        Loop("mail", lambda: send_due_mail(deps), woken=deps.mail_waiting),
        Loop("text messages", lambda: send_due_texts(deps), woken=deps.texts_waiting),
        Loop("webhooks", lambda: send_due_hooks(deps), woken=deps.hooks_waiting),
        *(Loop(f"pushes {n}", lambda: send_due_pushes(deps), woken=deps.pushes_waiting) for n in range(1, PUSHERS + 1)),
        Loop("waitlist", lambda: offer_freed_times(deps), REMINDER_SECONDS, woken=deps.times_waiting),
        Loop("due consults", ringer.look, RING_SECONDS),
        *(Loop(f"consults {n}", ringer.work, woken=ringer.waiting) for n in range(1, RINGERS + 1)),
        Loop("written consults", lambda: remind_written(deps, live), REMINDER_SECONDS),
        Loop("outcomes of consults", lambda: ask_outcomes(deps, live), REMINDER_SECONDS),
        Loop("parts of files", lambda: drop_loose_parts(deps), 3600),
        Loop("reminders", lambda: remind_due(deps), REMINDER_SECONDS),
        Loop("sessions", live.check_sessions, SESSIONS_SECONDS, woken=live.sessions_due),
        Loop("node", lambda: keep_node(deps, live), NODE_SECONDS),
        Loop("presence", live.tell_presence, PRESENCE_SECONDS),
        Loop("idle people", Idleness(deps, live).look, IDLE_SECONDS),
        Loop("no-shows", lambda: find_no_shows(deps, live), 60),
        Loop("old holds", lambda: scheduling.end_old_holds(deps), 60),
        Loop("old chat", lambda: forget_old_chat(deps), 60),
        Loop("call story", live.story.write, 2),
        Loop("call story prune", live.story.prune, 3600),
        Loop("issuer sessions", lambda: refresh_due_sessions(deps), 15),
        Loop("other calendars", lambda: refresh_due_feed(deps), 20),
        Loop("old links", lambda: forget_old_links(deps), 3600),
        Loop("audit seal", Sealer(deps).work, 0.4),
        Loop("audit prune", lambda: prune_daily(deps), 3600),
        Loop("audit denials", lambda: count_denials(deps, refused), 10),
    ]
