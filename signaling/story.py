"""What a step of a room means for the story of the call: who came, was lost, came back. Pure.

It is read off the room before and after, so that the rules of the room need not tell it. Each part is for
one hub to tell: the one that holds the connection, or held it; of a hub that is gone, the one that found that out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from signaling.events import Event, NodeLost
from signaling.ports import Happened, Turn
from signaling.roster import Member, Room, hub_of


def told(before: Room | None, after: Room, event: Event, at: datetime) -> Iterator[tuple[str, Happened]]:
    """Give what happened, each with the hub that is to tell it. Who waits has no part in the story."""
    was = before.members if before else {}
    for participant in {**was, **after.members}:
        turn = _turn(was.get(participant), after.members.get(participant))
        if turn:
            what, connection = turn
            if isinstance(event, NodeLost):
                yield event.by, Happened(after.id, participant, "node_lost", at)
            else:
                yield hub_of(connection), Happened(after.id, participant, what, at)


def _turn(was: Member | None, now: Member | None) -> tuple[Turn, str] | None:
    if was is now:
        return None
    was = was if was and was.admitted else None
    now = now if now and now.admitted else None
    if was is None:
        return ("joined", now.connection) if now else None
    if now is None:
        return "left", was.connection
    if was.present and not now.present:
        return "lost", was.connection
    if now.connection == was.connection and was.present:
        return None
    return ("reconnected" if now.instance == was.instance else "moved"), now.connection
