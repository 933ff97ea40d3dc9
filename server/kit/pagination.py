"""Pages of a long list, newest first: a cursor names the last row that was shown, so that new rows shift nothing."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row that was shown: its moment, and its id among rows of the same moment."""

    moment: datetime
    id: UUID

    def __str__(self) -> str:
        """Write it for an address: 32 characters."""
        micros = (self.moment - _EPOCH) // _MICROSECOND
        return base64.urlsafe_b64encode(micros.to_bytes(8, signed=True) + self.id.bytes).decode()


def read_cursor(text: str) -> Cursor | None:
    """Read a cursor from an address; None when it is not one, so that the list begins at its beginning."""
    try:
        raw = base64.b64decode(text.encode(), b"-_", validate=True)
        if len(raw) != 24:
            return None
        moment = _EPOCH + int.from_bytes(raw[:8], signed=True) * _MICROSECOND
    except (ValueError, OverflowError):
        return None
    cursor = Cursor(moment, UUID(bytes=raw[8:]))
    return cursor if str(cursor) == text else None
