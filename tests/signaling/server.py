"""The signaling endpoint on a real socket, in this process: uvicorn on a free port of the loopback interface."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import uvicorn

from signaling import (
    Happened,
    Hub,
    Joined,
    LeanSocket,
    Left,
    Measured,
    Offline,
    Online,
    Place,
    Said,
    SignalingEndpoint,
    Tickets,
    quiet_invalid_text,
)
from signaling.client import Client
from signaling.protocol import Standing
from signaling.transports.asgi import Scope
from tests.playbook import ticket_of


def now() -> datetime:
    """The real time."""
    return datetime.now(UTC)


class Application:
    """An application that takes everything."""

    def __init__(self) -> None:
        self.facts: list[Joined | Left] = []
        self.story: list[Measured | Happened] = []

    async def joined(self, fact: Joined) -> None:
        """Note it."""
        self.facts.append(fact)

    async def left(self, fact: Left) -> None:
        """Note it."""
        self.facts.append(fact)

    async def online(self, fact: Online) -> None:
        """Let it be."""

    async def offline(self, fact: Offline) -> None:
        """Let it be."""

    async def observed(self, fact: Measured | Happened) -> None:
        """Keep what was told."""
        self.story.append(fact)

    async def said(self, fact: Said) -> datetime:
        """Commit at once."""
        return fact.at

    async def standing(self, room: str, participant: str) -> Place:
        """Let everybody in."""
        return "admitted"


@dataclass
class Running:
    """A server that answers."""

    url: str
    hub: Hub
    tickets: Tickets
    application: Application

    def ticket(self, who: str, standing: Standing = "admitted", room: str = "visit") -> str:
        """A signed ticket of somebody in the cast."""
        return self.tickets.mint(ticket_of(who, standing, room=room))

    def name(self, who: str) -> str:
        """Everybody is called as in the cast."""
        return who

    async def connect(self) -> Client:
        """Open a connection."""
        return await Client.connect(self.url)


@asynccontextmanager
async def running(allow_origin: Callable[[Scope], bool] = lambda _: True) -> AsyncIterator[Running]:
    """Serve until the end of the block, and shut down as a real server does."""
    application, tickets = Application(), Tickets(b"key", now)
    hub = Hub(tickets, application, now)
    for name in ("uvicorn.error", "asyncio"):
        logging.getLogger(name).addFilter(quiet_invalid_text)
    server = uvicorn.Server(_config(SignalingEndpoint(hub, allow_origin)))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield Running(f"ws://127.0.0.1:{port}/signaling", hub, tickets, application)
        finally:
            await hub.close()
            server.should_exit = True
            await task


def _config(app: SignalingEndpoint) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        ws=LeanSocket,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        log_level="warning",
    )
