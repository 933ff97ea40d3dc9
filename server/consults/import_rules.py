"""Pure: tables of coverage and of specialists as people write them in a spreadsheet, checked line by line.

A table is known by its headings. Services, groups and clinics are named as they are called, specialists by the e-mail
address that they sign in with; capital letters do not matter.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from io import StringIO
from typing import TypeVar
from uuid import UUID

from server.consults.service_rules import LARGEST_CAPACITY, OLDEST, TIERS, Place
from server.kit.csv_rows import UTF8_MARK
from server.kit.forms import N_

Value = TypeVar("Value")

MOST_LINES = 1000
TWIN = N_("A line above says the same, or something else of the same.")
_GUARDED = ("'=", "'+", "'-", "'@")


class Sheet(StrEnum):
    """Which table it is: who covers what, or how each specialist takes consults."""

    COVERAGE = "coverage"
    SPECIALISTS = "specialists"


HEADINGS: Mapping[Sheet, tuple[str, ...]] = {
    Sheet.COVERAGE: ("service", "specialist", "group", "clinic", "tier"),
    Sheet.SPECIALISTS: ("specialist", "capacity", "min age", "max age", "groups"),
}


class Unreadable(Exception):
    """Nothing of a table can be understood; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Known:
    """What an organization has, by name in small letters; people by their e-mail address."""

    services: Mapping[str, UUID] = field(default_factory=dict)
    people: Mapping[str, UUID] = field(default_factory=dict)
    groups: Mapping[str, UUID] = field(default_factory=dict)
    clinics: Mapping[str, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Covers:
    """What a line of coverage says."""

    service_id: UUID
    place: Place
    tier: int


@dataclass(frozen=True, slots=True)
class Takes:
    """What a line of specialists says."""

    practitioner_id: UUID
    capacity: int
    min_age: int | None
    max_age: int | None
    groups: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number as a spreadsheet counts it, its cells, what is wrong with it, else what it says."""

    number: int
    cells: tuple[str, ...]
    errors: tuple[str, ...] = ()
    covers: Covers | None = None
    takes: Takes | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was read, and whether all of it is right."""

    sheet: Sheet
    lines: tuple[Line, ...]

    @property
    def is_right(self) -> bool:
        """Tell whether no line has an error."""
        return not any(line.errors for line in self.lines)


def read_table(text: str, known: Known) -> Table:
    """Read a table and check each line of it. Raises Unreadable."""
    rows = _rows(text)
    if not rows:
        raise Unreadable(N_("The table is empty."))
    heading = tuple(" ".join(cell.casefold().replace("_", " ").split()) for cell in rows[0][1])
    sheet = next((one for one, names in HEADINGS.items() if names == heading), None)
    if sheet is None:
        raise Unreadable(N_("The first line must be the headings, as in the table that you can download here."))
    if len(rows) == 1:
        raise Unreadable(N_("The table has headings and no lines."))
    if len(rows) > MOST_LINES + 1:
        raise Unreadable(N_("At most 1,000 lines at once. Make several tables of it."))
    check = _covers if sheet is Sheet.COVERAGE else _takes
    lines = [check(number, cells, known) for number, cells in rows[1:]]
    return Table(sheet, tuple(_without_twins(lines)))


def _rows(text: str) -> list[tuple[int, tuple[str, ...]]]:
    """Give the rows that say anything, each with its number; commas or semicolons part the cells."""
    text = text.removeprefix(UTF8_MARK)
    first = text.lstrip().partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    found: list[tuple[int, tuple[str, ...]]] = []
    try:
        for number, cells in enumerate(csv.reader(StringIO(text), delimiter=delimiter, strict=True), 1):
            row = tuple(_plain(cell) for cell in cells)
            if any(row):
                found.append((number, row))
    except csv.Error:
        raise Unreadable(N_("A quotation mark is not closed, or stands where none may.")) from None
    return found


def _plain(cell: str) -> str:
    """Take off the sign that keeps a spreadsheet from reading a formula, as it was put on for the download."""
    cell = cell.strip()
    return cell[1:] if cell.startswith(_GUARDED) else cell


class _Reader:
    """Reads the cells of one line and gathers what is wrong."""

    def __init__(self, sheet: Sheet, cells: Sequence[str]) -> None:
        names = HEADINGS[sheet]
        self.errors: list[str] = []
        if len(cells) > len(names):
            self.errors.append(N_("There are more cells than headings."))
        self._cells = dict(zip(names, [*cells, *[""] * len(names)], strict=False))

    def text(self, name: str) -> str:
        """Give a cell as it was typed."""
        return self._cells[name]

    def known(self, name: str, among: Mapping[str, Value], unknown: str) -> Value | None:
        """Find what a cell names; an empty one names nothing."""
        typed = self._cells[name].casefold()
        found = among.get(typed)
        if typed and found is None:
            self.errors.append(unknown)
        return found

    def whole(self, name: str, low: int, high: int, wrong: str) -> int | None:
        """Read a whole number; an empty cell is none."""
        typed = self._cells[name]
        if not typed:
            return None
        if typed.isascii() and typed.isdigit() and len(typed) < 9 and low <= int(typed) <= high:
            return int(typed)
        self.errors.append(wrong)
        return None

    def need(self, is_there: bool, missing: str) -> None:
        """Say what is missing, unless something is wrong with it already."""
        if not is_there and not self.errors:
            self.errors.append(missing)


def _covers(number: int, cells: tuple[str, ...], known: Known) -> Line:
    read = _Reader(Sheet.COVERAGE, cells)
    service = read.known("service", known.services, N_("There is no service of this name."))
    person = read.known("specialist", known.people, N_("Nobody who treats patients signs in with this address."))
    group = read.known("group", known.groups, N_("There is no group of this name."))
    clinic = read.known("clinic", known.clinics, N_("There is no clinic of this name."))
    tier = read.whole("tier", TIERS[0], TIERS[-1], N_("The tier is 1, 2 or 3."))
    read.need(service is not None, N_("Name the service."))
    read.need((person is None) != (group is None), N_("Name a specialist or a group, one of the two."))
    read.need(bool(tier), N_("The tier is 1, 2 or 3."))
    if read.errors or service is None or tier is None:
        return Line(number, cells, tuple(read.errors))
    return Line(number, cells, covers=Covers(service, Place(person, group, clinic), tier))


def _takes(number: int, cells: tuple[str, ...], known: Known) -> Line:
    read = _Reader(Sheet.SPECIALISTS, cells)
    person = read.known("specialist", known.people, N_("Nobody who treats patients signs in with this address."))
    capacity = read.whole("capacity", 0, LARGEST_CAPACITY, N_("The capacity is a whole number, from 0 to 50."))
    youngest, oldest = (
        read.whole(name, 0, OLDEST, N_("An age is in years, from 0 to 120.")) for name in ("min age", "max age")
    )
    names = [name.strip().casefold() for name in read.text("groups").split(";") if name.strip()]
    if not all(name in known.groups for name in names):
        read.errors.append(N_("There is no group of this name."))
    read.need(person is not None, N_("Name the specialist by an e-mail address."))
    read.need(capacity is not None, N_("The capacity is a whole number, from 0 to 50."))
    read.need(youngest is None or oldest is None or youngest <= oldest, N_("The oldest is younger than the youngest."))
    if read.errors or person is None or capacity is None:
        return Line(number, cells, tuple(read.errors))
    groups = frozenset(known.groups[name] for name in names)
    return Line(number, cells, takes=Takes(person, capacity, youngest, oldest, groups))


def _without_twins(lines: Sequence[Line]) -> list[Line]:
    """Mark what a line before it said already."""
    seen: set[object] = set()
    found = []
    for line in lines:
        key = _key(line)
        if key is not None and key in seen:
            found.append(Line(line.number, line.cells, (TWIN,)))
        else:
            found.append(line)
        seen.add(key)
    return found


def _key(line: Line) -> object:
    if line.covers:
        return line.covers.service_id, line.covers.place
    return line.takes.practitioner_id if line.takes else None
