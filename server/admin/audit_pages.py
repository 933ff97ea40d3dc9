"""The audit trail for administrators: newest first, filtered, and as a file. That somebody looked is noted as well."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from server.access import Action, Actor
from server.admin.audit_export import Names, csv_head, csv_line, ndjson_line
from server.audit import (
    ACTIONS,
    ENTITIES,
    OUTCOMES,
    ROLES,
    WHYS,
    AuditEvent,
    Filter,
    Signer,
    Subject,
    actions_of,
    events_of,
    head_fits,
    head_of,
    note,
    note_found,
    note_read,
    people_of,
    seals_of,
)
from server.directory import Patient, clinics_of, find_patients, names_of_patients, read_search
from server.identity import names_of_accounts
from server.kit import N_, Form
from server.kit.ids import parse_id
from server.kit.pagination import Cursor, read_cursor
from server.web import Deps, actor, deps, fresh, page, render, staff
from server.web.language import current

MOST = 50
EXPORTED_AT_ONCE = 500
FIELDS = ("person", "patient", "action", "outcome", "from", "to", "emergency")
NO_DATE = N_("Choose a day, like 2026-11-24.")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for: the filter, what was typed, the zone of its days and what could not be read."""

    wanted: Filter
    values: Mapping[str, str]
    zone: str
    errors: Mapping[str, str]

    @property
    def query(self) -> str:
        return urlencode({name: self.values[name] for name in FIELDS if self.values.get(name)})


async def show_audit(request: Request) -> Response:
    """Show a page of events, newest first."""
    return await _show(request, dict(request.query_params), ())


async def find_patient(request: Request) -> Response:
    """Find whose record is asked about. By POST, so that no name stands in an address."""
    form = Form(dict(await request.form()))
    search = read_search(form.optional("q"))
    found: Sequence[Patient] = ()
    if not search.is_empty:
        async with deps(request).database.read() as session:
            found = await find_patients(session, actor(request), deps(request).keyring, search)
        await note_found(deps(request), actor(request), [patient.id for patient in found])
    return await _show(request, {}, found, searched=form.values.get("q", ""))


async def export(request: Request) -> Response:
    """Give all events of a filter as a file; that they were given away is noted before the first one leaves."""
    form = Form(dict(await request.form()))
    kind = form.choice("format", ("ndjson", "csv"))
    form.check()
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        asked = await _asked(session, who, form.values)
    now = tools.now()
    wanted = replace(asked.wanted, until=min(asked.wanted.until or now, now))
    async with tools.database.write() as session:
        about = Subject("AuditEvent", patient_id=wanted.patient_id)
        note(session, now, who, "export", about, f"{kind}, {_filter_words(asked.wanted)}")
    mime = "application/x-ndjson" if kind == "ndjson" else "text/csv; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="audit.{kind}"', "Cache-Control": "no-store"}
    return StreamingResponse(_file(tools, who, wanted, kind), media_type=mime, headers=headers)


async def _file(tools: Deps, who: Actor, wanted: Filter, kind: str) -> AsyncIterator[str]:
    write: Callable[[AuditEvent, Names], str] = ndjson_line if kind == "ndjson" else csv_line
    if kind == "csv":
        yield csv_head()
    cursor: Cursor | None = None
    while True:
        async with tools.database.read() as session:
            events = await events_of(session, who, wanted, cursor, EXPORTED_AT_ONCE)
            names = await _names(session, who, events)
        yield "".join(write(event, names) for event in events)
        if len(events) < EXPORTED_AT_ONCE:
            return
        cursor = Cursor(events[-1].recorded_at, events[-1].id)


async def _show(
    request: Request, typed: Mapping[str, str], found: Sequence[Patient], searched: str | None = None
) -> Response:
    tools, who = deps(request), actor(request)
    cursor = read_cursor(typed.get("after", ""))
    async with tools.database.read() as session:
        asked = await _asked(session, who, typed)
        events = await events_of(session, who, asked.wanted, cursor, MOST + 1)
        context = await _around(session, tools, who, asked.wanted, events[:MOST])
    about = Subject("AuditEvent", patient_id=asked.wanted.patient_id)
    await note_read(tools, who, about, f"{min(len(events), MOST)} events, {_filter_words(asked.wanted)}")
    last = events[MOST - 1] if len(events) > MOST else None
    context |= {
        "days": _by_day(events[:MOST], asked.zone),
        "older": f"{asked.query}&after={Cursor(last.recorded_at, last.id)}" if last else "",
        "values": asked.values,
        "zone": asked.zone,
        "errors": asked.errors,
        "filtered": bool(asked.query),
        "later": cursor is not None,
        "found": found,
        "searched": searched,
    }
    return render(request, "admin/audit.html", 422 if asked.errors else 200, **context, **_WORDS)


async def _around(
    session: AsyncSession, tools: Deps, who: Actor, wanted: Filter, events: Sequence[AuditEvent]
) -> dict[str, Any]:
    """Give the names in the events, what the filter can choose from, and how far the chain is sealed."""
    say = tools.templates.translations.gettext
    people = await names_of_accounts(session, await people_of(session, who))
    actions = {action: say(ACTIONS.get(action, action)) for action in await actions_of(session, who)}
    head = await head_of(session, who)
    about = await names_of_patients(session, who, [wanted.patient_id] if wanted.patient_id else [])
    return {
        "names": await _names(session, who, events),
        "people": _choices(say(N_("Everybody")), {str(id_): name for id_, name in people.items()}),
        "actions": _choices(say(N_("Anything")), actions),
        "outcomes": _choices(say(N_("Any")), {outcome: say(word) for outcome, word in OUTCOMES.items()}),
        "head": head,
        "head_fits": head is not None and await head_fits(session, head, Signer(tools.audit_key).public_key),
        "about": next(iter(about.values()), ""),
    }


def _choices(anything: str, words: Mapping[str, str]) -> list[tuple[str, str]]:
    return [("", anything), *sorted(words.items(), key=lambda choice: choice[1].casefold())]


_WORDS = {
    "action_words": ACTIONS,
    "entity_words": ENTITIES,
    "role_words": ROLES,
    "why_words": WHYS,
    "outcome_words": OUTCOMES,
}


async def _names(session: AsyncSession, who: Actor, events: Sequence[AuditEvent]) -> Names:
    return Names(
        await names_of_accounts(session, {event.account_id for event in events if event.account_id}),
        await names_of_patients(session, who, {event.patient_id for event in events if event.patient_id}),
        await seals_of(session, [event.id for event in events]),
    )


async def _asked(session: AsyncSession, who: Actor, typed: Mapping[str, str]) -> _Asked:
    """Read a filter. A day is one of the organization's first clinic's zone."""
    clinics = await clinics_of(session, who)
    zone = clinics[0].time_zone if clinics else "UTC"
    form = Form({name: typed.get(name, "") for name in FIELDS})
    since, until = (form.day(name, NO_DATE) if form.values[name] else None for name in ("from", "to"))
    wanted = Filter(
        account_id=parse_id(form.values["person"]),
        patient_id=parse_id(form.values["patient"]),
        action=form.values["action"],
        outcome=form.values["outcome"],
        since=_midnight(since, zone),
        until=_midnight(until + timedelta(days=1), zone) if until and until < date.max else None,
        emergencies=form.ticked("emergency"),
    )
    return _Asked(wanted, form.values, zone, form.errors)


def _midnight(day: date | None, zone: str) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), ZoneInfo(zone))


def _by_day(events: Sequence[AuditEvent], zone: str) -> list[tuple[str, list[AuditEvent]]]:
    by_day = groupby(events, key=lambda event: event.recorded_at.astimezone(ZoneInfo(zone)).date())
    return [(format_date(day, "full", locale=current.get()), list(group)) for day, group in by_day]


def _filter_words(wanted: Filter) -> str:
    """Say what was filtered by, not for whom."""
    parts = {
        "person": wanted.account_id,
        "patient": wanted.patient_id,
        "action": wanted.action,
        "outcome": wanted.outcome,
        "days": wanted.since or wanted.until,
        "emergencies": wanted.emergencies,
    }
    return "by " + ", ".join(name for name, value in parts.items() if value) if any(parts.values()) else "all"


_READ = staff(Action.READ_AUDIT)

routes: list[BaseRoute] = [
    page("/admin/audit", show_audit, _READ),
    page("/admin/audit/patients", find_patient, _READ, "POST"),
    page("/admin/audit/export", export, fresh(_READ), "POST"),
]
