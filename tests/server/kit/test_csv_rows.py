"""Rows for spreadsheets: everything stays in its cell, and no cell is calculated."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.kit.csv_rows import csv_row


def read(row: str) -> list[str]:
    return next(csv.reader(StringIO(row, newline="")))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_no_cell_begins_like_a_formula(start: str) -> None:
    assert read(csv_row(f"{start}1+1")) == [f"'{start}1+1"]


def test_nothing_is_an_empty_cell_and_numbers_are_as_they_are() -> None:
    assert csv_row(None, 4, 0.5, "Okafor, Rose") == ',4,0.5,"Okafor, Rose"\r\n'


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2))
def test_whatever_is_in_a_cell_stays_in_it(cells: list[str]) -> None:
    assert [cell.removeprefix("'") for cell in read(csv_row(*cells))] == [cell.removeprefix("'") for cell in cells]
