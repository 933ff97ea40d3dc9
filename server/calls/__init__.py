"""Rooms, seats, chat and join tickets: the only part below the application that knows the real-time packages."""

from server.calls.actions import Person, admit_seat, end_room, open_room, take_seat
from server.calls.chat_actions import forget_old_chat
from server.calls.facts import CallFacts
from server.calls.hub import Live, account_audience, live, make_live, organization_audience
from server.calls.pages import routes
from server.calls.presence_actions import Idleness, keep_node
from server.calls.presence_rules import Shown
from server.calls.presence_store import colleagues_of, presence_of
from server.calls.quality_actions import Story
from server.calls.quality_rules import FAIR, Quality, Tally, judge
from server.calls.quality_store import events_of, quality_of, tallies
from server.calls.stay_store import Stay, stays_in
from server.calls.store import ChatLine, chat_history, forget_connections, room_of, seats_of
from server.calls.tables import CallEvent, CallQuality, ChatMessage, Room, Seat, SeatStay
from server.calls.tickets import TICKETS, ticket_answer

__all__ = [
    "FAIR",
    "TICKETS",
    "CallEvent",
    "CallFacts",
    "CallQuality",
    "ChatLine",
    "ChatMessage",
    "Idleness",
    "Live",
    "Person",
    "Quality",
    "Room",
    "Seat",
    "SeatStay",
    "Shown",
    "Stay",
    "Story",
    "Tally",
    "account_audience",
    "admit_seat",
    "chat_history",
    "colleagues_of",
    "end_room",
    "events_of",
    "forget_connections",
    "forget_old_chat",
    "judge",
    "keep_node",
    "live",
    "make_live",
    "open_room",
    "organization_audience",
    "presence_of",
    "quality_of",
    "room_of",
    "routes",
    "seats_of",
    "stays_in",
    "take_seat",
    "tallies",
    "ticket_answer",
]
