"""How events, rooms and notices are written for a shared backplane: as JSON, sealed, so that nobody reads along.

Sealed value: one byte of version, 12 of nonce, then AES-256-GCM with the room as associated data. The key is derived
from the key of the tickets, which all nodes share.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, get_args

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import TypeAdapter

from signaling.backplane.log import Entry, Notice, SessionRevoked, TopicChanged
from signaling.events import Event, Unread
from signaling.faults import place
from signaling.roster import Room

VERSION: Final = b"\x01"
_NONCE: Final = 12
_EVENTS: Final[Mapping[str, TypeAdapter[Any]]] = {kind.__name__: TypeAdapter(kind) for kind in get_args(Event)}
_NOTICES: Final[Mapping[str, TypeAdapter[Any]]] = {
    kind.__name__: TypeAdapter(kind) for kind in (SessionRevoked, TopicChanged)
}
_ROOM: Final[TypeAdapter[Room]] = TypeAdapter(Room)

log = structlog.get_logger("signaling")


class Unreadable(Exception):
    """Another key or another release has written this."""


class Codec:
    """Writes and reads with one key."""

    def __init__(self, secret: bytes) -> None:
        derived = HKDF(SHA256(), length=32, salt=None, info=b"curbside signaling backplane").derive(secret)
        self._cipher = AESGCM(derived)

    def write_event(self, room: str, at: datetime, event: Event) -> bytes:
        """Give an entry of a room's log."""
        kind = type(event).__name__
        body = _EVENTS[kind].dump_json(event, by_alias=True)
        return self._seal(room, b"\n".join((kind.encode(), at.isoformat().encode(), body)))

    def read_entry(self, room: str, generation: str, number: int, sealed: bytes) -> Entry:
        """Read it. One that cannot be read counts as an entry in which nothing happened."""
        try:
            kind, at, body = self._open(room, sealed).split(b"\n", 2)
            event: Event = _EVENTS[kind.decode()].validate_json(body)
            return Entry(generation, number, datetime.fromisoformat(at.decode()), event)
        except (Unreadable, ValueError, KeyError) as error:
            log.error("entry not readable", room=room, number=number, error=place(error))
            return Entry(generation, number, _LONG_AGO, Unread())

    def write_room(self, room: Room) -> bytes:
        """Give a room as it is."""
        return self._seal(room.id, _ROOM.dump_json(room, by_alias=True))

    def read_room(self, room: str, number: int, sealed: bytes) -> Room:
        """Read a room; one that cannot be read counts as empty."""
        if not sealed:
            return Room(room, seq=number)
        try:
            return _ROOM.validate_json(self._open(room, sealed))
        except (Unreadable, ValueError) as error:
            log.error("room not readable", room=room, number=number, error=place(error))
            return Room(room, seq=number)

    def write_notice(self, notice: Notice) -> bytes:
        """Give a notice."""
        kind = type(notice).__name__
        return self._seal("", kind.encode() + b"\n" + _NOTICES[kind].dump_json(notice))

    def read_notice(self, sealed: bytes) -> Notice:
        """Read a notice. Raises Unreadable."""
        try:
            kind, body = self._open("", sealed).split(b"\n", 1)
            notice: Notice = _NOTICES[kind.decode()].validate_json(body)
        except (ValueError, KeyError) as error:
            raise Unreadable from error
        return notice

    def _seal(self, room: str, plain: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return VERSION + nonce + self._cipher.encrypt(nonce, plain, room.encode())

    def _open(self, room: str, sealed: bytes) -> bytes:
        if sealed[:1] != VERSION:
            raise Unreadable("version")
        try:
            return self._cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], room.encode())
        except (InvalidTag, ValueError) as error:
            raise Unreadable("sealed by another key") from error


_LONG_AGO: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
