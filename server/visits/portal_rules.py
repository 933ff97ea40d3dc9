"""Pure decisions about a patient's own account: who may ask for one, what is to come, and who looked, in words.

Words are gettext message ids, translated where they are shown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from server.access import Role, Why
from server.kit.forms import N_


def may_have_account(status: str, admitted_at: datetime | None) -> bool:
    """Tell whether a visit's patient may ask for an account: it is over, and a clinician had let them in.

    A link and a date of birth can be in wrong hands; the clinician has seen who it was.
    """
    return status == "finished" and admitted_at is not None


def is_to_come(appointment_status: str, status: str, *, may_come: bool) -> bool:
    """Tell whether a visit is still to come or going on; a booked one is past once nobody may come to it any more."""
    if status in {"arrived", "in-progress"}:
        return True
    return status == "planned" and appointment_status in {"booked", "arrived"} and may_come


def outcome_words(status: str) -> str:
    """Say what became of a past visit when it did not take place; empty when it did."""
    if status == "finished":
        return ""
    return N_("Cancelled") if status == "cancelled" else N_("Did not take place")


class Event(Protocol):
    """What the rules need to know of an audit event."""

    recorded_at: datetime
    account_id: UUID | None
    roles: str
    action: str
    entity: str
    why: str


E = TypeVar("E", bound=Event)


def cut_page(events: Sequence[E], size: int) -> tuple[Sequence[E], datetime | None]:
    """Cut a page from one event more than fits on it; gives it, and before which moment the next one goes on.

    Events of one moment stay together, so that none is lost between two pages; None when there is no next page.
    """
    if len(events) <= size:
        return events, None
    whole = [event for event in events[:size] if event.recorded_at > events[size].recorded_at]
    shown = whole or events[:size]
    return shown, shown[-1].recorded_at


@dataclass(slots=True)
class Look:
    """One thing that was done on a day: what, the latest time of it, and how often."""

    what: str
    at: datetime
    times: int = 1


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who came to the record on a day, why they might, and what they did, the latest first."""

    account_id: UUID | None
    roles: tuple[str, ...]
    why: str
    looks: list[Look]

    @property
    def is_emergency(self) -> bool:
        """Tell whether the record was opened in an emergency, without any other tie."""
        return self.why == _WHY[Why.EMERGENCY]


def visitors_by_day(events: Iterable[Event], zone: str) -> dict[date, list[Visitor]]:
    """Gather events, newest first, by the local day in a zone, by who came and why, and by what they did."""
    days: dict[date, dict[tuple[object, ...], Visitor]] = {}
    for event in events:
        visitors = days.setdefault(event.recorded_at.astimezone(ZoneInfo(zone)).date(), {})
        why = _WHY.get(event.why, "")
        known = visitors.setdefault(
            (event.account_id, event.roles, why),
            Visitor(event.account_id, tuple(event.roles.split(",")), why, []),
        )
        _count(known.looks, what_words(event.action, event.entity), event.recorded_at)
    return {day: list(visitors.values()) for day, visitors in days.items()}


def _count(looks: list[Look], what: str, at: datetime) -> None:
    same = next((look for look in looks if look.what == what), None)
    if same is None:
        looks.append(Look(what, at))
    else:
        same.times += 1


def what_words(action: str, entity: str) -> str:
    """Say what was done with a record, as the patient would."""
    if action == "read":
        return _READ.get(entity, N_("Looked at your record"))
    if action == "create":
        return _MADE.get(entity, N_("Made a new entry in your record"))
    return _DONE.get(action, N_("Worked on your record"))


def role_words(roles: Iterable[str]) -> str:
    """Say what somebody is, by the first role that has a word."""
    return next((_ROLES[role] for role in roles if role in _ROLES), "")


_READ = {
    "Patient": N_("Looked at your name, date of birth and contacts"),
    "Encounter": N_("Looked at a visit of yours"),
    "Appointment": N_("Looked at a visit of yours"),
    "SafetyCheck": N_("Looked at where you are and whom to call"),
    "AuditEvent": N_("Looked at this list"),
}
_MADE = {
    "Patient": N_("Entered you as a patient of the clinic"),
    "Appointment": N_("Booked a time for you"),
    "Encounter": N_("Set up a video visit for you"),
}
_DONE = {
    "update": N_("Changed your name, date of birth or contacts"),
    "confirm": N_("Confirmed where you are and agreed to the visit"),
    "hold": N_("Kept a time for a visit"),
    "reschedule": N_("Gave a visit another time"),
    "cancel": N_("Cancelled a visit"),
    "arrive": N_("Came into the waiting room"),
    "hold_link": N_("Opened a visit from this account"),
    "start": N_("Started your visit"),
    "admit": N_("Let you into the visit"),
    "end": N_("Ended your visit"),
    "send_link": N_("Sent you the link to a visit"),
    "renew_link": N_("Made a new link to a visit"),
    "unlock_link": N_("Unlocked the link to a visit"),
    "let_in_device": N_("Let another device into your visit"),
    "check_in": N_("Noted that you were there"),
    "undo_check_in": N_("Took back that you were there"),
    "no_show": N_("Noted that a visit did not take place"),
    "undo_no_show": N_("Took back that a visit did not take place"),
    "announce_delay": N_("Told you that a visit starts later"),
    "ask_for_account": N_("Asked for an account"),
    "open_account": N_("Made an account for your visits"),
    "act_as": N_("Opened your visits in an account"),
    "end_account": N_("Removed access by accounts"),
}
_WHY: dict[str, str] = {
    Why.PARTICIPANT: N_("Takes part in your visit"),
    Why.CARE_TEAM: N_("Belongs to your care team"),
    Why.COVERAGE: N_("Works for your clinic"),
    Why.EMERGENCY: N_("Opened in an emergency"),
}
_ROLES: dict[str, str] = {
    Role.PCP: N_("Primary care doctor"),
    Role.SPECIALIST: N_("Specialist"),
    Role.CARE_MANAGER: N_("Care manager"),
    Role.FRONT_DESK: N_("Front desk"),
    Role.ADMINISTRATOR: N_("Administrator"),
}
