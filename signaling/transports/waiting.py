"""A queue and an event for one socket, which asyncio's own would take several times the memory for."""

from __future__ import annotations

import asyncio
from typing import Any, Literal


class Inbox:
    """What waits for the application; of an `asyncio.Queue` the part that uvicorn uses."""

    __slots__ = ("_items", "_waiting")

    def __init__(self) -> None:
        self._items: list[Any] = []
        self._waiting: asyncio.Future[None] | None = None

    def put_nowait(self, item: Any) -> None:
        """Put something at the end."""
        self._items.append(item)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def get(self) -> Any:
        """Wait for the first and take it out. One task may wait."""
        while not self._items:
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        self._waiting = None
        return self._items.pop(0)

    def is_awaited(self) -> bool:
        """Tell whether somebody waits, and nothing is on its way to them."""
        return self._waiting is not None and not self._waiting.done()

    def empty(self) -> bool:
        """Tell whether nothing waits."""
        return not self._items

    def qsize(self) -> int:
        """Tell how much waits."""
        return len(self._items)


class Gate:
    """Open or closed, open at first; of an `asyncio.Event` the part that uvicorn uses."""

    __slots__ = ("_open", "_waiting")

    def __init__(self) -> None:
        self._open = True
        self._waiting: list[asyncio.Future[None]] = []

    def is_set(self) -> bool:
        """Tell whether it is open."""
        return self._open

    def set(self) -> None:
        """Open it."""
        self._open = True
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def clear(self) -> None:
        """Close it."""
        self._open = False

    async def wait(self) -> Literal[True]:
        """Return once it is open."""
        while not self._open:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future
        return True
