"""What a hub and an application that run apart write to each other: facts and questions, and their answers. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from signaling import facts
from signaling.facts import Fact
from signaling.ports import Happened, Joined, Left, Measured, Offline, Online, Place, Said

VERSION: Final = 1


class Unreadable(Exception):
    """It is no letter of this release."""


@dataclass(frozen=True, slots=True)
class SessionsAsked:
    """The question which of these sessions were not ended."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StandingAsked:
    """The question where a participant belongs by the rows."""

    room: str
    participant: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The fact is in the rows."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The chat message is in its row since `at`."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Declined:
    """The application does not accept the message."""


@dataclass(frozen=True, slots=True)
class Alive:
    """These sessions were not ended."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stands:
    """The participant belongs there."""

    place: Place


@dataclass(frozen=True, slots=True)
class Failed:
    """It could not be done, however often it was tried."""


Question = SessionsAsked | StandingAsked
Letter = Fact | Question
Answer = Taken | Kept | Declined | Alive | Stands | Failed


def _by_name(kinds: Iterable[type]) -> dict[str, TypeAdapter[Any]]:
    return {kind.__name__: TypeAdapter(kind) for kind in kinds}


_LETTERS: Final = _by_name((Happened, Joined, Left, Measured, Online, Offline, Said, SessionsAsked, StandingAsked))
_ANSWERS: Final = _by_name((Taken, Kept, Declined, Alive, Stands, Failed))


def write(letter: Letter | Answer) -> bytes:
    """Give the text of a letter or an answer."""
    return to_json({"v": VERSION, "kind": type(letter).__name__, "body": letter})


def read_letter(text: bytes) -> Letter:
    """Read a letter. Raises `Unreadable`."""
    found: Letter = _read(text, _LETTERS)
    return found


def read_answer(text: bytes) -> Answer:
    """Read an answer. Raises `Unreadable`."""
    found: Answer = _read(text, _ANSWERS)
    return found


def lane(letter: Letter) -> str | None:
    """Name what a letter must keep its order with; None for a question, which goes by itself."""
    return None if isinstance(letter, Question) else facts.lane(letter)


def _read(text: bytes, kinds: dict[str, TypeAdapter[Any]]) -> Any:
    try:
        found = from_json(text)
        if found["v"] != VERSION:
            raise Unreadable(f"version {found['v']!r}")
        return kinds[found["kind"]].validate_python(found["body"])
    except (ValidationError, ValueError, TypeError, KeyError) as error:
        raise Unreadable(type(error).__name__) from None
