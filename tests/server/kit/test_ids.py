"""UUIDv7: they sort by the time they were made, and reading a foreign one never breaks."""

import time
from uuid import RFC_4122, UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.kit.ids import new_id, parse_id


def test_an_id_is_of_version_7_and_of_the_standard_variant() -> None:
    made = new_id()
    assert (made.version, made.variant) == (7, RFC_4122)


def test_an_id_begins_with_the_milliseconds_it_was_made_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 0x0193_5DDC_1A2B * 1_000_000 + 999_999)
    assert new_id().hex.startswith("01935ddc1a2b7")


@given(st.lists(st.integers(min_value=0, max_value=2**48 - 1), min_size=2, max_size=20, unique=True))
def test_ids_sort_by_the_time_they_were_made(moments: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        made = []
        for milliseconds in moments:
            patch.setattr(time, "time_ns", lambda milliseconds=milliseconds: milliseconds * 1_000_000)
            made.append(new_id())
    assert [moments[made.index(one)] for one in sorted(made)] == sorted(moments)


def test_two_ids_of_the_same_millisecond_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_764_000_000_000_000_000)
    assert len({new_id() for _ in range(1000)}) == 1000


@given(st.uuids())
def test_an_id_is_read_back(written: UUID) -> None:
    assert parse_id(str(written)) == written


@pytest.mark.parametrize("text", ["", "x", "../../etc/passwd", "0" * 31, str(uuid4()) + "0", "ü" * 32])
def test_what_is_no_id_is_read_as_none(text: str) -> None:
    assert parse_id(text) is None


def test_ids_made_one_after_another_sort_in_that_order_within_a_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(1_764_000_000_000_000_000, 1_764_000_000_001_000_000, 1000))
    monkeypatch.setattr(time, "time_ns", lambda: next(moments))
    made = [new_id() for _ in range(500)]
    assert made == sorted(made)
