"""The log says where something broke, never what a person had typed."""

import pytest

from server.kit.faults import places


def deep(what: str) -> None:
    raise ValueError(what)


def test_a_failure_is_written_with_its_places_and_without_its_message() -> None:
    with pytest.raises(ValueError, match="Alvarez") as caught:
        deep("Maria Alvarez")
    said = places(caught.value)
    first, last = said.split(" < ")
    assert first.startswith("test_faults.py:")
    assert last.startswith("test_faults.py:")
    assert "Alvarez" not in said


def test_a_failure_that_was_never_raised_has_no_place() -> None:
    assert places(ValueError("new")) == ""
