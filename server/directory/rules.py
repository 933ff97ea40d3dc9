"""Pure decisions of the directory: how names are compared and shortened, what a search means, who is licensed where."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
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


def name_key(name: str) -> str:
    """Fold a name for comparing: no accents, no case, letters and digits only, so that José-María finds josemaria."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in plain if c.isalnum())


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


def looks_same(one: Named, other: Named) -> bool:
    """Tell whether two people born on the same day may be the same: family names alike, or swapped, or same given name."""
    mine, theirs = (name_key(one.given_name), name_key(one.family_name)), (name_key(other.given_name), name_key(other.family_name))
    if mine in {theirs, theirs[::-1]}:
        return True
    return mine[1] == theirs[1] or (mine[0] == theirs[0] and mine[1][:1] == theirs[1][:1])


@dataclass(frozen=True, slots=True)
class Search:
    """What was typed into the search field, understood: parts of a name, a date of birth, a number or an e-mail address."""

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
    """Understand a search: "alvarez m", "4/17/1992", "406-555-0177", "m@example.org", "A-10042", or names with a date."""
    text = text.strip()[:100]
    if "@" in text:
        return Search(email=text.lower())
    digits = re.sub(r"\D", "", text)
    if len(digits) == 10 and re.fullmatch(r"[\d\s().+-]+", text):
        return Search(phone=f"{digits[:3]}-{digits[3:6]}-{digits[6:]}")
    words = text.replace(",", " ").split()
    dates = [day for day in map(_read_date, words) if day]
    others = [word for word in words if _read_date(word) is None]
    number = others[0].upper() if len(others) == 1 and any(c.isdigit() for c in others[0]) else ""
    names = () if number else tuple(key for key in map(name_key, others) if key)
    return Search(names=names, birth_date=dates[0] if dates else None, record_number=number)


def _read_date(word: str) -> date | None:
    for form in _DATES:
        try:
            return datetime.strptime(word, form).date()  # noqa: DTZ007 - a day of birth has no zone
        except ValueError:
            continue
    return None
