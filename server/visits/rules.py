"""Pure decisions about visits: what a visit's line of the day says, when its link opens, which step a patient is at."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CONSENT_VERSION = "2026-11"
GIVERS = ("patient", "parent", "guardian", "representative")
LENGTHS = (10, 15, 20, 30, 40, 60)
LATE_CHOICES = (0, 5, 10, 15, 20, 30)
# From when on a patient is offered another way, when nobody has come.
OVERDUE = timedelta(minutes=15)


class VisitState(StrEnum):
    """What a line of the day shows."""

    BOOKED = "booked"
    CHECKED_IN = "checked-in"
    WAITING = "waiting"
    IN_PROGRESS = "in-progress"
    FINISHED = "finished"
    NO_SHOW = "noshow"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class VisitTimes:
    """The facts that a visit's state follows from."""

    appointment_status: str
    status: str
    arrived_at: datetime | None = None
    admitted_at: datetime | None = None


def visit_state(times: VisitTimes, now: datetime) -> tuple[VisitState, int]:
    """Give a visit's state, and the whole minutes that the patient has waited or the visit has run."""
    match times.status:
        case "arrived":
            return VisitState.WAITING, _minutes(times.arrived_at, now)
        case "in-progress":
            return VisitState.IN_PROGRESS, _minutes(times.admitted_at, now)
        case "finished":
            return VisitState.FINISHED, 0
        case "cancelled":
            return VisitState.CANCELLED, 0
    return _PLANNED.get(times.appointment_status, VisitState.BOOKED), 0


# Of a visit that did not begin, the appointment says what is known: staff checked the patient in, or nobody came.
_PLANNED = {"noshow": VisitState.NO_SHOW, "arrived": VisitState.CHECKED_IN}


def link_window(starts_at: datetime, ends_at: datetime, opens: int, closes: int) -> tuple[datetime, datetime]:
    """Give when a visit's link opens and closes: minutes before the start, minutes after the planned end."""
    return starts_at - timedelta(minutes=opens), ends_at + timedelta(minutes=closes)


def renewed_window(window: tuple[datetime, datetime], closes: int, now: datetime) -> tuple[datetime, datetime]:
    """Give the window of a link that staff make anew: the visit's own, or from now on when that has closed already."""
    opens_at, closes_at = window
    return opens_at, max(closes_at, now + timedelta(minutes=closes))


class Step(StrEnum):
    """Where a patient is on the way into a visit."""

    BEFORE = "before"
    ROOM = "room"
    CLOSED = "closed"


def patient_step(status: str, *, confirmed: bool) -> Step:
    """Say which page comes next: consent and safety are confirmed anew for each visit."""
    if status in {"finished", "cancelled"}:
        return Step.CLOSED
    return Step.ROOM if confirmed else Step.BEFORE


def room_entrance(standing: str | None, *, joining: bool = False) -> str:
    """Say how the room's page begins for a patient's seat: at the device check, waiting, or in the call.

    Who pressed Join before the page's script ran is `joining`: they go straight on.
    """
    return {"waiting": "waiting", "admitted": "call"}.get(standing or "", "waiting" if joining else "check")


def is_overdue(starts_at: datetime, late_minutes: int | None, now: datetime) -> bool:
    """Tell whether a patient has waited long enough past the announced start to be offered another way."""
    return now >= starts_at + timedelta(minutes=late_minutes or 0) + OVERDUE


def starts_in(starts_at: datetime, now: datetime) -> int:
    """Give the whole minutes until the start, rounded up; 0 once it is there."""
    return max(0, -int((now - starts_at).total_seconds() // 60))


def lacks_licence(licensed: frozenset[str], state: str) -> bool:
    """Tell whether to warn before admitting: the patient is in a state that the practitioner has no licence for."""
    return bool(state) and state not in licensed


# Names that apps write into their own browser's user agent; the last one is what Android's WebView says of itself.
_IN_APP = re.compile(
    r"FBAN|FBAV|FB_IAB|Instagram|Barcelona|Messenger|WhatsApp|Telegram|\bLine/|Twitter|LinkedInApp|Snapchat|Pinterest"
    r"|Reddit/|TikTok|musical_ly|trill_|Bytedance|MicroMessenger|KAKAOTALK|NAVER\(|TeamsMobile|Slack"
    r"|GSA/|GoogleApp|Outlook|YahooMobile|; wv\)"
)
_APPLE = re.compile(r"iPhone|iPad|iPod")
# An iPad that asks for desktop pages says that it is a Macintosh.
_MAYBE_APPLE = re.compile(r"iPhone|iPad|iPod|Macintosh")


def in_app_browser(user_agent: str) -> str:
    """Recognise the browser inside a mail, message or social app: "ios" or "android", empty for a real browser.

    On an iPhone a web view of an app does not say Safari, which every browser there says.
    """
    webkit_alone = "AppleWebKit/" in user_agent and "Safari/" not in user_agent
    bare_view = webkit_alone and _MAYBE_APPLE.search(user_agent) is not None
    if not _IN_APP.search(user_agent) and not bare_view:
        return ""
    return "ios" if bare_view or _APPLE.search(user_agent) else "android"


def masked_email(address: str) -> str:
    """Show enough of an address to recognise one's own: m•••@example.org."""
    name, _, host = address.partition("@")
    return f"{name[:1]}•••@{host}" if host else ""


def masked_phone(number: str) -> str:
    """Show enough of a number to recognise one's own: •••0177."""
    return f"•••{number[-4:]}" if number else ""


def _minutes(since: datetime | None, now: datetime) -> int:
    return max(0, int((now - since).total_seconds() // 60)) if since else 0
