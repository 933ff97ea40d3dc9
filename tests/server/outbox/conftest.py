"""The clinic of these tests, whose people are reached in every way there is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.db import Database
from tests.cast import World, opened_world
from tests.server.outbox.phones import Gateway
from tests.server.outbox.post import PostOffice


@pytest.fixture
async def clinic(database: Database, tmp_path: Path, phones: Gateway, office: PostOffice) -> AsyncIterator[World]:
    """The cast with a gateway and a mail server, and everything on loopback allowed, on both kinds of database."""
    async with opened_world(database, tmp_path, **phones.settings(smtp_url=office.url)) as opened:
        yield opened
