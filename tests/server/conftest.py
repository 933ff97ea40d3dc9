"""What is outside, on loopback: where browsers take messages, a gateway for texts, and a mail server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.db import Database
from tests.cast import World, opened_world
from tests.server.outbox.phones import Gateway, opened_gateway
from tests.server.outbox.post import PostOffice, opened_post_office
from tests.server.outbox.push_service import PushService, opened_push_service


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    """Run a push service."""
    async with opened_push_service() as opened:
        yield opened


@pytest.fixture
async def phones() -> AsyncIterator[Gateway]:
    """Run a gateway for text messages."""
    async with opened_gateway() as opened:
        yield opened


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    """Run a mail server."""
    async with opened_post_office() as opened:
        yield opened


@pytest.fixture
async def texting_world(database: Database, tmp_path: Path, phones: Gateway) -> AsyncIterator[World]:
    """Start the application with the cast in it, where texts can be sent. Runs on both kinds of database."""
    async with opened_world(database, tmp_path, **phones.settings()) as opened:
        yield opened
