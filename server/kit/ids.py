"""Identifiers: UUIDv7 (RFC 9562 section 5.7), so that rows sort by creation, and a `NewType` per entity."""

import secrets
import time
from typing import NewType
from uuid import UUID

OrganizationId = NewType("OrganizationId", UUID)
ClinicId = NewType("ClinicId", UUID)
PractitionerId = NewType("PractitionerId", UUID)
PatientId = NewType("PatientId", UUID)
AccountId = NewType("AccountId", UUID)
SessionId = NewType("SessionId", UUID)
LinkId = NewType("LinkId", UUID)
AppointmentId = NewType("AppointmentId", UUID)
EncounterId = NewType("EncounterId", UUID)
RoomId = NewType("RoomId", UUID)
SeatId = NewType("SeatId", UUID)


def new_id() -> UUID:
    """Make a UUIDv7: 48 bits of Unix milliseconds, 12 of the fraction after them, then 62 random bits.

    With the fraction (RFC 9562 section 6.2, method 3) rows made one after another sort in that order.
    """
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = nanoseconds * 4096 // 1_000_000
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (fraction << 64) | (0b10 << 62) | secrets.randbits(62))


def parse_id(text: str) -> UUID | None:
    """Read an id from a URL or a form; None when it is not one, so that the caller answers as for an unknown one."""
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
