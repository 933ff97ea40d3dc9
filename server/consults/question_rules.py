"""Pure: the question of a case. What is asked for each kind of service, what is missing, what is prefilled.

It is what somebody typed for this one case: no record of medications or scores is kept from it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal
from zlib import crc32

from pydantic import TypeAdapter

from server.kit.forms import N_

LONGEST = 4000
LONGEST_NAME = 120
MOST_MEDICATIONS, MOST_SCORES = 30, 20
LARGEST_SCORE = 1000
MORE = "more-"
"""With what the name of a field of a service's own begins."""


class Risk(StrEnum):
    """What was found when the patient was asked about harm to themselves or others."""

    NONE = "none"
    THOUGHTS = "thoughts"
    PLAN = "plan"
    RECENT_ATTEMPT = "recent-attempt"
    NOT_ASKED = "not-asked"


class Pregnancy(StrEnum):
    """What is known of a pregnancy."""

    NO = "no"
    PREGNANT = "pregnant"
    POSTPARTUM = "postpartum"
    POSSIBLE = "possible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Medication:
    """A medication as it is taken now."""

    name: str
    dose: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """The result of an instrument, like PHQ-9, on a day."""

    instrument: str
    value: float
    on: date | None = None


@dataclass(frozen=True, slots=True)
class More:
    """What a service asks in its own words, and what was answered."""

    asked: str
    answer: str


def more_name(asked: str) -> str:
    """Give the field of a service's own question: the same for the same words, whichever service asks."""
    return f"{MORE}{crc32(asked.encode()):08x}"


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks. `takes_none` says that the patient takes no medication; None is what was not answered."""

    reason: str = ""
    tried: str = ""
    medications: tuple[Medication, ...] = ()
    takes_none: bool = False
    scores: tuple[Score, ...] = ()
    risk: Risk | None = None
    risk_notes: str = ""
    allergies: str = ""
    pregnancy: Pregnancy | None = None
    more: tuple[More, ...] = ()
    version: Literal[1] = 1


BEHAVIORAL = ("reason", "tried", "medications", "risk")
MEDICAL = ("reason", "medications", "allergies")
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "adult_psychiatry": BEHAVIORAL,
    "child_psychiatry": BEHAVIORAL,
    "addiction_medicine": ("reason", "medications", "risk", "pregnancy"),
    "psychology": ("reason", "tried", "risk"),
    "social_work": ("reason",),
    "care_management": ("reason", "tried"),
    "primary_care": MEDICAL,
    "other_medical": MEDICAL,
}
"""Fields that a service of a kind asks for. A kind that is not here asks for the reason."""

MISSING: Mapping[str, str] = {
    "reason": N_("Write what you want to know."),
    "tried": N_("Write what was tried so far, or that nothing was."),
    "medications": N_("List what the patient takes, or say that they take none."),
    "risk": N_("Say what you know of a risk."),
    "allergies": N_("Write which allergies there are, or that none are known."),
    "pregnancy": N_("Say what you know of a pregnancy."),
}
_ROW: TypeAdapter[Question] = TypeAdapter(Question)


def problems(question: Question, kind: str) -> dict[str, str]:
    """Say by field what a question lacks for a kind of service, and what is too long; nothing when it may be asked."""
    found = {name: MISSING[name] for name in required(kind) if _is_empty(question, name)}
    for name in ("reason", "tried", "risk_notes", "allergies"):
        if len(getattr(question, name)) > LONGEST:
            found[name] = N_("This is too long. Make it shorter.")
    return {**_wrong_medications(question), **_wrong_scores(question), **found}


def required(kind: str) -> tuple[str, ...]:
    """Give the fields that a kind of service asks for."""
    return REQUIRED.get(kind, ("reason",))


def prefilled(previous: Question) -> Question:
    """Begin a question with what the patient's last one said, each to be taken out.

    The reason, the risk and a pregnancy are of the day: they are asked anew.
    """
    return Question(
        tried=previous.tried,
        medications=previous.medications,
        takes_none=previous.takes_none,
        scores=previous.scores,
        allergies=previous.allergies,
    )


@dataclass(frozen=True, slots=True)
class Patient:
    """Whom a de-identified question must not name."""

    given_name: str
    family_name: str
    birth_date: date


class Named(StrEnum):
    """By what a patient could be recognised."""

    NAME = "name"
    BIRTH_DATE = "birth-date"


def identifying(question: Question, patient: Patient) -> tuple[tuple[str, Named], ...]:
    """Find fields in which the patient's name or date of birth stands. A warning: names are words too."""
    names = {*_words(patient.given_name), *_words(patient.family_name)}
    found = []
    for name, text in _texts(question):
        if names & set(_words(text)):
            found.append((name, Named.NAME))
        if patient.birth_date in set(_dates(text)):
            found.append((name, Named.BIRTH_DATE))
    return tuple(dict.fromkeys(found))


def write_question(question: Question) -> str:
    """Write a question as JSON, with the version of its form."""
    return _ROW.dump_json(question).decode()


def read_question(row: str) -> Question:
    """Read what `write_question` wrote; raises pydantic's ValidationError for anything else."""
    return _ROW.validate_json(row)


def _is_empty(question: Question, name: str) -> bool:
    if name == "medications":
        return not question.medications and not question.takes_none
    value = getattr(question, name)
    return value is None or not value.strip()


def _wrong_medications(question: Question) -> dict[str, str]:
    if question.medications and question.takes_none:
        return {"medications": N_("Take the medications out, or do not say that there are none.")}
    if len(question.medications) > MOST_MEDICATIONS:
        return {"medications": N_("These are too many. Leave out what does not matter here.")}
    for one in question.medications:
        if not one.name.strip():
            return {"medications": N_("Name each medication.")}
        if max(len(one.name), len(one.dose)) > LONGEST_NAME:
            return {"medications": N_("This is too long. Make it shorter.")}
    return {}


def _wrong_scores(question: Question) -> dict[str, str]:
    if len(question.scores) > MOST_SCORES:
        return {"scores": N_("These are too many. Leave out what does not matter here.")}
    for one in question.scores:
        if not one.instrument.strip() or len(one.instrument) > LONGEST_NAME:
            return {"scores": N_("Name the instrument of each score.")}
        if not 0 <= one.value <= LARGEST_SCORE:
            return {"scores": N_("Give a number from 0 to 1000.")}
    return {}


def _texts(question: Question) -> Iterator[tuple[str, str]]:
    for name in ("reason", "tried", "risk_notes", "allergies"):
        yield name, getattr(question, name)
    for one in question.medications:
        yield "medications", f"{one.name} {one.dose}"
    for score in question.scores:
        yield "scores", score.instrument
    for more in question.more:
        yield more_name(more.asked), more.answer


def _words(text: str) -> list[str]:
    """Give the words of a text without case and accents; those of one letter say nothing."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return [word for word in re.findall(r"[^\W\d_]+", plain) if len(word) > 1]


_NUMBERS = re.compile(r"(?<!\d)(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})(?!\d)")
_WRITTEN = re.compile(
    r"(?<!\d)(?:(\d{1,2})(?:st|nd|rd|th)?\s+(?:de\s+)?)?([a-z]{3,10})\.?\s+(?:de\s+)?(\d{1,2}\D{1,4})?(\d{4})"
)
_MONTHS = (
    ("jan", "ene"),
    ("feb",),
    ("mar",),
    ("apr", "abr"),
    ("may",),
    ("jun",),
    ("jul",),
    ("aug", "ago"),
    ("sep",),
    ("oct",),
    ("nov",),
    ("dec", "dic"),
)


def _dates(text: str) -> Iterator[date]:
    """Find the days that a text may mean, month or day first, in numbers or with the month's name."""
    for one, two, three in _NUMBERS.findall(text):
        if len(one) > 2:
            yield from _day(int(one), int(two), int(three))
        else:
            for year in _years(three):
                yield from _day(year, int(one), int(two))
                yield from _day(year, int(two), int(one))
    for before, word, after, year_typed in _WRITTEN.findall(text.casefold()):
        day = before or re.sub(r"\D", "", after)
        for month, starts in enumerate(_MONTHS, 1):
            if day and word.startswith(starts):
                yield from _day(int(year_typed), month, int(day))


def _years(typed: str) -> Iterable[int]:
    return (int(typed),) if len(typed) > 2 else (1900 + int(typed), 2000 + int(typed))


def _day(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return
