"""Hashes that cost next to nothing: each sign-in with a cheap one renews it, which takes a tenth of a second."""

import pytest
from argon2 import PasswordHasher

from server.identity import passwords

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords quickly. Tests of what a hash costs take the usual hasher themselves."""
    monkeypatch.setattr(passwords, "_hasher", QUICK)
