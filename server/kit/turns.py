"""One after the other for each key, within this process. It decides nothing: rows do, for whoever else there is.

Who waits for a row's lock keeps a connection to the database meanwhile, and thirty of them keep them all.
"""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Turns:
    """Lines of those who wait. Nothing is kept of a key for which nobody does."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._lines: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        """Have the turn of a key for the length of the block."""
        line = self._lines.setdefault(key, asyncio.Lock())
        async with line:
            yield
