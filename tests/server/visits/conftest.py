"""Fixtures for visits: what live pages are told, and a server that can send mail."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from server.db import Database
from tests.cast import World, opened_world

Heard = Callable[[World], list[tuple[str, ...]]]


@pytest.fixture
def listen(monkeypatch: pytest.MonkeyPatch) -> Heard:
    """Write down from now on what the hub is asked to do, like `("changed", audience, topic)`."""

    def start(world: World) -> list[tuple[str, ...]]:
        told: list[tuple[str, ...]] = []
        for name in ("admit", "changed", "end", "revoke"):
            monkeypatch.setattr(world.live.hub, name, _written_down(told, name))
        return told

    return start


def _written_down(told: list[tuple[str, ...]], name: str) -> Any:
    async def write(*words: str) -> None:
        told.append((name, *words))

    return write


@pytest.fixture
async def site_with_mail(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[World]:
    """Start the application as in `site`, on a server that can send mail; it stays in the outbox."""
    async with opened_world(sqlite_database, tmp_path, smtp_url="smtp://127.0.0.1:9") as opened:
        yield opened
