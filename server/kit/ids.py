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
    """Make a UUIDv7: 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = secrets.randbits(74)
    high, low = random_bits >> 62, random_bits & ((1 << 62) - 1)
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | low)


def parse_id(text: str) -> UUID | None:
    """Read an id from a URL or a form; None when it is not one, so that the caller answers as for an unknown one."""
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
