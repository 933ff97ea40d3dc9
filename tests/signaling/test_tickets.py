"""Join tickets: good for a minute, for one room, and only from this server."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from itsdangerous import URLSafeSerializer

from signaling.tickets import LIFETIME, MAX_LIFETIME, TicketExpired, TicketInvalid, Tickets
from tests.playbook import NOON, ticket_of


class Hands:
    """A clock whose hands are moved by the test."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def tickets(clock: Hands) -> Tickets:
    return Tickets(b"key", clock)


def test_what_was_minted_is_opened_with_the_time_of_its_issue(tickets: Tickets, clock: Hands) -> None:
    ticket = replace(ticket_of("patient", "waiting"), audiences=("organization:1", "clinic:2"))
    token = tickets.mint(ticket)
    clock.now += timedelta(seconds=30)
    assert tickets.open(token) == replace(ticket, issued=NOON)


def test_the_issue_is_known_to_the_microsecond(tickets: Tickets, clock: Hands) -> None:
    clock.now = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
    assert tickets.open(tickets.mint(ticket_of("pcp"))).issued == clock.now


def test_a_ticket_is_good_to_the_end_of_its_lifetime(tickets: Tickets, clock: Hands) -> None:
    token = tickets.mint(ticket_of("pcp"))
    clock.now += LIFETIME
    assert tickets.open(token).participant == "pcp"
    clock.now += timedelta(microseconds=1)
    with pytest.raises(TicketExpired):
        tickets.open(token)


def test_a_ticket_from_the_future_is_none(tickets: Tickets, clock: Hands) -> None:
    token = tickets.mint(ticket_of("pcp"))
    clock.now -= LIFETIME * 2
    with pytest.raises(TicketInvalid):
        tickets.open(token)


@pytest.mark.parametrize("forged", ["{}x", "x{}", "{:.40}", "", "a.b", "é.\x00", "{}.{}"])
def test_a_forged_ticket_is_none(tickets: Tickets, forged: str) -> None:
    token = tickets.mint(ticket_of("pcp"))
    with pytest.raises(TicketInvalid):
        tickets.open(forged.format(token, token))


def test_a_ticket_of_another_server_is_none(tickets: Tickets, clock: Hands) -> None:
    with pytest.raises(TicketInvalid):
        tickets.open(Tickets(b"other key", clock).mint(ticket_of("pcp")))


def test_something_else_signed_with_the_same_key_is_no_ticket(tickets: Tickets) -> None:
    with pytest.raises(TicketInvalid):
        tickets.open(str(URLSafeSerializer(b"key").dumps({"room": "visit"})))


@pytest.mark.parametrize(
    "payload",
    [{}, [], 1, {"issued": "never", "audiences": []}, {"issued": NOON.isoformat(), "audiences": [], "x": 1}],
    ids=["empty", "list", "number", "no time", "other fields"],
)
def test_a_signed_payload_of_another_form_is_no_ticket(tickets: Tickets, payload: object) -> None:
    with pytest.raises(TicketInvalid):
        tickets.open(str(tickets._signed.dumps(payload)))


def test_no_ticket_lives_longer_than_rooms_remember(clock: Hands) -> None:
    with pytest.raises(ValueError, match="at most"):
        Tickets(b"key", clock, MAX_LIFETIME + timedelta(seconds=1))


def test_a_room_of_a_person_is_a_lobby() -> None:
    assert replace(ticket_of("pcp"), room="person:17").lobby
    assert not ticket_of("pcp").lobby
