"""One client's connection: a bounded outbox, the allowance for what it sends, and closing it for good.

A connection costs one task, the one that serves it; a second one exists only while something is being written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Final

from signaling import limits, protocol
from signaling.frames import Refusal
from signaling.measures import ENDINGS, Ending, Kind, Measures, Unmeasured
from signaling.protocol import Code, ServerMessage, Standing
from signaling.sent import Position
from signaling.tickets import Ticket
from signaling.timers import Clock, Timer, Timers
from signaling.wire import Wire

MAX_OUTBOX: Final = 256
MAX_OUTBOX_CHARACTERS: Final = 1024 * 1024
CLOSE_WAIT: Final = timedelta(seconds=5)
"""A client has this long to take what is still to be written before a close; then it is let go without."""


class Connection:
    """The server's end of one socket. Nothing here waits for the client."""

    __slots__ = (
        "_abort",
        "_bucket",
        "_characters",
        "_clock",
        "_closing",
        "_errors",
        "_measures",
        "_outbox",
        "_task",
        "_timers",
        "_wire",
        "_writer",
        "abandoned",
        "heard",
        "id",
        "instance",
        "joining",
        "opened",
        "reported",
        "ticket",
        "welcomed",
    )

    def __init__(self, name: str, wire: Wire, clock: Clock, timers: Timers, measures: Measures | None = None) -> None:
        self.id = name
        self.opened = clock()
        self.reported: datetime | None = None
        """When the client last reported how its links are."""
        self._measures = measures or Unmeasured()
        self.ticket: Ticket | None = None
        self.instance = ""
        self.heard: tuple[str, Position] | None = None
        """The generation of the room's log and the position up to which the client has, or will have, everything."""
        self.joining = False
        """A join is on its way into the room's log."""
        self.welcomed: Standing | None = None
        """As what the client was last told that it is in the room; None while it is to be told anew."""
        self.abandoned = False
        """The serving task was cancelled because the client did not take the close."""
        self._wire = wire
        self._clock = clock
        self._timers = timers
        self._bucket = limits.Bucket(clock())
        self._errors = 0
        self._outbox: list[str] = []
        self._characters = 0
        self._closing: tuple[int, str] | None = None
        self._task = asyncio.current_task()
        self._writer: asyncio.Task[None] | None = None
        self._abort: Timer | None = None

    @property
    def closing(self) -> bool:
        """Nothing more is accepted from the client, nothing more is sent to it."""
        return self._closing is not None

    @property
    def kind(self) -> Kind:
        """What the connection is for."""
        return "unjoined" if self.ticket is None else "lobby" if self.ticket.lobby else "call"

    @property
    def ending(self) -> Ending:
        """How it ended, before `finish`: by our close, or lost without one."""
        return ENDINGS.get(self._closing[0] if self._closing else None, "other")

    def is_abreast(self, generation: str) -> bool:
        """Tell whether the client was welcomed to this log of the room, and was sent everything since."""
        return self.welcomed is not None and self.heard is not None and self.heard[0] == generation

    def receive(self) -> Awaitable[str | bytes | None]:
        """Wait for the next frame; None when the connection is over."""
        return self._wire.receive()

    def allow(self) -> None:
        """Count one frame. Raises `Refusal` when there were too many."""
        if not self.can_afford(self._clock()):
            raise Refusal("too_many", f"at most {limits.PER_SECOND} messages a second")

    def can_afford(self, now: datetime) -> bool:
        """Count one frame; False when there were too many."""
        self._bucket, allowed = self._bucket.take(now)
        return allowed

    def send(self, message: ServerMessage) -> None:
        """Put a message into the outbox."""
        if self.closing:
            return
        self.forward(message.type, message.to_json())
        if isinstance(message, protocol.Error):
            self._count_error()

    def forward(self, type_: str, text: str) -> None:
        """Put the text of a message of this type into the outbox."""
        if self._closing is None:
            self._measures.sent(type_)
            self._post(text)

    def refuse(self, code: Code, message: str, re: str | None = None) -> None:
        """Send an `error`."""
        body = protocol.ErrorBody(code=code, message=message, re=re)
        room = self.ticket.room if self.ticket else None
        self.send(protocol.Error(id="0", room=room, body=body))

    def close(self, code: int, reason: str) -> None:
        """Close after what is in the outbox. The first close counts."""
        if self.closing:
            return
        self._closing = (code, reason)
        self._abort = self._timers.call_at(self._clock() + CLOSE_WAIT, self._give_up)
        self._write()

    def finish(self) -> None:
        """The socket is gone: stop writing. Called once, by whoever served the connection."""
        self._closing = self._closing or (protocol.CLOSE_LEFT, "gone")
        self._outbox.clear()
        for unfinished in (self._abort, self._writer):
            if unfinished is not None:
                unfinished.cancel()

    def _count_error(self) -> None:
        self._errors += 1
        if self._errors >= limits.MAX_ERRORS:
            self.close(protocol.CLOSE_TOO_MUCH, "too many errors")

    def _post(self, text: str) -> None:
        if self._writer is None and not self._outbox and self._wire.send_now(text):
            return
        self._outbox.append(text)
        self._characters += len(text)
        if len(self._outbox) > MAX_OUTBOX or self._characters > MAX_OUTBOX_CHARACTERS:
            self._outbox.clear()
            self._characters = 0
            self.close(protocol.CLOSE_TOO_MUCH, "too slow")
        else:
            self._write()

    def _write(self) -> None:
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._drain(), name=f"writer {self.id}")

    async def _drain(self) -> None:
        try:
            while self._outbox:
                text = self._outbox.pop(0)
                self._characters -= len(text)
                await self._wire.send(text)
            if self._closing:
                await self._wire.close(*self._closing)
        except OSError:
            self._outbox.clear()  # gone: the serving task hears of it from the wire
        self._writer = None

    def _give_up(self) -> None:
        self.abandoned = True
        if self._task is not None:
            self._task.cancel()
