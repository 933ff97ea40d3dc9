"""Pure: the structured answer of a case: what a specialist advises, and what the requester does with each item.

A signed answer never changes. The requester decides each item once; what is done of it becomes a task.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from server.kit.errors import Conflict, Invalid
from server.kit.forms import N_
from server.kit.ids import AccountId

LONGEST, LONGEST_LINE, LONGEST_LINK = 4000, 200, 500
LONGEST_KEY, MOST_ITEMS = 40, 20
LATEST = 730
"""Days after which a follow-up is at the latest."""

TOO_LONG = N_("This is too long. Make it shorter.")


class ItemKind(StrEnum):
    """What an item advises."""

    MEDICATION = "medication"
    THERAPY = "therapy"
    TEST = "test"
    SAFETY_PLAN = "safety_plan"
    REFERRAL = "referral"
    FOLLOW_UP = "follow_up"
    PROTOCOL_LINK = "protocol_link"


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of advice; `key` names it within the answer. `what` is the medication, therapy, test and so on.

    `dose`, `route`, `frequency` and `monitoring` are of a medication, `days` (from the signature) of a follow-up,
    `link` of a protocol.
    """

    key: str
    kind: ItemKind
    what: str = ""
    dose: str = ""
    route: str = ""
    frequency: str = ""
    monitoring: str = ""
    days: int | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a specialist advises."""

    impression: str = ""
    items: tuple[Item, ...] = ()
    version: Literal[1] = 1


@dataclass(frozen=True, slots=True)
class Signed:
    """An answer that somebody stands for, as it is for good."""

    answer: Answer
    by: AccountId
    at: datetime


class Choice(StrEnum):
    """What the requester does with an item."""

    ACCEPTED = "accepted"
    MODIFIED = "modified"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the requester does with an item; `change` is what is done instead, `reason` why."""

    item: str
    choice: Choice
    by: AccountId
    at: datetime
    reason: str = ""
    change: str = ""


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What an item becomes: its kind, what is to be done, and by which day. Words for the kind: `answer_words`."""

    item: str
    kind: ItemKind
    what: str
    due_on: date


MISSING: Mapping[ItemKind, str] = {
    ItemKind.MEDICATION: N_("Name the medication."),
    ItemKind.THERAPY: N_("Name the therapy."),
    ItemKind.TEST: N_("Name the test."),
    ItemKind.SAFETY_PLAN: N_("Write what the plan holds."),
    ItemKind.REFERRAL: N_("Write where the patient should go."),
    ItemKind.FOLLOW_UP: N_("Write what is to be looked at."),
    ItemKind.PROTOCOL_LINK: N_("Name the protocol."),
}
DUE_DAYS: Mapping[ItemKind, int] = {
    ItemKind.MEDICATION: 1,
    ItemKind.THERAPY: 14,
    ItemKind.TEST: 7,
    ItemKind.SAFETY_PLAN: 0,
    ItemKind.REFERRAL: 7,
    ItemKind.FOLLOW_UP: 28,
    ItemKind.PROTOCOL_LINK: 14,
}
"""In how many days an item is due unless it says so itself; a safety plan is made on the day."""

_ROW: TypeAdapter[Answer] = TypeAdapter(Answer)


def problems(answer: Answer) -> dict[str, str]:
    """Say what must be mended before an answer can be signed: by "impression", "items", or "key.field" of an item."""
    found: dict[str, str] = {}
    if not answer.impression.strip():
        found["impression"] = N_("Write your impression.")
    elif len(answer.impression) > LONGEST:
        found["impression"] = TOO_LONG
    keys = [item.key for item in answer.items]
    if len(keys) > MOST_ITEMS:
        found["items"] = N_("These are too many recommendations.")
    if len(set(keys)) < len(keys) or not all(0 < len(key) <= LONGEST_KEY for key in keys):
        found["items"] = N_("Two recommendations are mixed up. Add one of them anew.")
    for item in answer.items:
        found.update({f"{item.key}.{name}": message for name, message in _problems(item).items()})
    return found


def sign(answer: Answer, by: AccountId, now: datetime) -> Signed:
    """Sign an answer. Raises Invalid, by field, when something must be mended before."""
    if wrong := problems(answer):
        raise Invalid(wrong, {})
    return Signed(answer, by, now)


def decide(
    signed: Signed,
    decided: Iterable[Decision],
    wish: Decision,
) -> Decision:
    """Take the requester's decision on an item.

    Raises Invalid when a reason or change is missing or the item is none, Conflict when it is decided already.
    """
    if wish.item not in {item.key for item in signed.answer.items}:
        raise Invalid({"item": N_("There is no such recommendation.")}, {})
    if any(before.item == wish.item for before in decided):
        raise Conflict(N_("This recommendation is decided already."))
    if wrong := _undecided(wish):
        raise Invalid(wrong, {"reason": wish.reason, "change": wish.change})
    return wish


def open_items(signed: Signed, decided: Iterable[Decision]) -> tuple[Item, ...]:
    """Give the items that the requester has not decided."""
    known = {decision.item for decision in decided}
    return tuple(item for item in signed.answer.items if item.key not in known)


def task_of(item: Item, decision: Decision, signed_on: date, decided_on: date) -> TaskFacts | None:
    """Say what an item becomes: None when it was declined; of one that was modified, what is done instead.

    A follow-up counts its days from the signature, everything else from the decision; nothing is due before that.
    """
    if decision.choice is Choice.DECLINED:
        return None
    what = decision.change.strip() if decision.choice is Choice.MODIFIED else summary(item)
    start, days = (decided_on, DUE_DAYS[item.kind]) if item.days is None else (signed_on, item.days)
    return TaskFacts(item.key, item.kind, what, max(start + timedelta(days=days), decided_on))


def summary(item: Item) -> str:
    """Put an item on one line: "sertraline 50 mg, by mouth, daily (sodium in 2 weeks)"."""
    name = " ".join(part for part in (item.what.strip(), item.dose.strip()) if part)
    line = ", ".join(part for part in (name, item.route.strip(), item.frequency.strip()) if part)
    return f"{line} ({item.monitoring.strip()})" if item.monitoring.strip() else line


def write_answer(answer: Answer) -> str:
    """Write an answer as JSON, with the version of its form."""
    return _ROW.dump_json(answer).decode()


def read_answer(row: str) -> Answer:
    """Read what `write_answer` wrote; raises pydantic's ValidationError for anything else."""
    return _ROW.validate_json(row)


def _problems(item: Item) -> dict[str, str]:
    found: dict[str, str] = {}
    if not item.what.strip():
        found["what"] = MISSING[item.kind]
    for name in ("what", "dose", "route", "frequency", "monitoring"):
        longest = LONGEST if name in {"what", "monitoring"} else LONGEST_LINE
        if len(getattr(item, name)) > longest:
            found[name] = TOO_LONG
    if item.kind is ItemKind.MEDICATION and not item.dose.strip():
        found["dose"] = N_("Write the dose, or how to find it.")
    if item.kind is ItemKind.FOLLOW_UP and item.days is None:
        found["days"] = N_("Say in how many days.")
    if item.days is not None and not 0 <= item.days <= LATEST:
        found["days"] = N_("Give a number of days from 0 to 730.")
    return found | _bad_link(item)


def _bad_link(item: Item) -> dict[str, str]:
    if item.kind is not ItemKind.PROTOCOL_LINK and not item.link:
        return {}
    if len(item.link) > LONGEST_LINK:
        return {"link": TOO_LONG}
    return {} if _is_https(item.link) else {"link": N_("Give an address that begins with https://.")}


def _is_https(link: str) -> bool:
    """Tell whether a link is a whole https address, without a name or password in it."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    plain = link.isprintable() and not any(c.isspace() for c in link)
    return plain and parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc


def _undecided(wish: Decision) -> dict[str, str]:
    found: dict[str, str] = {}
    if wish.choice is not Choice.ACCEPTED and not wish.reason.strip():
        found["reason"] = N_("Say why.")
    if wish.choice is Choice.MODIFIED and not wish.change.strip():
        found["change"] = N_("Write what is done instead.")
    for name in ("reason", "change"):
        if len(getattr(wish, name)) > LONGEST:
            found[name] = TOO_LONG
    return found
