"""The real-time part: rooms, tickets and the WebSocket between browsers. Knows nothing of the web application."""

from signaling.backplane.redis import RedisBackplane
from signaling.commands import BackplaneCommands
from signaling.hub import Hub
from signaling.ice import IceServer, ice_servers
from signaling.ports import Commands, Facts, Joined, Left, Offline, Online, Place, Refused, Said, Sessions
from signaling.protocol import Role, Standing
from signaling.tickets import Ticket, TicketExpired, TicketInvalid, Tickets
from signaling.transports.asgi import SignalingEndpoint, quiet_invalid_text
from signaling.transports.lean import LeanSocket

__all__ = [
    "BackplaneCommands",
    "Commands",
    "Facts",
    "Hub",
    "IceServer",
    "Joined",
    "LeanSocket",
    "Left",
    "Offline",
    "Online",
    "Place",
    "RedisBackplane",
    "Refused",
    "Role",
    "Said",
    "Sessions",
    "SignalingEndpoint",
    "Standing",
    "Ticket",
    "TicketExpired",
    "TicketInvalid",
    "Tickets",
    "ice_servers",
    "quiet_invalid_text",
]
