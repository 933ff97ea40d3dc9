"""How far a patient's wish to be called is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest

from server.kit.ids import new_id
from server.visits.callback_rules import CallbackState, callback_state
from tests.cast import TEN


@dataclass
class Request:
    taken_by: UUID | None = None
    done_at: datetime | None = None


@pytest.mark.parametrize(
    ("request_", "state"),
    [
        (Request(), CallbackState.ASKED),
        (Request(new_id()), CallbackState.TAKEN),
        (Request(new_id(), TEN), CallbackState.DONE),
        (Request(None, TEN), CallbackState.DONE),
    ],
)
def test_a_request_is_asked_then_taken_then_done(request_: Request, state: CallbackState) -> None:
    assert callback_state(request_) is state
