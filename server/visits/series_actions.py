"""Booking a series: the first visit is held already, each further one is taken by itself, or honestly not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.access import Actor
from server.audit import Subject, note
from server.calls import Live
from server.db import after_commit
from server.kit import Secret, new_secret
from server.outbox import queue_mail
from server.scheduling import SlotTaken, take_free
from server.visits.find_actions import Wish, book_held, visit_for, visit_of, wanted_of
from server.visits.mail import link_url, patient_email, series_mail
from server.visits.store import Visit, was_made
from server.web import Deps


@dataclass(frozen=True, slots=True)
class Further:
    """A visit of a series after the first. `key` becomes its id, so that a form sent twice books it once."""

    key: UUID
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Booked:
    """What became of a series: the visits by id, the first one first, and the times that somebody else has now."""

    visits: Sequence[tuple[UUID, datetime]]
    lost: Sequence[datetime]


async def book_series(
    deps: Deps, live: Live, actor: Actor, held: tuple[UUID, Wish], further: Sequence[Further], *, send: bool
) -> Booked:
    """Book the time that the actor holds, and each further one that is still free; one mail brings all the links.

    Raises SlotTaken, and books nothing, when the first one is gone; NotFound as `hold_time` does.
    """
    (appointment_id, first), secret = held, new_secret()
    made = await book_held(deps, live, actor, appointment_id, first.reason, secret)
    new = [(made, secret)] if made else []
    visits = [(await visit_of(deps, actor, appointment_id), first.starts_at)]
    lost: list[datetime] = []
    for one in further:
        secret = new_secret()
        try:
            made = await _book(deps, live, actor, _at(first, one), one.key, secret)
        except SlotTaken:
            lost.append(one.starts_at)
            continue
        visits.append((one.key, one.starts_at))
        new += [(made, secret)] if made else []
    if send and new:
        await _send(deps, actor, new)
    return Booked(visits, lost)


async def _book(deps: Deps, live: Live, actor: Actor, wish: Wish, key: UUID, secret: Secret) -> Visit | None:
    """Book one visit if its time is free; None when the same form did so before."""
    async with deps.database.read() as session:
        if await was_made(session, actor, key):
            return None
    wanted = await wanted_of(deps, actor, wish)
    async with deps.database.write() as session:
        appointment = await take_free(session, deps, actor, wanted)
        visit = await visit_for(session, deps, actor, appointment, key, secret)
        after_commit(session, lambda: live.changed(actor.organization_id, "today"))
    return visit


def _at(first: Wish, one: Further) -> Wish:
    return Wish(first.patient_id, one.starts_at, first.members, first.reason)


async def _send(deps: Deps, actor: Actor, new: Sequence[tuple[Visit, Secret]]) -> None:
    first, _ = new[0]
    if not patient_email(deps, first):
        return
    links = [(visit.appointment.starts_at, link_url(deps, secret.text)) for visit, secret in new]
    mail = series_mail(deps, first, links)
    async with deps.database.write() as session:
        queue_mail(session, deps, mail)
        for visit, _ in new:
            note(session, deps.now(), actor, "send_link", Subject("Encounter", visit.encounter.id, visit.patient.id))
