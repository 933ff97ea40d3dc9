"""The real-time part: rooms, tickets and the WebSocket between browsers. Knows nothing of the web application."""

from signaling.apart import Consumer, RemoteApplication
from signaling.backplane.redis import RedisBackplane
from signaling.commands import BackplaneCommands
from signaling.frames import CLIENT_TYPES, SERVER_TYPES
from signaling.hub import Hub
from signaling.ice import IceServer, ice_servers
from signaling.measures import ENDINGS, Ending, Kind, Measures, Unmeasured
from signaling.outage import Outage
from signaling.ports import (
    Commands,
    Facts,
    Happened,
    Joined,
    Left,
    Measured,
    Offline,
    Online,
    Place,
    Refused,
    Said,
    Sessions,
)
from signaling.protocol import Code, Role, Standing
from signaling.quality import IcePath, LinkQuality
from signaling.tickets import Ticket, TicketExpired, TicketInvalid, Tickets
from signaling.transports.asgi import SignalingEndpoint, quiet_invalid_text
from signaling.transports.lean import LeanSocket
from signaling.transports.standalone import Standalone, tls_context

__all__ = [
    "CLIENT_TYPES",
    "ENDINGS",
    "SERVER_TYPES",
    "BackplaneCommands",
    "Code",
    "Commands",
    "Consumer",
    "Ending",
    "Facts",
    "Happened",
    "Hub",
    "IcePath",
    "IceServer",
    "Joined",
    "Kind",
    "LeanSocket",
    "Left",
    "LinkQuality",
    "Measured",
    "Measures",
    "Offline",
    "Online",
    "Outage",
    "Place",
    "RedisBackplane",
    "Refused",
    "RemoteApplication",
    "Role",
    "Said",
    "Sessions",
    "SignalingEndpoint",
    "Standalone",
    "Standing",
    "Ticket",
    "TicketExpired",
    "TicketInvalid",
    "Tickets",
    "Unmeasured",
    "ice_servers",
    "quiet_invalid_text",
    "tls_context",
]
