"""Tables are read line by line, and each line says what is wrong with it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.consults.import_rules import Known, Sheet, Takes, Unreadable, read_table
from server.consults.service_rules import Place
from server.kit.csv_rows import UTF8_MARK, csv_row
from server.kit.ids import new_id

SERVICE, LENA, TOMAS, TEAM, NIGHTS, NORTH = (new_id() for _ in range(6))
KNOWN = Known(
    {"adult psychiatry": SERVICE, "=odd": SERVICE},
    {"lena@demo.test": LENA, "tomas@demo.test": TOMAS},
    {"team": TEAM, "nights": NIGHTS},
    {"north": NORTH},
)
COVERAGE = "service,specialist,group,clinic,tier"
SPECIALISTS = "specialist,capacity,min age,max age,groups"


def errors(heading: str, *lines: str) -> list[tuple[str, ...]]:
    table = read_table("\n".join([heading, *lines]), KNOWN)
    assert table.is_right is not any(line.errors for line in table.lines)
    return [line.errors for line in table.lines]


def test_coverage_names_a_service_somebody_a_clinic_and_a_tier() -> None:
    table = read_table(f"{COVERAGE}\nAdult Psychiatry, LENA@demo.test ,,North,1\nadult psychiatry,,Team,,3\n", KNOWN)
    said = [line.covers for line in table.lines if line.covers]
    assert (table.sheet, table.is_right) == (Sheet.COVERAGE, True)
    assert [(one.service_id, one.place, one.tier) for one in said] == [
        (SERVICE, Place(LENA, None, NORTH), 1),
        (SERVICE, Place(None, TEAM, None), 3),
    ]


def test_specialists_have_a_capacity_ages_and_groups() -> None:
    text = f'{SPECIALISTS}\nlena@demo.test,0,18,,"Team; nights"\ntomas@demo.test,5\n'
    table = read_table(text, KNOWN)
    assert table.sheet is Sheet.SPECIALISTS
    assert [line.takes for line in table.lines] == [
        Takes(LENA, 0, 18, None, frozenset({TEAM, NIGHTS})),
        Takes(TOMAS, 5, None, None, frozenset()),
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("x,lena@demo.test,,,1", "There is no service of this name."),
        (",lena@demo.test,,,1", "Name the service."),
        ("adult psychiatry,x@demo.test,,,1", "Nobody who treats patients signs in with this address."),
        ("adult psychiatry,,x,,1", "There is no group of this name."),
        ("adult psychiatry,lena@demo.test,,x,1", "There is no clinic of this name."),
        ("adult psychiatry,,,,1", "Name a specialist or a group, one of the two."),
        ("adult psychiatry,lena@demo.test,team,,1", "Name a specialist or a group, one of the two."),
        ("adult psychiatry,lena@demo.test,,,4", "The tier is 1, 2 or 3."),
        ("adult psychiatry,lena@demo.test,,,²", "The tier is 1, 2 or 3."),
        ("adult psychiatry,lena@demo.test", "The tier is 1, 2 or 3."),
        ("adult psychiatry,lena@demo.test,,,1,more", "There are more cells than headings."),
    ],
)
def test_a_wrong_line_of_coverage_says_why(line: str, words: str) -> None:
    assert errors(COVERAGE, line) == [(words,)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (",5,,,", "Name the specialist by an e-mail address."),
        ("x@demo.test,5,,,", "Nobody who treats patients signs in with this address."),
        ("lena@demo.test,,,,", "The capacity is a whole number, from 0 to 50."),
        ("lena@demo.test,51,,,", "The capacity is a whole number, from 0 to 50."),
        ("lena@demo.test,5,121,,", "An age is in years, from 0 to 120."),
        ("lena@demo.test,5,18,17,", "The oldest is younger than the youngest."),
        ("lena@demo.test,5,,,Team;x", "There is no group of this name."),
    ],
)
def test_a_wrong_line_of_specialists_says_why(line: str, words: str) -> None:
    assert errors(SPECIALISTS, line) == [(words,)]


def test_all_that_is_wrong_with_a_line_is_said_at_once() -> None:
    ((one, two, three),) = errors(COVERAGE, "x,y,,z,1")
    assert "service" in one
    assert "signs in" in two
    assert "clinic" in three


def test_the_same_twice_is_wrong_at_its_second_line() -> None:
    first, second, other = errors(
        COVERAGE, "adult psychiatry,,team,,1", "Adult psychiatry,,TEAM,,2", "adult psychiatry,,team,north,2"
    )
    assert (first, other) == ((), ())
    assert "A line above says the same" in second[0]
    assert errors(SPECIALISTS, "lena@demo.test,5", "lena@demo.test,6")[1]


def test_empty_lines_count_as_a_spreadsheet_counts_them_and_say_nothing() -> None:
    table = read_table(f"{COVERAGE}\n\n,,,,\nx,,,,\n", KNOWN)
    assert [line.number for line in table.lines] == [4]


def test_a_line_behind_a_cell_of_several_lines_is_counted_as_a_row() -> None:
    table = read_table(f'{COVERAGE}\n"x\ny",,,,1\nz,,,,1\n', KNOWN)
    assert [line.number for line in table.lines] == [2, 3]


@pytest.mark.parametrize(
    "heading", ["Service;Specialist;Group;Clinic;Tier", f"{UTF8_MARK}{COVERAGE}", COVERAGE.upper()]
)
def test_semicolons_capital_letters_and_the_mark_of_utf8_are_understood(heading: str) -> None:
    line = "adult psychiatry,,team,,1"
    assert errors(heading, line.replace(",", ";") if ";" in heading else line) == [()]


def test_what_was_guarded_for_spreadsheets_is_read_as_it_was() -> None:
    assert errors(COVERAGE, csv_row("=odd", "", "Team", "", 1)) == [()]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The table is empty."),
        ("a,b\nc,d", "The first line must be the headings"),
        (COVERAGE, "no lines"),
        ("\n".join([COVERAGE, *["x,,,,"] * 1001]), "At most 1,000 lines"),
        (f'{COVERAGE}\n"open', "quotation mark"),
    ],
)
def test_a_table_of_which_nothing_is_understood_says_what_to_do(text: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read_table(text, KNOWN)


@given(st.text(alphabet=st.sampled_from("adult psychiatry,lena@demo.test;\"\n\r'=123\x00"), max_size=60))
def test_whatever_is_typed_is_read_or_refused_in_words(text: str) -> None:
    for heading in (COVERAGE, SPECIALISTS):
        with suppress(Unreadable):
            table = read_table(f"{heading}\n{text}", KNOWN)
            assert all(bool(line.errors) is not bool(line.covers or line.takes) for line in table.lines)
