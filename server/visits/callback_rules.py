"""Pure: what has become of a patient's wish to be called instead of the video."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class CallbackState(StrEnum):
    """ASKED: nobody has taken it yet. TAKEN: somebody calls. DONE: somebody has called."""

    ASKED = "asked"
    TAKEN = "taken"
    DONE = "done"


class CallbackFacts(Protocol):
    """What the rules need to know of a request."""

    taken_by: UUID | None
    done_at: datetime | None


def callback_state(request: CallbackFacts) -> CallbackState:
    """Say how far a request is."""
    if request.done_at is not None:
        return CallbackState.DONE
    return CallbackState.ASKED if request.taken_by is None else CallbackState.TAKEN
