"""The answer that a page gets before it joins a room: a short-lived ticket and the ways to connect."""

from collections.abc import Collection
from datetime import timedelta
from typing import cast
from uuid import UUID

from server.access import Actor
from server.calls.hub import Live, account_audience, organization_audience
from server.calls.tables import Seat
from server.web import Deps
from signaling import IceServer, Role, Ticket, ice_servers

# Of one browser: each of its pages asks once, and again after each lost connection.
TICKETS = "120/minute"


def ticket_answer(deps: Deps, live: Live, actor: Actor, seat: Seat) -> dict[str, object]:
    """Build the JSON answer for a seat: standing from the row, TURN credentials that say nothing about the person."""
    ticket = Ticket(
        room=str(seat.room_id),
        participant=str(seat.id),
        name=seat.name,
        role=cast(Role, seat.role),  # written by `take_seat` only
        session=actor.session_key,
        standing="admitted" if seat.standing == "admitted" else "waiting",
        audiences=() if actor.is_patient else _audiences(actor, {actor.organization_id}),
    )
    return {
        "ticket": live.tickets.mint(ticket),
        "room": ticket.room,
        "participant": ticket.participant,
        "standing": ticket.standing,
        "iceServers": _servers(deps, seat.id) if ticket.standing == "admitted" else [],
        "iceTransportPolicy": "relay" if deps.settings.relay_only else "all",
        "iceLifetime": _lifetime(deps) if ticket.standing == "admitted" else 0,
    }


def lobby_answer(live: Live, actor: Actor, reach: Collection[UUID]) -> dict[str, object]:
    """Build the JSON answer for a signed-in page's lobby connection, which hears of all organizations in `reach`."""
    ticket = Ticket(
        room=f"person:{actor.account_id}",
        participant=str(actor.account_id),
        name=actor.name,
        role="patient" if actor.is_patient else "practitioner" if actor.is_clinician else "frontdesk",
        session=actor.session_key,
        standing="waiting",  # a lobby only listens, and gets no heartbeats
        audiences=() if actor.is_patient else _audiences(actor, reach),
    )
    return {
        "ticket": live.tickets.mint(ticket),
        "room": ticket.room,
        "participant": ticket.participant,
        "standing": ticket.standing,
    }


def _audiences(actor: Actor, reach: Collection[UUID]) -> tuple[str, ...]:
    places = (organization_audience(organization_id) for organization_id in sorted(reach))
    return (account_audience(actor.account_id), *places)


def _lifetime(deps: Deps) -> int:
    """Seconds that the relays' passwords live; 0 where there are none to expire."""
    settings = deps.settings
    return settings.turn_minutes * 60 if settings.turn_urls else 0


def _servers(deps: Deps, seat_id: UUID) -> list[IceServer]:
    settings = deps.settings
    urls = (*settings.stun_urls, *settings.turn_urls)
    opaque = deps.keyring.index(str(seat_id), "turn").hex()[:16]
    return ice_servers(urls, settings.turn_secret, deps.now(), timedelta(minutes=settings.turn_minutes), opaque)
