"""The real-time part: rooms, tickets and the WebSocket between browsers. Knows nothing of the web application."""

from signaling.apart import Consumer, RemoteApplication
from signaling.backplane import SentOrders, SharedNotices, TakenOrders
from signaling.commands import BackplaneCommands
from signaling.hub import Hub
from signaling.ice import IceServer, ice_servers
from signaling.ports import Commands, Facts, Joined, Left, Refused, Said, Sessions
from signaling.protocol import Role, Standing
from signaling.tickets import Ticket, TicketExpired, TicketInvalid, Tickets
from signaling.transports.asgi import SignalingEndpoint, quiet_invalid_text
from signaling.transports.standalone import Standalone, tls_context

__all__ = [
    "BackplaneCommands",
    "Commands",
    "Consumer",
    "Facts",
    "Hub",
    "IceServer",
    "Joined",
    "Left",
    "Refused",
    "RemoteApplication",
    "Role",
    "Said",
    "SentOrders",
    "Sessions",
    "SharedNotices",
    "SignalingEndpoint",
    "Standalone",
    "Standing",
    "TakenOrders",
    "Ticket",
    "TicketExpired",
    "TicketInvalid",
    "Tickets",
    "ice_servers",
    "quiet_invalid_text",
    "tls_context",
]
