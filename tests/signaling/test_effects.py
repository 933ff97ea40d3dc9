"""Effects are values: a room's wishes can be compared, stored, and asked for twice."""

from __future__ import annotations

import dataclasses
from typing import Any, get_args

import pytest

from signaling import effects
from tests.playbook import NOON


def test_equal_wishes_are_equal() -> None:
    assert effects.StartTimer("grace:c", NOON) == effects.StartTimer("grace:c", NOON)
    assert len({effects.Close("c", 4000, "ended"), effects.Close("c", 4000, "ended")}) == 1


@pytest.mark.parametrize("kind", get_args(effects.Effect), ids=lambda kind: kind.__name__)
def test_no_effect_can_be_changed_on_its_way(kind: type) -> None:
    wish: Any = object.__new__(kind)
    with pytest.raises((dataclasses.FrozenInstanceError, AttributeError, TypeError)):
        wish.connection = "other"
