"""Pure decisions of the directory: how names are compared and shortened, what a search means, who is licensed where."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from time import strptime
from typing import Protocol


class Named(Protocol):
    """Somebody with a name."""

    given_name: str
    family_name: str


class Titled(Named, Protocol):
    """Somebody with a name and a title, which may be empty."""

    title: str


class Licensed(Protocol):
    """One licence."""

    state: str
    expires_on: date


LONGEST_KEY = 60
_BETWEEN_WORDS = re.compile(r"[\s\u2010-\u2015-]+")


def name_key(name: str) -> str:
    """Fold a name for comparing: lower-case words of letters and digits without accents, with single spaces between.

    José-María is "jose maria", O’Brien is "obrien". At most 60 characters, however long a letter's folded form is.
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    words = ("".join(c for c in word if c.isalnum()) for word in _BETWEEN_WORDS.split(plain))
    return " ".join(word for word in words if word)[:LONGEST_KEY].strip()


def short_name(person: Named) -> str:
    """Shorten a name for lists, where a whole one could be read over a shoulder: M. Alvarez."""
    return f"{person.given_name[:1]}. {person.family_name}"


def formal_name(person: Titled) -> str:
    """Name a practitioner as patients see it: Dr. R. Okafor."""
    return f"{person.title} {short_name(person)}".strip()


def initials(person: Named) -> str:
    """Give the two letters of an avatar."""
    return (person.given_name[:1] + person.family_name[:1]).upper()


def licensed_states(licences: Iterable[Licensed], day: date) -> frozenset[str]:
    """Give the states that licences cover on a day. Licensure attaches to where the patient is at the visit."""
    return frozenset(licence.state for licence in licences if licence.expires_on >= day)


def minutes_left(ends_at: datetime, now: datetime) -> int:
    """Tell how many minutes something lasts still, begun ones counted whole; 0 when it is over."""
    return max(0, -int((now - ends_at).total_seconds() // 60))


def looks_same(one: Named, other: Named) -> bool:
    """Tell whether two people born on the same day may be one.

    They may with the same family name, with both names swapped, or with the same given name and family initial.
    """
    mine, theirs = _folded(one), _folded(other)
    if mine in {theirs, theirs[::-1]}:
        return True
    return mine[1] == theirs[1] or (mine[0] == theirs[0] and mine[1][:1] == theirs[1][:1])


def _folded(person: Named) -> tuple[str, str]:
    return name_key(person.given_name).replace(" ", ""), name_key(person.family_name).replace(" ", "")


@dataclass(frozen=True, slots=True)
class Search:
    """What was typed into the search field, understood: parts of a name, a date of birth, contacts as they are stored.

    A text that may be several kinds of contact is all of them; a patient with any one of these is meant.
    """

    names: tuple[str, ...] = ()
    birth_date: date | None = None
    phone: str = ""
    email: str = ""
    record_number: str = ""

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to look for."""
        return self == Search()


_DATES = ("%m/%d/%Y", "%Y-%m-%d", "%m-%d-%Y", "%m.%d.%Y")


def read_search(text: str) -> Search:
    """Understand a search: "alvarez m", "4/17/1992", "406-555-0177", "m@example.org", "A-10042", names and a date."""
    text = text.strip()[:100]
    if "@" in text:
        return Search(email=text.lower())
    words = text.replace(",", " ").split()
    dates = [day for day in map(_read_date, words) if day]
    others = [word for word in words if _read_date(word) is None]
    born = dates[0] if dates else None
    if any(c.isdigit() for word in others for c in word):
        return Search(birth_date=born, phone=_phone(" ".join(others)), record_number=" ".join(others).upper())
    return Search(names=tuple(part for word in others for part in name_key(word).split()), birth_date=born)


def _phone(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    if len(digits) == 11:
        digits = digits.removeprefix("1")
    if len(digits) != 10 or not re.fullmatch(r"[\d\s().+-]+", text):
        return ""
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"


def _read_date(word: str) -> date | None:
    for form in _DATES:
        try:
            return date(*strptime(word, form)[:3])
        except ValueError:
            continue
    return None
