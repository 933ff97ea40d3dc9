"""Time as something passed in: when it is, and having something done later."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

Clock = Callable[[], datetime]
"""Gives the time, aware, in UTC."""


class Timer(Protocol):
    """Something that will be done."""

    def cancel(self) -> None:
        """Do it not; a timer that is done may be cancelled too."""


class Timers(Protocol):
    """Has things done later, on the event loop."""

    def call_at(self, when: datetime, act: Callable[[], None]) -> Timer:
        """Call `act` at `when`, or at once when that has passed."""
        ...


class LoopTimers:
    """Timers of the running event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def call_at(self, when: datetime, act: Callable[[], None]) -> Timer:
        """Call `act` at `when`, or at once when that has passed."""
        delay = max(0.0, (when - self._clock()).total_seconds())
        return asyncio.get_running_loop().call_later(delay, act)


async def wait_until(timers: Timers, when: datetime) -> None:
    """Return at `when`."""
    due = asyncio.Event()
    timer = timers.call_at(when, due.set)
    try:
        await due.wait()
    finally:
        timer.cancel()
