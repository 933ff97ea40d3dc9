"""A call room as a pure fold over its log: room + event + now -> room + effects. It knows nothing of sockets.

Who is admitted hears of each other; who waits hears only what concerns them, and what they send reaches nobody. A
standing changes only by a ticket. A connection lost without `leave` keeps its place for `GRACE`, silently.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final, assert_never

from signaling import ports, protocol
from signaling.effects import Close, CommitChat, Effect, Forget, Greet, Report, Send, StartTimer, Tell
from signaling.events import (
    Admit,
    ChatCommitted,
    ChatRefused,
    Connected,
    Disconnected,
    End,
    Event,
    NodeLost,
    Rebuilt,
    Received,
    Remove,
    Revoke,
    TimerDue,
    Unread,
)
from signaling.protocol import MediaState
from signaling.recovery import node_lost, rebuilt
from signaling.roster import GRACE, SILENT, Member, Removal, Room
from signaling.tickets import MAX_LIFETIME, Ticket

MEMORY: Final = MAX_LIFETIME
"""How long a room remembers decisions that outrank tickets issued before them."""

KEPT_LINES: Final = 64
"""So many committed chat messages are known again when they are sent twice."""

Step = tuple[Room, tuple[Effect, ...]]


def step(room: Room, event: Event, now: datetime) -> Step:
    """Fold one entry of the log."""
    after, effects = _dispatch(room.advanced(), event, now)
    if after.members or (isinstance(event, TimerDue) and not room.members):
        return after, effects
    idle = f"idle:{after.seq}"
    return replace(after, idle=idle), (*effects, StartTimer(idle, now + MEMORY))


def heartbeat(room: Room) -> Tell:
    """Give the sign of life for everyone admitted."""
    here = tuple(m.connection for m in room.members.values() if m.admitted and m.present)
    return Tell(here, protocol.Heartbeat(id=str(room.seq), room=room.id))


def timers(room: Room, now: datetime) -> tuple[StartTimer, ...]:
    """Give the timers that run in a room, for somebody who has not seen them start."""
    away = [m for m in room.members.values() if m.lost_at is not None]
    graces = [StartTimer(m.grace, m.lost_at + GRACE) for m in away if m.lost_at is not None]
    return tuple(graces) if room.members else (StartTimer(room.idle, now + MEMORY),)


def _dispatch(room: Room, event: Event, now: datetime) -> Step:
    match event:
        case Received():  # nearly every one
            return _received(room, event, now)
        case Connected():
            return _connected(room, event, now)
        case Disconnected():
            return _disconnected(room, event, now)
        case ChatCommitted():
            return _chat_committed(room, event)
        case ChatRefused():
            return _chat_refused(room, event)
        case TimerDue():
            return _timer_due(room, event.id, now)
        case NodeLost() | Rebuilt() | Unread():
            return _recovered(room, event, now)
        case _:
            return _commanded(room, event, now)


def _recovered(room: Room, event: NodeLost | Rebuilt | Unread, now: datetime) -> Step:
    match event:
        case NodeLost():
            return node_lost(room, event.hub, now)
        case Rebuilt():
            return rebuilt(room, event, now)
        case Unread():
            return room, ()
        case _:
            assert_never(event)


def _commanded(room: Room, event: Admit | Remove | End | Revoke, now: datetime) -> Step:
    match event:
        case Admit():
            return _admit(room, event.participant, now)
        case Remove():
            return _remove(room, event, now)
        case End():
            return _end(room, now)
        case Revoke():
            return _revoke(room, event.session, now)
        case _:
            assert_never(event)


# Coming


def _connected(room: Room, event: Connected, now: datetime) -> Step:
    room = _recent(room, now)
    ticket = event.ticket
    if room.ended:
        return room, _send_away(room, event.connection)
    removal = room.removals.get(ticket.participant)
    if removal and ticket.issued <= removal.at:
        return room, _turn_out(room, event.connection, ticket.participant, removal.reason)
    held = room.members.get(ticket.participant)
    if held and held.present and held.connection != event.connection and held.issued > ticket.issued:
        return room, (_overtaken(held, event),)
    return _seat(room, event, now)


def _overtaken(held: Member, event: Connected) -> Close:
    """Close a connection that comes too late, from a node that stood still: its page has gone on, or was replaced."""
    if held.instance == event.instance:
        return Close(event.connection, protocol.CLOSE_NO_TICKET, "overtaken")
    return Close(event.connection, protocol.CLOSE_REPLACED, "replaced")


def _recent(room: Room, now: datetime) -> Room:
    if not (room.admissions or room.removals):
        return room
    admissions = {who: at for who, at in room.admissions.items() if now - at <= MEMORY}
    removals = {who: removal for who, removal in room.removals.items() if now - removal.at <= MEMORY}
    return replace(room, admissions=admissions, removals=removals)


def _seat(room: Room, event: Connected, now: datetime) -> Step:
    before = room.members.get(event.ticket.participant)
    member = _member(event, before)
    room = replace(_with(room, member), lost=room.lost - {member.hub})
    effects = (
        *_replace(before, member),
        *_welcome(room, before, member, event.ticket),
        *_announce(room, before, member),
        *_report_joined(room, before, member, now),
    )
    return room, effects


def _member(event: Connected, before: Member | None) -> Member:
    ticket = event.ticket
    media = before.media if before and before.instance == event.instance else SILENT
    return Member(
        participant=ticket.participant,
        name=ticket.name,
        role=ticket.role,
        session=ticket.session,
        standing=ticket.standing,
        instance=event.instance,
        connection=event.connection,
        media=media,
        issued=ticket.issued,
    )


def _replace(before: Member | None, member: Member) -> Iterator[Effect]:
    if before and before.present and before.connection != member.connection:
        yield Close(before.connection, protocol.CLOSE_REPLACED, "replaced")


def _welcome(room: Room, before: Member | None, member: Member, ticket: Ticket) -> Iterator[Effect]:
    anew = before is None or (before.instance, before.standing) != (member.instance, member.standing)
    yield Greet(member.connection, member.participant, member.standing, room.others(member), anew)
    admitted_at = room.admissions.get(member.participant)
    if not member.admitted and admitted_at and ticket.issued <= admitted_at:
        # Admitted while on the way with a ticket from before.
        yield Send((member.participant,), protocol.Admitted(**_stamp(room, member.participant)))


def _announce(room: Room, before: Member | None, member: Member) -> Iterator[Effect]:
    known, listeners = before is not None and before.admitted, room.listeners(member.participant)
    if member.admitted and listeners and not (known and before and before.instance == member.instance):
        body = protocol.JoinedBody(participant=member.public())
        yield Send(listeners, protocol.Joined(**_stamp(room), body=body))
    if known and not member.admitted:
        yield _left(room, member.participant)


def _report_joined(room: Room, before: Member | None, member: Member, now: datetime) -> Iterator[Effect]:
    if before and (before.connection, before.standing) == (member.connection, member.standing):
        return
    yield Report(ports.Joined(room.id, member.participant, member.standing, member.connection, now))


# Going


def _disconnected(room: Room, event: Disconnected, now: datetime) -> Step:
    member = _present(room, event.participant, event.connection)
    if member is None:
        return room, ()
    return _with(room, replace(member, lost_at=now)), (StartTimer(member.grace, now + GRACE),)


def _timer_due(room: Room, timer: str, now: datetime) -> Step:
    if timer == room.idle and not room.members:
        return room, (Forget(),)
    for member in room.members.values():
        if not member.present and timer == member.grace:
            return _empty_seat(room, member, now, lost=True)
    return room, ()


def _empty_seat(room: Room, member: Member, now: datetime, *, lost: bool = False) -> Step:
    room = replace(room, members={who: m for who, m in room.members.items() if who != member.participant})
    told = (_left(room, member.participant, lost=lost),) if member.admitted else ()
    return room, (*told, Report(_fact_of_left(room, member, now)))


def _fact_of_left(room: Room, member: Member, now: datetime) -> ports.Left:
    """Say that somebody went; who was away by then went when their connection was lost."""
    return ports.Left(room.id, member.participant, member.connection, member.lost_at or now)


def _left(room: Room, participant: str, *, lost: bool = False) -> Effect:
    body = protocol.LeftBody(participant=participant, lost=lost)
    return Send(room.listeners(participant), protocol.Left(**_stamp(room), body=body))


# Talking


def _received(room: Room, event: Received, now: datetime) -> Step:
    member = _present(room, event.participant, event.connection)
    if member is None:
        return room, ()
    message = event.message
    match message:
        case protocol.Candidate() | protocol.Offer() | protocol.Answer():  # nearly every one
            return room, _relay(room, member, message)
        case protocol.Media():
            return _media(room, member, message)
        case protocol.Chat():
            return room, _chat(room, member, message, now)
        case protocol.Leave():
            after, effects = _empty_seat(room, member, now)
            return after, (*effects, Close(member.connection, protocol.CLOSE_LEFT, "left"))
        case _:
            assert_never(message)


def _media(room: Room, member: Member, message: protocol.Media) -> Step:
    room = _with(room, replace(member, media=MediaState(**dict(message.body))))
    if not member.admitted:
        return room, ()
    told = message.model_copy(update={"room": room.id, "sender": member.participant, "to": None, "pos": None})
    return room, (Send(room.listeners(member.participant), told),)


def _relay(room: Room, member: Member, message: protocol.Relayed) -> tuple[Effect, ...]:
    if not member.admitted:
        return (_not_admitted(room, member, message.id),)
    peer = room.members.get(message.to)
    if peer is None or not peer.admitted or peer is member:
        return (_error(room, member, "unknown_recipient", "nobody of that id is in the call", message.id),)
    return (Send((peer.participant,), message.stamped(room.id, member.participant)),)


def _chat(room: Room, member: Member, message: protocol.Chat, now: datetime) -> tuple[Effect, ...]:
    if not member.admitted:
        return (_not_admitted(room, member, message.id),)
    known = _line(room, member.participant, message.id)
    if known:
        return (Tell((member.connection,), known),)
    said = ports.Said(room.id, member.participant, message.id, message.body.text, now)
    return (CommitChat(member.connection, said, member.name),)


def _chat_committed(room: Room, event: ChatCommitted) -> Step:
    said = event.said
    if _line(room, said.participant, said.id):
        return room, ()  # the same message twice in quick succession
    body = protocol.ChatLineBody(text=said.text, name=event.name, at=event.at)
    line = protocol.ChatLine(id=said.id, room=room.id, sender=said.participant, body=body)
    return replace(room, lines=(*room.lines, line)[-KEPT_LINES:]), (Send(room.listeners(), line),)


def _chat_refused(room: Room, event: ChatRefused) -> Step:
    member = room.members.get(event.said.participant)
    if member is None or not member.present:
        return room, ()
    return room, (_error(room, member, event.code, "the message was not taken", event.said.id),)


def _line(room: Room, participant: str, message: str) -> protocol.ChatLine | None:
    return next((line for line in room.lines if (line.sender, line.id) == (participant, message)), None)


# Commands


def _admit(room: Room, participant: str, now: datetime) -> Step:
    room = replace(room, admissions={**room.admissions, participant: now})
    member = room.members.get(participant)
    if member is None or member.admitted:
        return room, ()
    return room, (Send((participant,), protocol.Admitted(**_stamp(room, participant))),)


def _remove(room: Room, event: Remove, now: datetime) -> Step:
    admissions = {who: at for who, at in room.admissions.items() if who != event.participant}
    removals = {**room.removals, event.participant: Removal(now, event.reason)}
    room = replace(room, admissions=admissions, removals=removals)
    member = room.members.get(event.participant)
    if member is None:
        return room, ()
    goodbye = _turn_out(room, member.connection, member.participant, event.reason) if member.present else ()
    after, effects = _empty_seat(room, member, now)
    return after, (*goodbye, *effects)


def _end(room: Room, now: datetime) -> Step:
    goodbyes = [e for m in room.members.values() if m.present for e in _send_away(room, m.connection)]
    facts = [Report(_fact_of_left(room, m, now)) for m in room.members.values()]
    return replace(room, members={}, ended=True), (*goodbyes, *facts)


def _revoke(room: Room, session: str, now: datetime) -> Step:
    effects: list[Effect] = []
    for member in [m for m in room.members.values() if m.session == session]:
        room, gone = _empty_seat(room, member, now)
        effects += [Close(member.connection, protocol.CLOSE_REVOKED, "revoked"), *gone]
    return room, tuple(effects)


def _turn_out(room: Room, connection: str, participant: str, reason: str) -> tuple[Effect, ...]:
    told = protocol.Removed(**_stamp(room, participant), body=protocol.RemovedBody(reason=reason))
    return Tell((connection,), told), Close(connection, protocol.CLOSE_REMOVED, "removed")


def _send_away(room: Room, connection: str) -> tuple[Effect, ...]:
    return Tell((connection,), protocol.Ended(**_stamp(room))), Close(connection, protocol.CLOSE_ENDED, "ended")


# Pieces


def _present(room: Room, participant: str, connection: str) -> Member | None:
    member = room.members.get(participant)
    return member if member and member.present and member.connection == connection else None


def _with(room: Room, member: Member) -> Room:
    return replace(room, members={**room.members, member.participant: member})


def _stamp(room: Room, to: str | None = None) -> protocol.Stamp:
    return {"id": str(room.seq), "room": room.id, "to": to}


def _not_admitted(room: Room, member: Member, re: str) -> Effect:
    return _error(room, member, "not_admitted", "still waiting to be admitted", re)


def _error(room: Room, member: Member, code: protocol.Code, message: str, re: str) -> Effect:
    body = protocol.ErrorBody(code=code, message=message, re=re)
    return Tell((member.connection,), protocol.Error(**_stamp(room, member.participant), body=body))
