"""How names compare, what a search means, and who is licensed where."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.directory.rules import (
    LONGEST_KEY,
    Search,
    formal_name,
    initials,
    licensed_states,
    looks_same,
    minutes_left,
    name_key,
    read_search,
    short_name,
)

TODAY = date(2026, 11, 24)
BORN = date(1992, 4, 17)


@dataclass
class Person:
    given_name: str
    family_name: str
    title: str = ""


@dataclass
class Licence:
    state: str
    expires_on: date


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(3600, 60), (3599, 60), (61, 2), (60, 1), (1, 1), (0, 0), (-1, 0), (-3600, 0)]
)
def test_a_minute_that_has_begun_counts_as_left_and_what_is_over_has_none(seconds: int, minutes: int) -> None:
    now = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    assert minutes_left(now + timedelta(seconds=seconds), now) == minutes


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Alvarez", "alvarez"),
        ("Álvarez", "alvarez"),
        ("A\u0301lvarez", "alvarez"),
        ("José-María", "jose maria"),
        ("  Ana   Lucía ", "ana lucia"),
        ("Smith–Jones", "smith jones"),
        ("O’Brien", "obrien"),
        ("O'Brien", "obrien"),
        ("J. P.", "j p"),
        ("Weiß", "weiss"),
        ("Nguyễn", "nguyen"),
        ("李", "李"),
        ("𝕬𝖓𝖆", "ana"),
        ("— %_'", ""),
        ("", ""),
    ],
)
def test_a_name_is_folded_for_comparing(name: str, key: str) -> None:
    assert name_key(name) == key


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_a_key_fits_its_column_and_is_its_own_key(name: str) -> None:
    key = name_key(name)
    assert len(key) <= LONGEST_KEY
    assert name_key(key) == key


def test_a_name_that_grows_when_folded_is_cut_to_its_column() -> None:
    assert len(name_key("ß" * 60)) == LONGEST_KEY


def test_names_are_shortened_for_lists_and_spelled_out_for_patients() -> None:
    okafor = Person("Rose", "Okafor", "Dr.")
    assert (short_name(okafor), formal_name(okafor), initials(okafor)) == ("R. Okafor", "Dr. R. Okafor", "RO")


def test_somebody_without_a_title_has_none() -> None:
    assert formal_name(Person("Tomas", "Reyes")) == "T. Reyes"


# Licences


def test_a_licence_covers_its_state_through_the_day_it_expires() -> None:
    licences = [
        Licence("MT", TODAY),
        Licence("ID", TODAY - timedelta(days=1)),
        Licence("WY", TODAY + timedelta(days=1)),
    ]
    assert licensed_states(licences, TODAY) == {"MT", "WY"}


def test_a_renewed_licence_counts_beside_the_old_one() -> None:
    licences = [Licence("MT", TODAY - timedelta(days=1)), Licence("MT", TODAY + timedelta(days=365))]
    assert licensed_states(licences, TODAY) == {"MT"}


def test_without_licences_no_state_is_covered() -> None:
    assert licensed_states([], TODAY) == frozenset()


# Lookalikes


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (Person("Maria", "Alvarez"), True),
        (Person("María", "ÁLVAREZ"), True),
        (Person("Alvarez", "Maria"), True),
        (Person("Mary", "Alvarez"), True),
        (Person("Maria", "Alvares"), True),
        (Person("Maria", "Brown"), False),
        (Person("Lucia", "Castellano"), False),
    ],
)
def test_the_same_person_is_recognised_under_a_slightly_other_name(other: Person, same: bool) -> None:
    assert looks_same(Person("Maria", "Alvarez"), other) is same
    assert looks_same(other, Person("Maria", "Alvarez")) is same


def test_a_name_written_as_one_word_or_two_is_the_same() -> None:
    assert looks_same(Person("Anna Lena", "de la Cruz"), Person("Annalena", "Delacruz"))


# Searches


@pytest.mark.parametrize(
    ("typed", "search"),
    [
        ("alvarez", Search(names=("alvarez",))),
        ("Álvarez, Maria", Search(names=("alvarez", "maria"))),
        ("josé-maría", Search(names=("jose", "maria"))),
        ("4/17/1992", Search(birth_date=BORN)),
        ("04/17/1992", Search(birth_date=BORN)),
        ("1992-04-17", Search(birth_date=BORN)),
        ("4-17-1992", Search(birth_date=BORN)),
        ("4.17.1992", Search(birth_date=BORN)),
        ("alvarez 4/17/1992", Search(names=("alvarez",), birth_date=BORN)),
        ("M.Alvarez@Example.ORG ", Search(email="m.alvarez@example.org")),
        ("406-555-0177", Search(phone="406-555-0177", record_number="406-555-0177")),
        ("(406) 555 0177", Search(phone="406-555-0177", record_number="(406) 555 0177")),
        ("4065550177", Search(phone="406-555-0177", record_number="4065550177")),
        ("+1 406 555 0177", Search(phone="406-555-0177", record_number="+1 406 555 0177")),
        ("24065550177", Search(record_number="24065550177")),
        ("cc-1001", Search(record_number="CC-1001")),
        ("cc 1001", Search(record_number="CC 1001")),
        ("1001", Search(record_number="1001")),
        ("13/45/1992", Search(record_number="13/45/1992")),
        ("   ", Search()),
        ("%", Search()),
        ("", Search()),
    ],
)
def test_a_search_is_understood(typed: str, search: Search) -> None:
    assert read_search(typed) == search


def test_a_search_for_nothing_is_empty() -> None:
    assert read_search(" ").is_empty
    assert not read_search("a").is_empty


@settings(max_examples=50)
@given(st.text(max_size=120))
def test_whatever_is_typed_is_some_search(typed: str) -> None:
    assert all(name.isalnum() for name in read_search(typed).names)
