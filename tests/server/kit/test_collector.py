"""What is there when serving begins is left alone by the garbage collector."""

import gc
from collections.abc import Iterator

import pytest

from server.kit.collector import spare_the_code, spare_what_is_here


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


class Ring:
    """Refers to itself, so that only the collector finds it."""

    def __init__(self) -> None:
        self.self = self


def test_what_is_here_is_not_looked_at_again_and_what_comes_later_is() -> None:
    old = Ring()
    spare_what_is_here()
    later = Ring()
    looked_at = {id(found) for found in gc.get_objects()}
    assert id(old) not in looked_at
    assert id(later) in looked_at


def test_the_code_is_not_looked_at_again_and_what_is_made_of_it_is() -> None:
    code = Ring()
    spare_the_code()
    later = Ring()
    looked_at = {id(found) for found in gc.get_objects()}
    assert id(code) not in looked_at
    assert id(later) in looked_at


def test_it_is_set_off_less_often_than_by_itself() -> None:
    gc.set_threshold(700, 10, 10)  # as Python begins
    spare_what_is_here()
    assert gc.get_threshold()[0] > 700
