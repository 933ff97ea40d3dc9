"""What a room does when a node is gone, and when its log is gone. Nobody in the call is disturbed by either. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from signaling.effects import Effect, Greet, StartTimer
from signaling.events import Rebuilt
from signaling.roster import GRACE, Member, Removal, Room

Step = tuple[Room, tuple[Effect, ...]]


def node_lost(room: Room, hub: str, now: datetime) -> Step:
    """Count every connection of a hub as lost: its participants have the grace to come back by another one."""
    gone = [m for m in room.members.values() if m.hub == hub and m.present]
    absent = {m.participant: replace(m, lost_at=now) for m in gone}
    after = replace(room, members={**room.members, **absent}, lost=room.lost | {hub})
    return after, tuple(StartTimer(m.grace, now + GRACE) for m in gone)


def rebuilt(room: Room, event: Rebuilt, now: datetime) -> Step:
    """Take up what a hub knows of the room. The first one brings everybody, each other one only whom it holds itself.

    So somebody who left since the first is not brought back by one who did not know. Nothing is announced: for the
    people in the room nobody came or went. Those whom the hub holds are welcomed to the new log.
    """
    first = not room.rebuilt
    told = event.room.members.values()
    brought = {m.participant: m for m in told if _belongs(room, m, event.hub, first=first)}
    after = replace(
        room,
        members={**room.members, **brought},
        admissions=_latest(room.admissions, event.room.admissions),
        removals={**event.room.removals, **room.removals},
        lines=room.lines or event.room.lines,
        ended=room.ended or event.room.ended,
        lost=(room.lost | event.room.lost) - {event.hub},
        rebuilt=event.generation,
    )
    if after.ended:
        after = replace(after, members=room.members)
    return after, (*_welcomes(after, event.hub), *_graces(after, brought))


def _belongs(room: Room, member: Member, hub: str, *, first: bool) -> bool:
    known = room.members.get(member.participant)
    removal: Removal | None = room.removals.get(member.participant)
    return known is None and removal is None and (first or member.hub == hub)


def _welcomes(room: Room, hub: str) -> list[Effect]:
    held = [m for m in room.members.values() if m.present and m.hub == hub]
    return [Greet(m.connection, m.participant, m.standing, room.others(m), anew=True) for m in held]


def _graces(room: Room, brought: Mapping[str, Member]) -> list[Effect]:
    away = [m for m in room.members.values() if m.participant in brought and m.lost_at is not None]
    return [StartTimer(m.grace, m.lost_at + GRACE) for m in away if m.lost_at is not None]


def _latest(some: Mapping[str, datetime], more: Mapping[str, datetime]) -> dict[str, datetime]:
    return {who: max(some.get(who, at), at) for who, at in more.items()} | {
        w: a for w, a in some.items() if w not in more
    }
