"""How calls went, for administrators: the visits of a week with a word each, and one visit with all that is known.

Patients have no name here: whoever looks after the network needs none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action, Actor
from server.admin.quality_chart import HEIGHT, WIDTH, Lines, Span, lines
from server.admin.quality_rules import Account, Bounds, Moment, Point, account, worst_of
from server.audit import Subject, note_read
from server.calls import (
    FAIR,
    CallEvent,
    CallQuality,
    Quality,
    Seat,
    events_of,
    judge,
    quality_of,
    seats_of,
    tallies,
)
from server.directory import clinics_of
from server.kit import N_
from server.kit.ids import parse_id
from server.scheduling import days_bounds
from server.visits import HeldVisit, visit_held, visits_held
from server.web import actor, deps, page, render, staff
from server.web import day as day_name

HERE = "/admin/visits/quality"
DAYS = 7
EARLIEST = date(2000, 1, 1)
BOUNDS = Bounds(FAIR.rtt_ms, FAIR.loss, FAIR.frozen)
TOPS = {"rtt": 900, "loss": 200, "frozen": 1000}
WORDS: Mapping[str, str] = {Quality.GOOD: N_("Good"), Quality.FAIR: N_("Fair"), Quality.POOR: N_("Poor")}
ROLES: Mapping[str, str] = {"patient": N_("Patient"), "guest": N_("Guest")}
EVENTS: Mapping[str, str] = {
    "joined": N_("joined the call"),
    "left": N_("left the call"),
    "lost": N_("lost the line to the server"),
    "reconnected": N_("had the line to the server back"),
    "moved": N_("opened the call anew, or on another device"),
    "node_lost": N_("was on a server that failed"),
    "interrupted": N_("had no sound and picture"),
    "ice_restart": N_("looked for another way through the network"),
    "video_paused": N_("paused the video, because the connection was weak"),
    "video_resumed": N_("had the video back"),
}
PATHS: Mapping[str, str] = {
    "host-udp": N_("Direct, in the same network"),
    "host-tcp": N_("Direct, in the same network, over TCP"),
    "srflx-udp": N_("Direct"),
    "srflx-tcp": N_("Direct, over TCP"),
    "relay-udp": N_("Through the relay"),
    "relay-tcp": N_("Through the relay, over TCP"),
    "relay-tls": N_("Through the relay, over TLS"),
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A visit with its word."""

    visit: HeldVisit
    word: Quality | None


@dataclass(frozen=True, slots=True)
class Participant:
    """One seat's part of the call: what is said, and what is drawn."""

    name: str
    account: Account
    charts: Mapping[str, Lines]
    breaks: Sequence[float]


async def show_visits(request: Request) -> Response:
    """Show the visits of a week, the latest first, by the word that is asked for."""
    tools, who = deps(request), actor(request)
    asked = request.query_params.get("word", "")
    async with tools.database.read() as session:
        zone = await _zone(session, who)
        last = _last_day(request.query_params.get("to", ""), tools.now(), zone)
        start, end = _week(last, zone)
        visits = await visits_held(session, who, start, end)
        numbers = await tallies(session, who, [visit.room_id for visit in visits])
    await note_read(tools, who, Subject("CallQuality"), f"{len(visits)} visits")
    judged = [Judged(visit, judge(numbers.get(visit.room_id, ()))) for visit in visits]
    return render(
        request,
        "admin/qualities.html",
        days=_by_day([one for one in judged if not asked or one.word == asked], zone),
        counts={word: sum(one.word == word for one in judged) for word in WORDS},
        asked=asked if asked in WORDS else "",
        words=WORDS,
        first=start,
        last=end - timedelta(seconds=1),
        zone=zone,
        earlier=_query(last - timedelta(days=DAYS), asked),
        later=_query(last + timedelta(days=DAYS), asked) if end <= tools.now() else "",
        here=_query(last, ""),
    )


async def show_visit(request: Request) -> Response:
    """Show how one visit's call went, for each who took part."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        visit = await visit_held(session, who, parse_id(request.path_params["encounter_id"]))
        seats = await seats_of(session, who, [visit.room_id])
        samples = await quality_of(session, who, visit.room_id)
        events = await events_of(session, who, visit.room_id)
        numbers = (await tallies(session, who, [visit.room_id])).get(visit.room_id, ())
    await note_read(tools, who, Subject("CallQuality", visit.id, visit.patient_id), "organization")
    names = {seat.id: _name(seat, tools.templates.translations.gettext) for seat in seats}
    span = _span(visit, samples, events)
    return render(
        request,
        "admin/quality.html",
        visit=visit,
        word=judge(numbers),
        words=WORDS,
        people=[_participant(names[seat.id], seat.id, samples, events, span) for seat in seats],
        events=[(event, names.get(event.seat_id, "")) for event in events],
        event_words=EVENTS,
        path_words=PATHS,
        span=span,
        width=WIDTH,
        height=HEIGHT,
        kept=tools.settings.quality_days,
    )


async def _zone(session: AsyncSession, who: Actor) -> str:
    clinics = await clinics_of(session, who)
    return clinics[0].time_zone if clinics else "UTC"


def _last_day(typed: str, now: datetime, zone: str) -> date:
    today = now.astimezone(ZoneInfo(zone)).date()
    try:
        return max(EARLIEST, min(date.fromisoformat(typed), today))
    except ValueError:
        return today


def _week(last: date, zone: str) -> tuple[datetime, datetime]:
    return days_bounds(last - timedelta(days=DAYS - 1), last, zone)


def _query(last: date, word: str) -> str:
    return urlencode({"to": last.isoformat()} | ({"word": word} if word else {}))


def _by_day(judged: Sequence[Judged], zone: str) -> list[tuple[str, list[Judged]]]:
    return [(day, list(same)) for day, same in groupby(judged, lambda one: day_name(one.visit.started_at, zone))]


def _name(seat: Seat, say: Any) -> str:
    """Name staff; of everybody else only the role is said."""
    return seat.name if seat.account_id else str(say(ROLES.get(seat.role, ROLES["guest"])))


def _span(visit: HeldVisit, samples: Sequence[CallQuality], events: Sequence[CallEvent]) -> Span:
    """Give the time from the first thing known of the call to the last."""
    known = [visit.started_at, *(sample.at for sample in samples), *(event.at for event in events)]
    return Span(min(known), max(*known, visit.ended_at or visit.started_at))


def _participant(
    name: str, seat_id: UUID, samples: Sequence[CallQuality], events: Sequence[CallEvent], span: Span
) -> Participant:
    points = worst_of([Point(row.at, row.rtt_ms, row.loss, row.frozen, row.path) for row in _of(samples, seat_id)])
    moments = [Moment(row.at, row.what, row.lasted_ms) for row in _of(events, seat_id)]
    numbers: dict[str, list[tuple[datetime, int | None]]] = {
        "rtt": [(point.at, point.rtt_ms) for point in points],
        "loss": [(point.at, point.loss) for point in points],
        "frozen": [(point.at, point.frozen) for point in points],
    }
    limits = {"rtt": FAIR.rtt_ms, "loss": FAIR.loss, "frozen": FAIR.frozen}
    charts = {kind: lines(span, values, limits[kind], TOPS[kind]) for kind, values in numbers.items()} if points else {}
    breaks = [span.x(moment.at) for moment in moments if moment.what in {"interrupted", "lost", "node_lost"}]
    return Participant(name, account(points, moments, BOUNDS), charts, breaks)


def _of(rows: Sequence[Any], seat_id: UUID) -> list[Any]:
    return [row for row in rows if row.seat_id == seat_id]


routes: list[BaseRoute] = [
    page(HERE, show_visits, staff(Action.READ_CALL_QUALITY)),
    page("/admin/visits/{encounter_id}/quality", show_visit, staff(Action.READ_CALL_QUALITY)),
]
