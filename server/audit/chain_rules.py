"""The chain of audit events: what is hashed, what is signed, and how a broken link is told. Pure.

A link's hash covers the link before it, its place (chain, sequence, time of sealing) and every column of its event,
each written with its kind and length, so that no two events have the same bytes. `VERSION` stands in front: a new form
of events gets a new one.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

VERSION = b"curbside audit 1\x00"
OPERATOR = "operator"
START = bytes(32)
# Every column of an event, in the order in which they are hashed.
COLUMNS = (
    "id",
    "recorded_at",
    "organization_id",
    "account_id",
    "roles",
    "action",
    "entity",
    "entity_id",
    "patient_id",
    "outcome",
    "why",
    "address",
)
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)

Values = Sequence[object]


class Wrong(StrEnum):
    """What may be wrong with a chain, as `curbside audit verify` says it."""

    CHANGED = "the event or its seal was changed, or is not in its place"
    EVENT_REMOVED = "the event was removed"
    SEAL_REMOVED = "a link was removed"
    TAIL_CUT = "the chain ends before a signed head: its tail was cut"
    NOT_SIGNED = "the chain goes on after its last signed head"
    HEAD_DIFFERS = "a signed head has another hash: the chain was written anew"
    HEAD_FORGED = "the signature of a head is not right"
    CHECKPOINT_FORGED = "the signature of a checkpoint is not right"
    ANCHOR_DIFFERS = "the anchor file has another hash: the chain was written anew"
    ANCHOR_FORGED = "the signature of a line of the anchor file is not right"
    ANCHOR_UNREADABLE = "a line of the anchor file cannot be read"
    ANCHOR_BEHIND = "the anchor file ends before the last signed head"
    UNSEALED = "the event was never sealed"


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong at one place: the chain, the sequence in it and the event, as far as known."""

    chain: str
    wrong: Wrong
    sequence: int | None = None
    event_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Tail:
    """How far a chain reaches: the sequence and the hash of its last link. Sequences count from 1."""

    sequence: int = 0
    hash: bytes = START


@dataclass(frozen=True, slots=True)
class Head:
    """A stored head: how far a chain reached, when that was signed, and the signature."""

    tail: Tail
    signed_at: datetime
    signature: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """A stored link with the event that it seals, whose values are None when it is gone."""

    sequence: int
    hash: bytes
    sealed_at: datetime
    event_id: UUID
    values: Values | None


def chain_of(organization_id: object) -> str:
    """Name the chain of an organization's events, or of those that belong to none."""
    return OPERATOR if organization_id is None else str(organization_id)


def canonical(values: Values) -> bytes:
    """Write an event's values, in the order of `COLUMNS`, as bytes that no other values have."""
    return VERSION + b"".join(map(_written, values))


def link_hash(before: bytes, chain: str, sequence: int, sealed_at: datetime, values: Values) -> bytes:
    """Give the SHA-256 of a link: of the hash before it, its place and its event."""
    place = _written(chain) + sequence.to_bytes(8) + _written(sealed_at)
    return hashlib.sha256(before + place + canonical(values)).digest()


def grown(chain: str, tail: Tail, events: Iterable[Values], sealed_at: datetime) -> list[Link]:
    """Give the links that seal these events after a chain's tail."""
    links = []
    for values in events:
        sequence = tail.sequence + 1
        tail = Tail(sequence, link_hash(tail.hash, chain, sequence, sealed_at, values))
        links.append(Link(sequence, tail.hash, sealed_at, _id_of(values), values))
    return links


def follow(chain: str, tail: Tail, links: Iterable[Link]) -> tuple[Tail, Fault | None]:
    """Walk along links after a tail that is right; gives how far they are right, and the first that is not."""
    for link in links:
        if wrong := _wrong_with(chain, tail, link):
            broken = tail.sequence + 1 if wrong is Wrong.SEAL_REMOVED else link.sequence
            return tail, Fault(chain, wrong, broken, None if wrong is Wrong.SEAL_REMOVED else link.event_id)
        tail = Tail(link.sequence, link.hash)
    return tail, None


def head_statement(chain: str, tail: Tail, signed_at: datetime) -> bytes:
    """Give what is signed to say how far a chain reaches."""
    return b"curbside audit head 1\x00" + _place(chain, tail) + _written(signed_at)


def checkpoint_statement(chain: str, tail: Tail, expired_before: datetime, signed_at: datetime) -> bytes:
    """Give what is signed to say that links up to here are older than the retention and may be removed."""
    return b"curbside audit checkpoint 1\x00" + _place(chain, tail) + _written(expired_before) + _written(signed_at)


def lowered(event_id: UUID, seconds: int) -> UUID:
    """Give the lowest id that a row can have which was made at most `seconds` before this one (UUIDv7)."""
    return UUID(int=max(0, (event_id.int >> 80) - seconds * 1000) << 80)


def _wrong_with(chain: str, tail: Tail, link: Link) -> Wrong | None:
    if link.sequence > tail.sequence + 1:
        return Wrong.SEAL_REMOVED
    if link.values is None:
        return Wrong.EVENT_REMOVED
    right = link_hash(tail.hash, chain, link.sequence, link.sealed_at, link.values)
    return None if right == link.hash and link.sequence == tail.sequence + 1 else Wrong.CHANGED


def _place(chain: str, tail: Tail) -> bytes:
    return _written(chain) + tail.sequence.to_bytes(8) + _written(tail.hash)


def _written(value: object) -> bytes:
    if isinstance(value, UUID):
        return b"u" + value.bytes
    if value is None:
        return b"n"
    if isinstance(value, datetime):
        return b"t" + ((value - _EPOCH) // _MICROSECOND).to_bytes(8, signed=True)
    if isinstance(value, str):
        encoded = value.encode()
        return b"s" + len(encoded).to_bytes(4) + encoded
    if isinstance(value, bytes):
        return b"b" + len(value).to_bytes(4) + value
    raise TypeError(f"an event has no {type(value).__name__}")


def _id_of(values: Values) -> UUID:
    found = values[0]
    if not isinstance(found, UUID):
        raise TypeError("an event's first column is its id")
    return found
