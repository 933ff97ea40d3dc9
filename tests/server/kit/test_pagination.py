"""Cursors: what was written is read, and nothing else is a cursor."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.kit.pagination import Cursor, read_cursor


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_cursor_is_read_as_it_was_written(moment: datetime, id_: UUID) -> None:
    cursor = Cursor(moment, id_)
    assert read_cursor(str(cursor)) == cursor
    assert len(str(cursor)) == 32


@pytest.mark.parametrize("text", ["", "x", "A" * 31, "A" * 33, "é" * 32, "/" * 32, "_" * 12 + "A" * 20, "A" * 36])
def test_what_is_no_cursor_begins_at_the_beginning(text: str) -> None:
    found = read_cursor(text)
    assert found is None or str(found) == text


@given(st.text(max_size=40))
def test_whatever_stands_in_an_address_breaks_nothing(text: str) -> None:
    found = read_cursor(text)
    assert found is None or str(found) == text
