"""Reports of how links are, as signaling tells them."""

from datetime import datetime
from typing import Any

from server.calls import Seat
from signaling import Happened, LinkQuality, Measured
from signaling.quality import IncidentBody
from tests.cast import TEN

GOOD: dict[str, Any] = {
    "rtt": 40.4,
    "loss": 0.0,
    "jitter": 4.0,
    "frozen": 0.0,
    "concealed": None,
    "path": "host-udp",
    "bitrate": 1200,
    "firstFrame": None,
}


def measured(seat: Seat, peer: Seat, at: datetime = TEN, **numbers: Any) -> Measured:
    """Signaling's word of a good link, but for these numbers."""
    link = LinkQuality(peer=str(peer.id), **(GOOD | numbers))
    return Measured(str(seat.room_id), str(seat.id), (link,), (), at)


def incident(
    seat: Seat, what: Any, peer: Seat | None = None, lasted: int | None = None, at: datetime = TEN
) -> Measured:
    """Signaling's word of something a page noticed, a second before it said so."""
    body = IncidentBody(what=what, peer=str(peer.id) if peer else None, ago=1000, lasted=lasted)
    return Measured(str(seat.room_id), str(seat.id), (), (body,), at)


def happened(seat: Seat, what: Any, at: datetime = TEN) -> Happened:
    """Signaling's word of what a connection went through."""
    return Happened(str(seat.room_id), str(seat.id), what, at)
