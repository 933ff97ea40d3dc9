"""The real-time part: rooms, tickets and the WebSocket between browsers. Knows nothing of the web application."""

from signaling.backplane import SharedNotices
from signaling.hub import Hub
from signaling.ice import IceServer, ice_servers
from signaling.ports import Commands, Facts, Joined, Left, Refused, Said, Sessions
from signaling.protocol import Role, Standing
from signaling.tickets import Ticket, TicketExpired, TicketInvalid, Tickets
from signaling.transports.asgi import SignalingEndpoint, quiet_invalid_text
from signaling.transports.lean import LeanSocket

__all__ = [
    "Commands",
    "Facts",
    "Hub",
    "IceServer",
    "Joined",
    "LeanSocket",
    "Left",
    "Refused",
    "Role",
    "Said",
    "Sessions",
    "SharedNotices",
    "SignalingEndpoint",
    "Standing",
    "Ticket",
    "TicketExpired",
    "TicketInvalid",
    "Tickets",
    "ice_servers",
    "quiet_invalid_text",
]
