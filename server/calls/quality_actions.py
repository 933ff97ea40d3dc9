"""Keeps how calls went: what signaling tells is gathered in memory and written a batch at a time, and pruned by age.

Nothing here is promised to anybody: what a process that dies had not written is missing, and so is what comes in
faster than it can be written.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from server.calls.quality_store import add_story, remove_before, seats_in_rooms
from server.kit.ids import new_id, parse_id
from server.web import Deps
from signaling import Happened, LinkQuality, Measured

BATCH: Final = 20
"""Facts written at once: few, so that their transaction holds the only writer of SQLite for a short time."""
MOST_WAITING: Final = 5_000
MOST_REMOVED: Final = 100

Row = dict[str, Any]
Seats = Mapping[tuple[UUID, UUID], UUID]


class Story:
    """What is still to be written. `add` never waits; `write` is called again and again."""

    def __init__(self, deps: Deps) -> None:
        """Take what is needed to write rows."""
        self._deps = deps
        self._waiting: deque[Measured | Happened] = deque(maxlen=MOST_WAITING)

    def add(self, fact: Measured | Happened) -> None:
        """Keep a fact to be written; of too many the oldest are lost."""
        self._waiting.append(fact)

    async def write(self) -> bool:
        """Write a batch; tells whether there is more."""
        batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        if not batch:
            return False
        room_ids = {room_id for fact in batch if (room_id := parse_id(fact.room))}
        async with self._deps.database.read() as session:
            seats = await seats_in_rooms(session, room_ids)
        samples = [row for fact in batch if isinstance(fact, Measured) for row in _sample_rows(fact, seats)]
        events = [row for fact in batch for row in _event_rows(fact, seats)]
        if samples or events:
            async with self._deps.database.write() as session:
                await add_story(session, samples, events)
        return bool(self._waiting)

    async def prune(self) -> bool:
        """Remove what is older than `quality_days`; tells whether there may be more."""
        before = self._deps.now() - timedelta(days=self._deps.settings.quality_days)
        async with self._deps.database.write() as session:
            return await remove_before(session, before, MOST_REMOVED) == MOST_REMOVED


def _seat(fact: Measured | Happened, seats: Seats) -> Row | None:
    """Give the columns that say whose row it is; None for a seat that there is not."""
    room_id, seat_id = parse_id(fact.room), parse_id(fact.participant)
    owner = seats.get((room_id, seat_id)) if room_id and seat_id else None
    return {"organization_id": owner, "room_id": room_id, "seat_id": seat_id} if owner else None


def _peer(room_id: UUID, peer: str | None, seats: Seats) -> UUID | None:
    peer_id = parse_id(peer) if peer else None
    return peer_id if peer_id and (room_id, peer_id) in seats else None


def _sample_rows(fact: Measured, seats: Seats) -> Iterator[Row]:
    seat = _seat(fact, seats)
    if seat is None:
        return
    for link in fact.links:
        peer_id = _peer(seat["room_id"], link.peer, seats)
        yield {"id": new_id(), **seat, "peer_id": peer_id, "at": fact.at, **_numbers(link)}


def _numbers(link: LinkQuality) -> Row:
    return {
        "rtt_ms": _whole(link.rtt),
        "loss": round(link.loss * 1000),
        "jitter_ms": _whole(link.jitter),
        "frozen": round(link.frozen * 1000),
        "concealed": _whole(None if link.concealed is None else link.concealed * 1000),
        "bitrate_kbits": link.bitrate,
        "first_frame_ms": _whole(link.first_frame),
        "path": link.path,
    }


def _whole(number: float | None) -> int | None:
    return None if number is None else round(number)


def _event_rows(fact: Measured | Happened, seats: Seats) -> Sequence[Row]:
    seat = _seat(fact, seats)
    if seat is None:
        return ()
    if isinstance(fact, Happened):
        return [{"id": new_id(), **seat, "peer_id": None, "at": fact.at, "what": fact.what, "lasted_ms": None}]
    return [
        {
            "id": new_id(),
            **seat,
            "peer_id": _peer(seat["room_id"], incident.peer, seats),
            "at": fact.at - timedelta(milliseconds=incident.ago + (incident.lasted or 0)),
            "what": incident.what,
            "lasted_ms": incident.lasted,
        }
        for incident in fact.incidents
    ]
