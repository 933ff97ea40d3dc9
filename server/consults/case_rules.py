"""Pure: the words of a consult case, what its row says of its state, and until when a written answer is due."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from server.consults.ring_events import (
    Accept,
    Begin,
    Decline,
    Event,
    Finish,
    Offer,
    RaiseUrgency,
    RefuseOffer,
    Suggest,
    SwitchToWritten,
    TakeOffer,
    WhyStopped,
)
from server.consults.ring_state import Accepted, Closed, Ringing, State, Written
from server.kit.forms import N_

CONSENT_VERSION = "2026-11"
"""Of the sentence that is ticked when a patient agrees to a consult."""
OFFERS = (5, 10, 15)
"""Minutes in which somebody may say that they come."""


class Status(StrEnum):
    """Where a case is."""

    RINGING = "ringing"
    ACCEPTED = "accepted"
    WRITTEN = "written"
    ANSWERED = "answered"
    CLOSED = "closed"


def status_of(state: State) -> Status:
    """Name where a case is, for its row."""
    match state:
        case Ringing():
            return Status.RINGING
        case Accepted():
            return Status.ACCEPTED
        case Written():
            return Status.WRITTEN
        case Closed():
            return Status.ANSWERED if state.how == "answered" else Status.CLOSED


def years_old(born: date, today: date) -> int:
    """Give an age in whole years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def written_due(now: datetime, due_hours: int) -> datetime:
    """Give until when a written answer is due."""
    return now + timedelta(hours=due_hours)


DECLINES: Mapping[str, str] = {
    "busy": N_("With a patient"),
    "field": N_("Not my field"),
    "more": N_("I need to know more first"),
    "tie": N_("I know the patient privately"),
    "other": N_("Another reason"),
}
"""Why somebody declines, in words."""
ACCEPTED = "accepted"
HAPPENED: Mapping[type[Event], str] = {
    Begin: "rings-again",
    Accept: "accepted",
    Decline: "declined",
    Offer: "offered",
    TakeOffer: "offer-taken",
    RefuseOffer: "offer-refused",
    Suggest: "suggested",
    RaiseUrgency: "raised",
    SwitchToWritten: "chose-written",
    Finish: "finished",
}
"""What is kept of the events that people bring about."""
STOPPED: Mapping[str, str] = {
    WhyStopped.ELSEWHERE: N_("A colleague was first."),
    WhyStopped.TIMED_OUT: N_("No answer."),
    WhyStopped.CANCELLED: N_("Taken back."),
    WhyStopped.WITHDRAWN: N_("Not needed any more."),
    WhyStopped.DECLINED: N_("Cannot take it."),
    WhyStopped.OFFERED: N_("Can come a little later."),
    ACCEPTED: N_("Took it."),
}
"""How a ring ended, in words."""
