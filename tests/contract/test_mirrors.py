"""A module that decides something has a test file in the mirrored place; `--mirrors` measures what that file covers."""

from pathlib import Path

import pytest

from tests.contract.mirrors import ROOT, mirror_of, subjects


@pytest.mark.parametrize("module", subjects(), ids=str)
def test_a_deciding_module_has_its_mirrored_test_file(module: Path) -> None:
    assert (ROOT / mirror_of(module)).is_file()


def test_a_mirror_lies_at_the_same_place_below_tests() -> None:
    assert mirror_of(Path("server/visits/rules.py")) == Path("tests/server/visits/test_rules.py")
    assert mirror_of(Path("signaling/room.py")) == Path("tests/signaling/test_room.py")
