"""What tests of consults share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.db import Database
from tests.cast import World, opened_world


@pytest.fixture
async def mailing(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    """The cast where mails are queued; nothing here sends them."""
    async with opened_world(database, tmp_path, smtp_url="smtp://127.0.0.1:9") as opened:
        yield opened
